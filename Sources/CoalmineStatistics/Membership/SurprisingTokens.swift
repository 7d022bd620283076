// SPDX-License-Identifier: Apache-2.0

import Glibc

/// SURP: the mean log-probability of the tokens at which a sure model was wrong.
///
///     mean of ℓ_t over { t : H_t < ε_H and ℓ_t < percentile_κ(ℓ) }
///
/// Both comparisons are strict, so that constant log-probabilities select nothing.
public struct SurprisingTokens: Sendable, Equatable {
  /// The score, −∞…0, higher = more likely a member; `nil` where no token is selected.
  public let score: Double?
  /// The positions of the selected tokens, in order.
  public let selected: [Int]
  /// The percentile of the log-probabilities, in nats.
  public let threshold: Double

  /// - Parameters:
  ///   - logProbabilities: ℓ, one a token, in nats; −∞ is legal.
  ///   - entropies: H, of each next-token distribution, in nats, at least 0; from the most likely
  ///     tokens see ``NextTokenMoments/entropyLowerBound(top:)``.
  ///   - percentile: κ in 0…100, between order statistics on a straight line.
  ///   - maximumEntropy: ε_H in nats.
  /// - Throws: as ``lossScore(_:)``; `nan`; `invalid_parameter` for a negative entropy, a
  ///   percentile outside 0…100 or lists of different lengths.
  /// - Complexity: O(n log n).
  /// Source: Zhang A. et al. 2024.
  public init(
    logProbabilities: [Double], entropies: [Double], percentile: Double, maximumEntropy: Double
  ) throws(StatisticsError) {
    let values = try checkedLogProbabilities(logProbabilities)
    try Defined.sameCount(values.count, entropies.count)
    try StatisticsError.refuseNaN(entropies)
    guard !maximumEntropy.isNaN else { throw .nan }
    guard entropies.allSatisfy({ $0 >= 0 }) else { throw .parameter("an entropy is below 0") }
    guard percentile >= 0, percentile <= 100 else {
      throw .parameter("a percentile must be in 0…100")
    }
    let limit = Self.quantile(of: values.sorted(), percentile: percentile)
    let chosen = values.indices.filter { entropies[$0] < maximumEntropy && values[$0] < limit }
    threshold = limit
    selected = chosen
    score =
      chosen.isEmpty
      ? nil : chosen.reduce(0) { $0 + values[$1] } / Double(chosen.count)
  }

  /// The percentile of sorted values by linear interpolation (type 7).
  private static func quantile(of sorted: [Double], percentile: Double) -> Double {
    let place = Double(sorted.count - 1) * percentile / 100
    let below = Int(place)
    let share = place - Double(below)
    // At a share of 0 the neighbour may be infinite or missing.
    guard share > 0, below + 1 < sorted.count else { return sorted[below] }
    let low = sorted[below]
    return low == -.infinity ? low : low + share * (sorted[below + 1] - low)
  }
}
