// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// A dialect of servers that do not score a given text, but tell what may follow a prefix.
///
/// A text is scored step by step: its tokens are asked for, then the log-probability of each token
/// after those before it.
///
/// ```
/// tokens    BOS The  acc ess …  is ␣ 9 6
/// prefixes  BOS The … is ␣        -> row: 9 -5.4  0 -1.9  …
///           BOS The … is ␣ 9      -> row: 6 -2.5  …
/// ```
public protocol WalkingDialect: Dialect {
  /// How many prefixes fit into a request.
  static var prefixLimit: Int { get }

  /// The request for the tokens of a text, with the marks that the server puts before a prompt.
  static func tokenization(of text: [UInt8]) throws(CoalmineError) -> DialectRequest

  /// The tokens of a text.
  static func readTokens(_ reply: DialectReply, at endpoint: Endpoint) -> StepReading<[TextToken]>

  /// The request for what follows each of `prefixes`.
  static func expansion(of prefixes: [[Int]], listing: RowLength) throws(CoalmineError)
    -> DialectRequest

  /// One row a prefix, in their order.
  static func readRows(_ reply: DialectReply, count: Int, at endpoint: Endpoint)
    -> StepReading<[NextTokens]>
}

/// How many tokens a row lists.
public enum RowLength: Sendable, Equatable {
  /// The most likely ones.
  case top(Int)
  /// The whole vocabulary: a hundred bytes a token, so tens of megabytes at a large one.
  case all

  /// How large a reply of whole rows may be, in bytes: a row of 500,000 tokens.
  static let wholeReplyLimit = 64 << 20
}

/// What a dialect makes of the reply to one step of a walk.
public enum StepReading<Value: Sendable>: Sendable {
  case value(Value)
  /// The endpoint is busy or stumbled.
  case retry(Reason)
  /// It will never answer.
  case stop(CoalmineError)
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
