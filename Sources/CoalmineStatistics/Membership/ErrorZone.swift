// SPDX-License-Identifier: Apache-2.0

/// EZ-MIA: at the tokens that the tuned model gets wrong, how much tuning raised the right token
/// against how much it lowered it.
///
///     Δ_t = ℓ_t − ℓ_t^base,   E = { t : the tuned model's most likely token is not x_t }
///     score = Σ_E max(Δ, 0) / Σ_E max(−Δ, 0)
///
/// The base model is the checkpoint that tuning started from. At tokens the tuned one gets right both
/// are sure, so that those carry little. Without an error, or without a fall, the score is ∞, the
/// strongest sign, and one error can be enough for it; where no probability moved at any error it is
/// 1, no imbalance.
public struct ErrorZone: Sendable, Equatable {
  /// The score, 0…∞; higher = more likely a member.
  public let score: Double
  /// The summed rises at errors, in nats.
  public let rise: Double
  /// The summed falls at errors, in nats, as a positive number.
  public let fall: Double
  /// How many tokens the tuned model got wrong; a score from one or two says little.
  public let errors: Int

  /// Every token given counts: leave the first out of all records or of none.
  ///
  /// - Parameters:
  ///   - logProbabilities: of the record's tokens under the tuned model, in nats; −∞ is legal.
  ///   - base: of the same tokens under the base model.
  ///   - mispredicted: whether the tuned model's most likely token is another one.
  /// - Throws: as ``lossScore(_:)``; `invalid_parameter` for lists of different lengths;
  ///   `indeterminate` where rises and falls are both infinite. A token that is −∞ under both
  ///   models did not move.
  /// - Complexity: O(tokens).
  /// Source: Ilić, Stanojević and Cvejoski 2026 (arXiv 2601.12104), sections 3.3 and 3.4; the scores
  /// of ∞, appendices E.5 and E.6.
  /// Differs from it in: 1 where nothing moved. The authors' code also leaves out the first token
  /// predicted, and scores 0 and not ∞ with fewer than two errors or without a fall.
  public init(logProbabilities: [Double], base: [Double], mispredicted: [Bool])
    throws(StatisticsError)
  {
    let tuned = try checkedLogProbabilities(logProbabilities)
    let reference = try checkedLogProbabilities(base)
    try Defined.sameCount(tuned.count, reference.count)
    try Defined.sameCount(tuned.count, mispredicted.count)
    var rise = 0.0
    var fall = 0.0
    var errors = 0
    for position in tuned.indices where mispredicted[position] {
      errors += 1
      let own = tuned[position]
      let other = reference[position]
      if own > other { rise += own - other }
      if own < other { fall += other - own }
    }
    self.rise = rise
    self.fall = fall
    self.errors = errors
    let still = errors > 0 && rise == 0 && fall == 0
    score = still ? 1 : fall == 0 ? .infinity : try Defined.value(rise / fall)
  }
}
