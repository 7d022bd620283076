// SPDX-License-Identifier: Apache-2.0

/// Min-K%++: the mean of the smallest standardised log-probabilities.
///
///     z_t = (ℓ_t − μ_t) / σ_t
///
/// μ and σ are of the model's own next-token distribution; the
/// `c = max(1, ⌊n·fraction + 1e-9⌋)` smallest z count.
public struct MinKPlusPlus: Sendable, Equatable {
  /// The score, −∞…∞; higher = more likely a member.
  public let score: Double
  /// z of every token, in order.
  public let z: [Double]
  /// c, how many count.
  public let count: Int
  /// The mean over the tokens of the probability that was not seen, 0…1.
  public let meanResidual: Double
  /// The largest of them.
  public let largestResidual: Double

  /// From full next-token distributions.
  ///
  /// - Parameters:
  ///   - rows: one a token: log-probabilities of the whole vocabulary, in nats.
  ///   - tokens: the index of the record's token in its row.
  ///   - fraction: in (0, 1].
  /// - Throws: as ``NextTokenMoments/init(row:)``; `invalid_parameter` for a fraction outside
  ///   (0, 1], lists of different lengths, or a token outside its row.
  /// - Complexity: O(tokens · vocabulary).
  /// Source: Zhang J. et al. 2025.
  /// Differs from it in: z = 0 where σ² < 10⁻¹²; the published code divides by 0 or floors σ.
  public init(rows: [[Double]], tokens: [Int], fraction: Double = 0.2) throws(StatisticsError) {
    guard !rows.isEmpty else { throw .empty }
    try Defined.sameCount(rows.count, tokens.count)
    var values: [Double] = []
    values.reserveCapacity(rows.count)
    for (row, token) in zip(rows, tokens) {
      guard row.indices.contains(token) else { throw .parameter("a token is not in its row") }
      values.append(row[token])
    }
    try self.init(StandardisedTokens(values, rows: rows), fraction: fraction)
  }

  /// From the most likely tokens of each distribution.
  ///
  /// - Parameters:
  ///   - logProbabilities: of the record's tokens, in nats.
  ///   - top: one list a token: log-probabilities of the most likely tokens; equally many each.
  ///   - vocabularySize: V, the same for all records that are compared.
  ///   - fraction: in (0, 1].
  ///   - maximumResidual: the largest ``meanResidual`` that is not refused.
  /// - Throws: as ``NextTokenMoments/init(top:vocabularySize:)``; `invalid_parameter` for a fraction
  ///   or residual outside 0…1 or lists of different lengths; `residual_too_large`.
  /// - Complexity: O(tokens · k).
  /// Source: Zhang J. et al. 2025.
  /// Differs from it in: moments from the most likely tokens, the rest spread evenly.
  public init(
    logProbabilities: [Double], top: [[Double]], vocabularySize: Int, fraction: Double = 0.2,
    maximumResidual: Double = 0.3
  ) throws(StatisticsError) {
    guard !logProbabilities.isEmpty else { throw .empty }
    try Defined.sameCount(logProbabilities.count, top.count)
    guard maximumResidual >= 0, maximumResidual <= 1 else {
      throw .parameter("a residual must be in 0…1")
    }
    try self.init(
      StandardisedTokens(logProbabilities, rows: top, vocabularySize: vocabularySize),
      fraction: fraction)
    guard meanResidual <= maximumResidual else {
      throw StatisticsError(
        code: "residual_too_large", "the tokens seen leave out too much of the probability")
    }
  }

  /// From moments that were computed before.
  ///
  /// - Parameters:
  ///   - logProbabilities: of the record's tokens, in nats.
  ///   - moments: of the distribution at each of them.
  ///   - fraction: in (0, 1].
  ///   - maximumResidual: the largest ``meanResidual`` that is not refused.
  /// - Throws: as the initialiser from lists does.
  /// - Complexity: O(tokens log tokens).
  public init(
    logProbabilities: [Double], moments: [NextTokenMoments], fraction: Double = 0.2,
    maximumResidual: Double = 0.3
  ) throws(StatisticsError) {
    guard !logProbabilities.isEmpty else { throw .empty }
    try Defined.sameCount(logProbabilities.count, moments.count)
    guard maximumResidual >= 0, maximumResidual <= 1 else {
      throw .parameter("a residual must be in 0…1")
    }
    var z: [Double] = []
    z.reserveCapacity(moments.count)
    for (value, moment) in zip(logProbabilities, moments) { z.append(try moment.z(of: value)) }
    self.z = z
    count = try minKCount(z.count, fraction: fraction)
    score = smallest(count, of: z).reduce(0, +) / Double(count)
    meanResidual = moments.reduce(0) { $0 + $1.residual } / Double(z.count)
    largestResidual = moments.reduce(0) { max($0, $1.residual) }
    guard meanResidual <= maximumResidual else {
      throw StatisticsError(
        code: "residual_too_large", "the tokens seen leave out too much of the probability")
    }
  }

  private init(_ tokens: StandardisedTokens, fraction: Double) throws(StatisticsError) {
    z = tokens.z
    count = try minKCount(z.count, fraction: fraction)
    score = smallest(count, of: z).reduce(0, +) / Double(count)
    meanResidual = tokens.residuals / Double(z.count)
    largestResidual = tokens.largestResidual
  }
}
