// SPDX-License-Identifier: Apache-2.0

import Glibc

/// One record under the target model and under models that were trained without it.
public struct ModelScores: Sendable, Equatable {
  /// ln p under the target model, the mean over tokens, in nats.
  public let target: Double
  /// The same under each out-model; at least one.
  public let references: [Double]

  public init(target: Double, references: [Double]) {
    self.target = target
    self.references = references
  }
}

/// RMIA with out-models only: how many other records a record beats in likelihood ratio.
///
///     share of z with [p(x) / p̄(x)] / [p(z) / p̄(z)] > γ
///     p̄ = ((1 + a) · mean p_out + (1 − a)) / 2
///
/// p is e^LL, the geometric mean over tokens, so that lengths compare. A tie does not count.
public struct OfflineRMIA: Sendable, Equatable {
  /// The share, 0…1; higher = more likely a member.
  public let score: Double
  /// ln [p(x) / p̄(x)], −∞…∞.
  public let logRatio: Double

  /// - Parameters:
  ///   - record: x.
  ///   - population: the z, not used to rank the result; at least one.
  ///   - a: 0…1, how far out-models understate what in-models would give; fixed in advance.
  ///   - gamma: γ, positive.
  /// - Throws: as ``lossScore(_:)``; `invalid_parameter` for an `a` outside 0…1 or a γ that is not
  ///   positive; `indeterminate` where p and p̄ are both 0.
  /// - Complexity: O(models · population).
  /// Source: Zarifzadeh et al. 2024.
  public init(
    record: ModelScores, population: [ModelScores], a: Double, gamma: Double = 1
  ) throws(StatisticsError) {
    guard a >= 0, a <= 1 else { throw .parameter("a must be in 0…1") }
    guard gamma > 0, gamma.isFinite else { throw .parameter("γ must be positive and finite") }
    guard !population.isEmpty else { throw .empty }
    let own = try Self.logRatio(record, a: a)
    let limit = log(gamma)
    var beaten = 0
    for other in population where own > limit + (try Self.logRatio(other, a: a)) { beaten += 1 }
    logRatio = own
    score = Double(beaten) / Double(population.count)
  }

  /// ln [p(x) / p̄(x)]: it orders records as the share does, whatever the population.
  ///
  /// - Returns: −∞…∞; higher = more likely a member.
  /// - Throws: as ``lossScore(_:)``; `invalid_parameter` for an `a` outside 0…1; `indeterminate`
  ///   where p and p̄ are both 0.
  public static func logRatio(_ record: ModelScores, a: Double) throws(StatisticsError) -> Double {
    guard a >= 0, a <= 1 else { throw .parameter("a must be in 0…1") }
    let target = try Exposure.checked(record.target)
    let references = try checkedLogProbabilities(record.references)
    let logMean = logSum(references[...]) - log(Double(references.count))
    return try Defined.value(target - (logSum(log1p(a) + logMean, log1p(-a)) - ln2))
  }
}
