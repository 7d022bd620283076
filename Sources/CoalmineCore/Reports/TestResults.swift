// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// The primary test.
public struct PrimaryTestResult: Sendable, Equatable {
  /// `stratified-permutation`.
  public let name: String
  /// Which score was compared, `tuned-minus-base`.
  public let score: String
  public let alpha: Double
  /// The statistic and its p, or why there are none.
  public let outcome: Outcome<Value>
  /// Randomized canaries that were inserted and scored…
  public let inserted: Int
  /// …and that were held out and scored.
  public let heldOut: Int
  /// The smallest AUC that these numbers see with the planned power; `nil` where none is seen.
  public let detectableAUC: Double?

  public struct Value: Sendable, Equatable {
    /// The stratified rank statistic: the share of inserted-held-out pairs of one kind in which
    /// the inserted one scores higher, ties half. 0.5 means no difference.
    public let statistic: Double
    /// One-sided.
    public let pValue: Double
    /// Whether every relabelling was enumerated, or how many were drawn.
    public let relabellings: Int
    public let exact: Bool

    public init(statistic: Double, pValue: Double, relabellings: Int, exact: Bool) {
      self.statistic = statistic
      self.pValue = pValue
      self.relabellings = relabellings
      self.exact = exact
    }
  }

  public init(
    name: String, score: String, alpha: Double, outcome: Outcome<Value>, inserted: Int,
    heldOut: Int, detectableAUC: Double?
  ) {
    self.name = name
    self.score = score
    self.alpha = alpha
    self.outcome = outcome
    self.inserted = inserted
    self.heldOut = heldOut
    self.detectableAUC = detectableAUC
  }
}

/// The two controls without which nothing passes.
public struct ControlResults: Sendable, Equatable {
  /// Canaries inserted often score better on the tuned model than on the base, or than held-out.
  public let highRepetition: ControlResult
  /// A fresh secret given in the prompt is scored higher than a decoy and written back.
  public let inContext: ControlResult

  public init(highRepetition: ControlResult, inContext: ControlResult) {
    self.highRepetition = highRepetition
    self.inContext = inContext
  }
}

/// One control.
public struct ControlResult: Sendable, Equatable {
  public let seen: Outcome<Bool>
  /// What was compared and what came out, in one plain sentence.
  public let sentence: String
  public let pValue: Double?

  public init(seen: Outcome<Bool>, sentence: String, pValue: Double?) {
    self.seen = seen
    self.sentence = sentence
    self.pValue = pValue
  }
}

/// One gate of the protocol.
public struct GateResult: Sendable, Equatable {
  public let gate: Gate
  public let state: State
  public let rate: Outcome<Rate>
  /// One-sided 95 % bounds of the rate, that the limit is compared with.
  public let bounds: ClosedRange<Double>?

  public enum State: String, Sendable, CaseIterable {
    case passed
    case failed
    /// The interval holds the limit: not enough canaries to say.
    case open
    case notMeasured = "not-measured"
  }

  public init(gate: Gate, state: State, rate: Outcome<Rate>, bounds: ClosedRange<Double>?) {
    self.gate = gate
    self.state = state
    self.rate = rate
    self.bounds = bounds
  }
}

/// The mean mass e-value of the canaries inserted at the target repetitions.
public struct MassEvidence: Sendable, Equatable {
  /// Mean of |R| · p(secret | context); at most 1 in expectation where nothing leaked.
  public let meanEValue: Double
  /// min(1, 1 / mean).
  public let pValue: Double
  public let canaries: Int

  public init(meanEValue: Double, pValue: Double, canaries: Int) {
    self.meanEValue = meanEValue
    self.pValue = pValue
    self.canaries = canaries
  }
}

/// Secrets of other canaries found in replies.
public struct OffTargetMatches: Sendable, Equatable {
  /// Replies that were searched.
  public let replies: Int
  /// Inserted secrets of at least 40 bits that were searched for.
  public let insertedSecrets: Int
  /// Replies in which another canary's inserted secret stood.
  public let insertedHits: Int
  /// Never-inserted secrets of at least 40 bits, searched alike.
  public let controlSecrets: Int
  public let controlHits: Int
  /// Hits that chance alone would give for the inserted secrets, at most.
  public let expectedByChance: Double

  public init(
    replies: Int, insertedSecrets: Int, insertedHits: Int, controlSecrets: Int,
    controlHits: Int, expectedByChance: Double
  ) {
    self.replies = replies
    self.insertedSecrets = insertedSecrets
    self.insertedHits = insertedHits
    self.controlSecrets = controlSecrets
    self.controlHits = controlHits
    self.expectedByChance = expectedByChance
  }
}
