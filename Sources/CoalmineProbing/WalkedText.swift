// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints

/// A text that is scored step by step: its tokens, where they lie, and what came of it.
package struct WalkedText: Sendable {
  package let query: Query
  /// With the marks that the server puts before a prompt.
  package var tokens: [TextToken] = []
  /// Where each token lies in the text; empty at its start for a mark.
  package var ranges: [Range<Int>] = []
  /// The exchange that told the tokens.
  package var exchange: Int64 = 0
  /// Why the text cannot be scored.
  package var fault: Reason?
  /// What a walk asks grows with the square of a text's tokens; longer texts fail.
  package static let longest = 1_024
  package var outcome: Outcome<Observation> = .failed(
    Reason("not-walked", "the walk did not end"))

  package init(query: Query) { self.query = query }

  /// Where each token lies in the text, without the marks before it.
  ///
  /// ```
  /// text              T h e ␣ c a t          pieces  <s> ␣The ␣cat     (a blank put before)
  /// pieces  <s>|␣The|␣cat
  /// ranges      0..<3 3..<7
  /// ```
  package mutating func align(_ tokens: [TextToken]) {
    self.tokens = tokens
    let bytes = query.prompt + query.target
    // Each token is asked after all those before it.
    guard tokens.count <= min(bytes.count + 2, Self.longest) else {
      fault = Reason(
        "too-many-tokens",
        "the text has \(tokens.count) tokens; texts of \(Self.longest) and fewer are walked")
      return
    }
    // Marks before the text are tokens that the text does not spell.
    for marks in 0...min(2, tokens.count) {
      for blank in [false, true] {
        if let found = Self.ranges(tokens[marks...], of: bytes, blankBefore: blank) {
          ranges = Array(repeating: 0..<0, count: marks) + found
          return
        }
      }
    }
    fault = Reason(
      "tokens-do-not-spell-the-text", "the tokens that the endpoint gives are not those of the text"
    )
  }

  private static func ranges(
    _ tokens: ArraySlice<TextToken>, of bytes: [UInt8], blankBefore: Bool
  ) -> [Range<Int>]? {
    var position = 0
    var ranges: [Range<Int>] = []
    for (index, token) in tokens.enumerated() {
      var piece = token.bytes[...]
      if index == 0, blankBefore {
        guard piece.first == 0x20 else { return nil }
        piece = piece.dropFirst()
      }
      guard bytes[position...].starts(with: piece) else { return nil }
      ranges.append(position..<(position + piece.count))
      position += piece.count
    }
    return position == bytes.count ? ranges : nil
  }

  /// The places of the tokens whose log-probability is wanted: those that hold bytes of the target
  /// and have something before them.
  package var wanted: [Int] {
    tokens.indices.filter { $0 > 0 && ranges[$0].upperBound > query.prompt.count }
  }

  /// The token ids before a place.
  package func prefix(_ place: Int) -> [Int] { tokens[..<place].map(\.id) }

  /// The bytes from `first` on with their tokens, where each of them is a token of its own.
  package func bytewise(from first: Int) -> [(byte: UInt8, token: Int)]? {
    guard fault == nil else { return nil }
    let text = query.prompt + query.target
    var pieces: [(byte: UInt8, token: Int)] = []
    for (token, range) in zip(tokens, ranges) where range.upperBound > first {
      guard range.count == 1, range.lowerBound == first + pieces.count else { return nil }
      pieces.append((text[range.lowerBound], token.id))
    }
    return first + pieces.count == text.count ? pieces : nil
  }

  /// The sum over the tokens from `first` on, in nats.
  package func logProbability(from first: Int) -> Double? {
    guard case .measured(.likelihood(let scores)) = outcome else { return nil }
    return scores.sum(from: first)
  }
}

extension [TokenScore] {
  /// The sum over the tokens that hold bytes from `first` on, in nats; `nil` where one has no
  /// log-probability.
  func sum(from first: Int) -> Double? {
    var sum = 0.0
    for score in self where score.range.upperBound > first {
      guard let value = score.logProbability else { return nil }
      sum += value
    }
    return sum
  }
}
