// SPDX-License-Identifier: Apache-2.0

/// What came back for one ask.
public enum Answer: Sendable, Equatable {
  /// The tokens that cover a passage's ending, in text order.
  case scored([TokenScore])
  /// The tokens that were written under a grammar, in text order; one that ends the text may come
  /// last.
  case forced([NextTokens.Choice])
  /// What may follow a prefix.
  case next(NextTokens)
  /// The tokens of a text, with the marks that the server puts before it.
  case tokens([TextToken])
  /// What the model wrote.
  case completion(Completion)
  /// The probability of each text that a question names, 0…1, in their order.
  case chosen([Double])
  /// What the endpoint says about itself.
  case described(EndpointSettings)
  /// A conversation as one text.
  case rendered([UInt8])
  /// How many tokens a conversation has.
  case tokenCount(Int)
}

/// One token of a scored text.
public struct TokenScore: Sendable, Equatable {
  /// Where the token begins and ends, in bytes of the passage's text.
  public let range: Range<Int>
  /// Its log-probability in nats, at most 0; `nil` where the endpoint gives none, as for the
  /// first token of a text.
  public let logProbability: Double?
  /// Whether ``logProbability`` is only an upper bound: the endpoint listed likelier tokens alone.
  public let isUpperBound: Bool
  /// What could stand in its place; `nil` where no tokens were listed there.
  public let alternatives: ListedAlternatives?

  public init(
    range: Range<Int>, logProbability: Double?, isUpperBound: Bool = false,
    alternatives: ListedAlternatives? = nil
  ) {
    self.range = range
    self.logProbability = logProbability
    self.isUpperBound = isUpperBound
    self.alternatives = alternatives
  }
}

/// One text that a model wrote.
public struct Completion: Sendable, Equatable {
  /// The text as UTF-8 bytes.
  public let text: [UInt8]
  /// Why it ends.
  public let ending: Ending
  /// Its tokens with their log-probabilities; empty where none were asked for, or none came.
  public let steps: [WrittenToken]

  public enum Ending: String, Sendable, CaseIterable {
    /// The model, or a stop sequence, ended it.
    case stop
    /// The token limit was reached.
    case length
    /// The endpoint filtered it.
    case filtered
    /// The endpoint or the model refused.
    case refused
    /// The endpoint held it back because it repeats a text that the provider knows: Gemini's
    /// `RECITATION`.
    case recitation
    /// It ended by itself, and the endpoint marks it as a text that the provider knows: Gemini's
    /// citations, Azure's protected material where it is only noted.
    case cited

    /// Whether what the model would have written may be missing: no such text is a miss.
    public var isWithheld: Bool {
      switch self {
      case .filtered, .refused, .recitation: true
      case .stop, .length, .cited: false
      }
    }

    /// Whether the provider says that the text repeats one that it knows: a sign that the model keeps
    /// texts, and no miss.
    public var isKnownText: Bool { self == .recitation || self == .cited }
  }

  public init(text: [UInt8], ending: Ending, steps: [WrittenToken] = []) {
    self.text = text
    self.ending = ending
    self.steps = steps
  }

  /// Whether the reply was held back: the endpoint says that it filtered it or that the model refused,
  /// with words or without.
  public var isWithheld: Bool { ending.isWithheld }

  /// Whether it came with the likeliest tokens of a step.
  package var listsTokens: Bool { steps.contains { !$0.likeliest.isEmpty } }
}

/// A token of a text.
public struct TextToken: Sendable, Equatable {
  public let id: Int
  /// The bytes it stands for, as the server spells them.
  public let bytes: [UInt8]

  public init(id: Int, bytes: [UInt8]) {
    self.id = id
    self.bytes = bytes
  }
}

/// What a model says about the token after a prefix.
public struct NextTokens: Sendable, Equatable {
  /// A token that may follow.
  public struct Choice: Sendable, Equatable {
    public let id: Int
    public let bytes: [UInt8]
    /// In nats, at most 0; −∞ for a probability of 0.
    public let logProbability: Double

    public init(id: Int, bytes: [UInt8], logProbability: Double) {
      self.id = id
      self.bytes = bytes
      self.logProbability = logProbability
    }
  }

  /// The tokens listed, most likely first.
  public let choices: [Choice]

  public init(choices: [Choice]) { self.choices = choices }

  /// The log-probability of a token; `nil` where it is not listed.
  public func logProbability(of id: Int) -> Double? {
    choices.first { $0.id == id }?.logProbability
  }
}

/// The outcomes of one request's asks, in their order, and which model said that it answered.
public struct RequestAnswers: Sendable, Equatable {
  public let outcomes: [Outcome<Answer>]
  public let served: ServedModel?

  public init(_ outcomes: [Outcome<Answer>], served: ServedModel? = nil) {
    self.outcomes = outcomes
    self.served = served
  }
}

/// Which model a reply says that it comes from.
public struct ServedModel: Sendable, Hashable {
  /// The name in the reply; `nil` where it bears none.
  public let name: String?
  /// The build of model and server, `system_fingerprint`; `nil` where the reply bears none.
  public let fingerprint: String?

  public init(name: String?, fingerprint: String?) {
    self.name = name
    self.fingerprint = fingerprint
  }
}

extension Outcome {
  /// A reply that answers another question than was asked.
  package static var otherAnswer: Outcome {
    .failed(Reason("other-answer", "the reply answers another question than was asked"))
  }
}
