// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Mean and variance of the log-probability under the model's own next-token distribution.
///
///     μ = Σ p log p,   σ² = Σ p (log p − μ)²
public struct NextTokenMoments: Sendable, Equatable {
  /// μ in nats, at most 0: the negative entropy.
  public let mean: Double
  /// σ² in nats², at least 0.
  public let variance: Double
  /// The probability of the tokens that were not seen, 0…1; 0 for a full row.
  public let residual: Double

  /// From a full row; tokens of probability 0 count 0.
  ///
  /// - Parameter row: the log-probability of every token, in nats, −∞ legal; its probabilities
  ///   add up to 1 within 10⁻³ and are not rescaled.
  /// - Throws: as ``lossScore(_:)``, and `invalid_parameter` for another sum.
  /// - Complexity: O(tokens); the variance in a second pass, where one pass would cancel.
  /// Source: Zhang J. et al. 2025, section 4.
  public init(row: [Double]) throws(StatisticsError) {
    try self.init(top: row, vocabularySize: row.count)
  }

  /// From the most likely tokens, the rest spread evenly over the others.
  ///
  ///     ρ = 1 − Σ_top p,   l_u = log ρ − log(V − k)
  ///     μ ≈ Σ_top p l + ρ l_u,   σ² ≈ Σ_top p (l − μ)² + ρ (l_u − μ)²
  ///
  /// An even rest has the most entropy, so that μ comes out too low. Values compare only at the
  /// same k and V.
  ///
  /// - Parameters:
  ///   - top: the log-probabilities of the k most likely tokens, in nats, in any order.
  ///   - vocabularySize: V, at least k.
  /// - Throws: as ``lossScore(_:)``, and `invalid_parameter` for a smaller V or probabilities that
  ///   add up to more than 1.001, or to less than 0.999 at k = V.
  /// - Complexity: O(k).
  public init(top: [Double], vocabularySize: Int) throws(StatisticsError) {
    var scratch: [Double] = []
    try self.init(top: top, vocabularySize: vocabularySize, scratch: &scratch)
  }

  /// The same, with memory that many rows share.
  init(top: [Double], vocabularySize: Int, scratch: inout [Double]) throws(StatisticsError) {
    guard vocabularySize >= top.count else {
      throw .parameter("there are more tokens than the vocabulary has")
    }
    let (total, weighted) = try Self.fill(&scratch, top)
    let unseen = vocabularySize - top.count
    guard total <= 1.001, unseen > 0 || total >= 0.999 else {
      throw .parameter("the probabilities of a distribution must add up to 1")
    }
    let rest = unseen > 0 ? max(0, 1 - total) : 0
    let each = rest > 0 ? log(rest) - log(Double(unseen)) : 0
    let center = weighted + rest * each
    var spread = rest * (each - center) * (each - center)
    for (p, value) in zip(scratch, top) where p > 0 {
      let distance = min(0, value) - center
      spread += p * distance * distance
    }
    mean = center
    variance = spread
    residual = rest
  }

  /// How far a token stands from the mean, in standard deviations.
  ///
  /// 0 where σ² < 10⁻¹², −∞ for a token of probability 0.
  public func z(of logProbability: Double) throws(StatisticsError) -> Double {
    let value = try Exposure.checked(logProbability)
    if value == -.infinity { return value }
    return variance < 1e-12 ? 0 : (value - mean) / variance.squareRoot()
  }

  /// A lower bound of the entropy in nats: the unseen tokens are taken as one.
  ///
  ///     H ≥ Σ_top −p l + ρ (−log ρ)
  ///
  /// - Parameter top: the log-probabilities of the most likely tokens, in nats.
  /// - Throws: as ``lossScore(_:)``, and `invalid_parameter` for probabilities that add up to more
  ///   than 1.001.
  public static func entropyLowerBound(top: [Double]) throws(StatisticsError) -> Double {
    var chances: [Double] = []
    let (total, weighted) = try Self.fill(&chances, top)
    guard total <= 1.001 else { throw .parameter("the probabilities add up to more than 1") }
    let rest = max(0, 1 - total)
    return (rest > 0 ? -rest * log(rest) : 0) - weighted
  }

  /// Puts the probabilities into `chances` and gives their sum and Σ p log p.
  private static func fill(_ chances: inout [Double], _ logProbabilities: [Double])
    throws(StatisticsError) -> (total: Double, weighted: Double)
  {
    guard !logProbabilities.isEmpty else { throw .empty }
    if chances.count != logProbabilities.count {
      chances = [Double](repeating: 0, count: logProbabilities.count)
    }
    var (total, weighted) = (0.0, 0.0)
    for (place, value) in logProbabilities.enumerated() {
      // Also where it is not a number.
      guard value <= 1e-6 else {
        _ = try Exposure.checked(value)
        continue
      }
      let logP = min(0, value)
      let p = exp(logP)
      chances[place] = p
      total += p
      // 0 times −∞ is nothing here.
      if p > 0 { weighted += p * logP }
    }
    return (total, weighted)
  }
}
