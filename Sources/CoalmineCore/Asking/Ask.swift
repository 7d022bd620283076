// SPDX-License-Identifier: Apache-2.0

/// One thing to ask an endpoint.
///
/// A sample is one ask; a dialect that can bundle samples or prompts says how many
/// (``RequestLimits``).
public enum Ask: Sendable, Hashable {
  /// The log-probabilities of the tokens of a passage's ending, given what stands before.
  case score(Passage)
  /// The same, with the likeliest tokens at each place.
  case scoreListing(Passage)
  /// The log-probabilities of an ending that the server writes under a grammar that allows nothing
  /// else: its tokens may not be the ones in which the text would be read.
  case force(TokenPrefix, ending: [UInt8])
  /// The tokens of a passage's text.
  case tokenize(Passage)
  /// What may follow a prefix.
  case next(TokenPrefix, Listing)
  /// What the model writes after a passage.
  case complete(Passage, Decoding)
  /// Which of some texts belongs after a passage, whose ending is one of them.
  case choose(Passage, among: [[UInt8]])
  /// What the endpoint says about itself: the models it lists, its own samplers.
  case describe
  /// The text that the endpoint's chat template makes of a public conversation; its last turn is the
  /// model's own.
  case render(Turns)
  /// How many tokens the endpoint reads of the same conversation where it is asked in turns.
  case countTokens(Turns)

  /// The kind of an ask: the asks of one request are all of one kind.
  public enum Kind: Sendable, Hashable {
    case score
    case scoreListing
    case force
    case tokenize
    case next(Listing)
    case complete(Decoding.Rule)
    case choose
    case describe
    case render
    case countTokens
  }

  public var kind: Kind {
    switch self {
    case .score: .score
    case .scoreListing: .scoreListing
    case .force: .force
    case .tokenize: .tokenize
    case .next(_, let listing): .next(listing)
    case .complete(_, let decoding): .complete(decoding.rule)
    case .choose: .choose
    case .describe: .describe
    case .render: .render
    case .countTokens: .countTokens
    }
  }

  /// The passage whose ending is scored, with or without lists; `nil` for any other ask.
  public var scoredPassage: Passage? {
    switch self {
    case .score(let passage), .scoreListing(let passage): passage
    default: nil
    }
  }

  /// The passage that the ask is about; `nil` where it is about none.
  public var passage: Passage? {
    switch self {
    case .score(let passage), .scoreListing(let passage), .tokenize(let passage),
      .complete(let passage, _), .choose(let passage, _):
      passage
    case .force(let prefix, let ending): Passage(before: prefix.text, target: ending)
    case .next, .describe, .render, .countTokens: nil
    }
  }
}

/// How a model writes.
public struct Decoding: Sendable, Hashable {
  /// How the next token is chosen.
  public enum Rule: String, Sendable {
    /// The most likely token.
    case greedy
    /// At temperature 1 with every other sampler switched off.
    case neutral
    /// With the endpoint's own settings.
    case endpointDefault = "endpoint-default"
  }

  public let rule: Rule
  /// The longest completion in tokens.
  public let maxTokens: Int
  /// Which sample of the passage it is, from 0.
  public let sample: Int

  public init(_ rule: Rule, maxTokens: Int, sample: Int = 0) {
    self.rule = rule
    self.maxTokens = maxTokens
    self.sample = sample
  }
}

/// The beginning of a text, in tokens.
///
/// Two prefixes are equal where their tokens are: ``text`` only says what they spell.
public struct TokenPrefix: Sendable, Hashable, Comparable {
  public let tokens: [Int]
  /// The bytes that the tokens spell: an endpoint's words that repeat them are not shown.
  public let text: [UInt8]

  public init(_ tokens: [Int], text: [UInt8]) {
    self.tokens = tokens
    self.text = text
  }

  public static func == (left: TokenPrefix, right: TokenPrefix) -> Bool {
    left.tokens == right.tokens
  }

  /// By tokens: prefixes that begin alike stand side by side, so that a server reads little anew.
  public static func < (left: TokenPrefix, right: TokenPrefix) -> Bool {
    left.tokens.lexicographicallyPrecedes(right.tokens)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(tokens) }
}

/// Which tokens an endpoint lists after a prefix.
public enum Listing: Sendable, Hashable {
  /// The most likely ones.
  case top(Int)
  /// The whole vocabulary: a hundred bytes per token, so tens of megabytes at a large one.
  case all
  /// The token with this number alone, with its exact log-probability.
  case only(Int)
}
