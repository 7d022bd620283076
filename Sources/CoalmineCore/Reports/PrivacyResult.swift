// SPDX-License-Identifier: Apache-2.0

/// What the random assignment says about the privacy of one canary: lower bounds of ε.
///
/// Canary-level, with as many copies as the target repetitions, all epochs, this run.
/// A lower bound never says that a model is private.
public struct PrivacyResult: Codable, Sendable, Equatable {
  /// Randomized canaries at the target repetitions, m.
  public let canaries: Int
  /// Those that were guessed in or out, by a number fixed before any answer.
  public let guesses: Int
  /// Guesses that were right.
  public let correct: Int
  public let delta: Double
  /// 1 − the level at which each bound may be wrong.
  public let confidence: Double
  /// By one run, without a further assumption; 0 where nothing can be told from no leak.
  public let epsilon: Double
  /// By one run, if the training were Gaussian differential privacy.
  public let gaussianEpsilon: Double
  /// The ε that so many guesses bound above 0 with power 0.8; `nil` where none is.
  public let detectableEpsilon: Double?
  /// The bound if every guess were right.
  public let ceiling: Double
  /// What an assignment decides; `nil` in results that earlier versions kept, where it is
  /// ``Change/addOrRemove``.
  public let change: Change?

  /// In what two trainings differ that ε compares.
  public enum Change: String, Codable, Sendable, CaseIterable {
    /// The copies of a canary are there or not.
    case addOrRemove = "add-or-remove"
    /// They have the secret, or a placeholder in its place.
    case exchange
  }

  public init(
    canaries: Int, guesses: Int, correct: Int, delta: Double, confidence: Double,
    epsilon: Double, gaussianEpsilon: Double, detectableEpsilon: Double?, ceiling: Double,
    change: Change = .addOrRemove
  ) {
    self.canaries = canaries
    self.guesses = guesses
    self.correct = correct
    self.delta = delta
    self.confidence = confidence
    self.epsilon = epsilon
    self.gaussianEpsilon = gaussianEpsilon
    self.detectableEpsilon = detectableEpsilon
    self.ceiling = ceiling
    self.change = change
  }
}

/// What tells one inserted secret from those that could have stood in its place; nothing of it
/// decides.
public struct NamedSecret: Codable, Sendable, Equatable {
  /// The canary's id.
  public let canary: String
  /// p of its rank among its references, or among all candidates.
  public let rankP: Double?
  /// 1 over its mass e-value, at most 1.
  public let massP: Double?
  /// The share of its space that its replies would count for, where they hold it; else 1.
  public let verbatimP: Double?
  /// The smallest of these times their number, at most 1.
  public let pValue: Double
  /// Holm's correction of ``pValue`` over all secrets of the list.
  public let adjustedP: Double

  public init(
    canary: String, rankP: Double?, massP: Double?, verbatimP: Double?, pValue: Double,
    adjustedP: Double
  ) {
    self.canary = canary
    self.rankP = rankP
    self.massP = massP
    self.verbatimP = verbatimP
    self.pValue = pValue
    self.adjustedP = adjustedP
  }
}
