// SPDX-License-Identifier: Apache-2.0

import Glibc

/// LOSS: the mean log-probability of a record's tokens, in nats; higher = more likely a member.
///
///     LL = (1/n) Σ log p(x_t | x_<t)
///
/// - Parameter logProbabilities: one a token, in nats; −∞ is legal.
/// - Throws: `empty_input`, `nan`, `invalid_logprob` above 1e-6.
/// Source: Yeom et al. 2018.
public func lossScore(_ logProbabilities: [Double]) throws(StatisticsError) -> Double {
  let values = try checkedLogProbabilities(logProbabilities)
  return values.reduce(0, +) / Double(values.count)
}

/// The zlib score: mean log-probability over the length of the zlib level-6 stream.
///
///     LL / Z
///
/// - Parameter compressedSize: Z, in bytes, of the record's UTF-8; positive.
/// - Throws: as ``lossScore(_:)``, and `invalid_parameter` for a size below 1.
/// Source: Carlini et al. 2021.
/// Differs from it in: mean and not total log-probability; higher = member.
public func zlibScore(_ logProbabilities: [Double], compressedSize: Int) throws(StatisticsError)
  -> Double
{
  guard compressedSize > 0 else { throw .parameter("a compressed size must be positive") }
  return try lossScore(logProbabilities) / Double(compressedSize)
}

/// Min-K%: the mean of the smallest log-probabilities; higher = more likely a member.
///
/// The `c = max(1, ⌊n·fraction + 1e-9⌋)` smallest count.
///
/// - Throws: as ``lossScore(_:)``, and `invalid_parameter` for a fraction outside 0…1.
/// - Complexity: O(n) expected, then the sort of those that count.
/// Source: Shi et al. 2024.
public func minKScore(_ logProbabilities: [Double], fraction: Double = 0.2)
  throws(StatisticsError) -> Double
{
  let values = try checkedLogProbabilities(logProbabilities)
  let count = try minKCount(values.count, fraction: fraction)
  return smallest(count, of: values).reduce(0, +) / Double(count)
}

/// How many tokens Min-K% averages.
package func minKCount(_ tokens: Int, fraction: Double) throws(StatisticsError) -> Int {
  guard fraction > 0, fraction <= 1 else { throw .parameter("a fraction must be in 0…1") }
  return max(1, Int(floor(Double(tokens) * fraction + 1e-9)))
}

/// Log-probabilities that can be averaged: not empty, no NaN, rounding above 0 taken as 0.
func checkedLogProbabilities(_ values: [Double]) throws(StatisticsError) -> [Double] {
  guard !values.isEmpty else { throw .empty }
  var checked: [Double] = []
  checked.reserveCapacity(values.count)
  for value in values { checked.append(try Exposure.checked(value)) }
  return checked
}
