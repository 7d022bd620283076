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

  /// From numbers that were computed before, as they were.
  ///
  /// - Throws: `nan`, and `invalid_parameter` for a mean above 0, a variance below 0 or infinite, or a
  ///   residual outside 0…1.
  public init(mean: Double, variance: Double, residual: Double) throws(StatisticsError) {
    try StatisticsError.refuseNaN([mean, variance, residual])
    guard mean <= 1e-9, mean > -.infinity else { throw .parameter("a mean must be at most 0") }
    guard variance >= 0, variance < .infinity else {
      throw .parameter("a variance must be at least 0")
    }
    guard (0...1).contains(residual) else { throw .parameter("a residual must be in 0…1") }
    self.mean = mean
    self.variance = variance
    self.residual = residual
  }

  /// From a full row; tokens of probability 0 count 0.
  ///
  /// - Parameter row: the log-probability of every token, in nats, −∞ legal; its probabilities
  ///   add up to 1 within 10⁻³ and are not rescaled.
  /// - Throws: as ``lossScore(_:)``, and `invalid_parameter` for another sum.
  /// - Complexity: O(tokens); the variance in a second pass, where one pass would cancel.
  /// Source: Zhang J. et al. 2025.
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
    let memory = LogProbabilityRow.Memory(rows: 1, values: top.count)
    defer { memory.deallocate() }
    let row = try LogProbabilityRow(top, in: memory[0])
    try self.init(
      row, unseen: vocabularySize - top.count,
      logUnseen: log(Double(vocabularySize - top.count)))
  }

  /// From probabilities beside their logarithms.
  ///
  /// - Parameter unseen: V − k.
  init(_ row: LogProbabilityRow, unseen: Int, logUnseen: Double) throws(StatisticsError) {
    guard unseen >= 0 else {
      throw .parameter("there are more tokens than the vocabulary has")
    }
    guard row.total <= 1.001, unseen > 0 || row.total >= 0.999 else {
      throw .parameter("the probabilities of a distribution must add up to 1")
    }
    let rest = unseen > 0 ? max(0, 1 - row.total) : 0
    let each = rest > 0 ? log(rest) - logUnseen : 0
    let center = row.weighted + rest * each
    mean = center
    variance = rest * (each - center) * (each - center) + row.spread(around: center)
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
    let memory = LogProbabilityRow.Memory(rows: 1, values: top.count)
    defer { memory.deallocate() }
    let row = try LogProbabilityRow(top, in: memory[0])
    guard row.total <= 1.001 else { throw .parameter("the probabilities add up to more than 1") }
    let rest = max(0, 1 - row.total)
    return (rest > 0 ? -rest * log(rest) : 0) - row.weighted
  }
}
