// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How a sampler turns a model's distribution into the one it draws from.
///
/// Divide by the temperature, keep the k largest, of these the fewest that hold the nucleus,
/// renormalise. Equal values: the lower index is kept first.
public struct DecodingRule: Sendable, Equatable {
  /// T > 0.
  public let temperature: Double
  /// The k of top-k; `nil` keeps all.
  public let topK: Int?
  /// The share of the nucleus, above 0 and at most 1; `nil` keeps all.
  public let topP: Double?

  /// - Throws: `nan`; `invalid_parameter` for a temperature, k or share out of range.
  public init(temperature: Double = 1, topK: Int? = nil, topP: Double? = nil)
    throws(StatisticsError)
  {
    if temperature.isNaN || topP?.isNaN == true { throw .nan }
    guard temperature > 0, temperature.isFinite, topK ?? 1 >= 1, topP ?? 1 > 0, topP ?? 1 <= 1
    else { throw .parameter("a temperature, k or nucleus is out of range") }
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
  }

  /// The decoded log-probabilities of a row; −∞ for what is cut off.
  ///
  /// - Parameter row: logits or log-probabilities by token id, nats; −∞ is legal, not for all.
  /// - Throws: `empty_input`, `nan`; `invalid_parameter` for +∞ or a row of −∞.
  /// - Complexity: O(n log n) with a cut, else O(n).
  public func decoded(_ row: [Double]) throws(StatisticsError) -> [Double] {
    guard !row.isEmpty else { throw .empty }
    try StatisticsError.refuseNaN(row)
    let largest = row.max() ?? 0
    guard largest.isFinite else { throw .parameter("a row has no finite largest value") }
    // Shifted by the largest before the division, so that no temperature overflows.
    let scaled = row.map { ($0 - largest) / temperature }
    guard topK != nil || topP != nil else {
      let total = log(scaled.reduce(0) { $0 + exp($1) })
      return scaled.map { $0 - total }
    }
    let order = row.indices.sorted {
      scaled[$0] != scaled[$1] ? scaled[$0] > scaled[$1] : $0 < $1
    }
    var kept = order.prefix(topK ?? order.count)
    if let topP {
      let total = kept.reduce(0) { $0 + exp(scaled[$1]) }
      var sum = 0.0
      var count = 0
      for index in kept {
        sum += exp(scaled[index])
        count += 1
        if sum >= topP * total { break }
      }
      kept = kept.prefix(count)
    }
    let total = log(kept.reduce(0) { $0 + exp(scaled[$1]) })
    var decoded = [Double](repeating: -.infinity, count: row.count)
    for index in kept { decoded[index] = scaled[index] - total }
    return decoded
  }

  /// ln p_z = Σ ln q(token): the log-probability that sampling gives exactly these tokens.
  ///
  /// - Parameters:
  ///   - rows: logits or log-probabilities, one row a token.
  ///   - tokens: indices into the rows.
  /// - Returns: at most 0; −∞ where a token is cut off.
  /// - Throws: as ``decoded(_:)``; `length_mismatch`; `invalid_parameter` for an index out of range.
  /// Source: Hayes et al. 2025.
  public func logProbability(of tokens: [Int], rows: [[Double]]) throws(StatisticsError) -> Double {
    guard tokens.count == rows.count else { throw .unequalLengths }
    guard !tokens.isEmpty else { throw .empty }
    var sum = 0.0
    for (token, row) in zip(tokens, rows) {
      guard row.indices.contains(token) else { throw .parameter("a token is not in its row") }
      sum += try decoded(row)[token]
    }
    return min(0, sum)
  }
}
