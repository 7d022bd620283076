// SPDX-License-Identifier: Apache-2.0

/// What came back for one query.
public enum Observation: Sendable, Equatable {
  /// Tokens that cover the target, in text order. Offsets count bytes of `prompt + target`.
  case likelihood([TokenScore])
  /// The steps of a search for an exact rank.
  case rankTrail(RankTrail)
  /// The continuations, in sample order.
  case continuations([Continuation])
}

/// One token of a scored text.
public struct TokenScore: Sendable, Equatable {
  /// Where the token begins and ends, in bytes of `prompt + target`.
  public let range: Range<Int>
  /// Its log-probability in nats, at most 0; `nil` where the endpoint gives none, as for the
  /// first token of a text.
  public let logProbability: Double?
  /// Whether ``logProbability`` is only an upper bound: the endpoint listed likelier tokens alone.
  public let isUpperBound: Bool

  public init(range: Range<Int>, logProbability: Double?, isUpperBound: Bool = false) {
    self.range = range
    self.logProbability = logProbability
    self.isUpperBound = isUpperBound
  }
}

/// One text that a model wrote.
public struct Continuation: Sendable, Equatable {
  /// The text as UTF-8 bytes.
  public let text: [UInt8]
  /// Why it ends.
  public let ending: Ending

  public enum Ending: String, Sendable {
    /// The model, or a stop sequence, ended it.
    case stop
    /// The token limit was reached.
    case length
    /// The endpoint filtered it.
    case filtered
    /// The endpoint or the model refused.
    case refused
  }

  public init(text: [UInt8], ending: Ending) {
    self.text = text
    self.ending = ending
  }
}

/// Which model a run asked.
public enum RunRole: String, Sendable, CaseIterable {
  /// The model that was trained on the seeded corpus.
  case tuned
  /// The model before that training.
  case base
}
