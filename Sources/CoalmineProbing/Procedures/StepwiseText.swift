// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// A text that is scored token by token: its tokens, where they lie, and what came of it.
package struct StepwiseText: Sendable {
  package let passage: Passage
  /// With the marks that the server puts before a prompt.
  package private(set) var tokens: [TextToken] = []
  /// Where each token lies in the text; empty at its start for a mark.
  package private(set) var ranges: [Range<Int>] = []
  /// The request that told the tokens.
  package var exchange: Int64 = 0
  /// Why the text cannot be scored.
  package var fault: Outcome<Observation>?
  /// What is asked grows with the square of a text's tokens; longer texts fail.
  package static let longest = 1_024
  /// Log-probabilities of the tokens of the ending, where the server wrote them in one request.
  package var forced: [Double]?

  package init(_ passage: Passage) { self.passage = passage }

  /// Where each token lies in the text, without the marks before it.
  ///
  /// ```
  /// text              T h e ␣ c a t          pieces  <s> ␣The ␣cat     (a blank put before)
  /// pieces  <s>|␣The|␣cat
  /// ranges      0..<3 3..<7
  /// ```
  ///
  /// Of a rendered conversation the tokens before the text are marks to it; the dialect has seen that they
  /// spell the conversation:
  ///
  /// ```
  /// pieces  <s>|<|im_start|>|user|…|<|im_start|>|assistant|⏎|302|557
  /// ranges                                                   0..<3 3..<6
  /// ```
  ///
  /// - Parameter room: the context window in tokens; `nil` where it is not known.
  package mutating func align(_ tokens: [TextToken], room: Int? = nil) {
    self.tokens = tokens
    let bytes = passage.text
    let most = passage.presentation.form == .plain ? bytes.count + 2 : .max
    // Each token is asked after all those before it.
    guard tokens.count <= min(most, Self.longest) else {
      return fail(
        "too-many-tokens",
        "the text has \(tokens.count) tokens; texts of \(Self.longest) and fewer are scored token "
          + "by token")
    }
    // One place more: the token that the server writes.
    if let room, tokens.count >= room {
      fail("text-too-long", "the text has \(tokens.count) tokens and the context window \(room)")
    }
    if passage.presentation.form == .prefilled {
      guard let found = Self.ranges(tokens, endingWith: bytes) else { return spellsOtherwise() }
      ranges = found
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
    spellsOtherwise()
  }

  private mutating func spellsOtherwise() {
    fail(
      "tokens-do-not-spell-the-text", "the tokens that the endpoint gives are not those of the text"
    )
  }

  /// Where tokens lie in a text that ends what they spell; a token that begins before the text counts as a
  /// whole, as one does that begins in a prompt.
  private static func ranges(_ tokens: [TextToken], endingWith bytes: [UInt8]) -> [Range<Int>]? {
    var end = bytes.count
    var ranges = [Range<Int>](repeating: 0..<0, count: tokens.count)
    for place in tokens.indices.reversed() where end > 0 {
      let piece = tokens[place].bytes
      let start = max(0, end - piece.count)
      guard bytes[start..<end].elementsEqual(piece.suffix(end - start)) else { return nil }
      ranges[place] = start..<end
      end = start
    }
    return end == 0 ? ranges : nil
  }

  private mutating func fail(_ slug: String, _ evidence: String) {
    fault = .failed(Reason(slug, evidence))
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

  /// The places of the tokens whose log-probability is wanted: those that hold bytes of the ending
  /// and have something before them.
  package var wanted: [Int] {
    tokens.indices.filter { $0 > 0 && ranges[$0].upperBound > passage.before.count }
  }

  /// The tokens before a place.
  package func prefix(_ place: Int) -> TokenPrefix {
    TokenPrefix(
      tokens[..<place].map(\.id),
      text: passage.isPublic || place == 0
        ? []
        : passage.studyTurns.reduce(into: []) { $0 += $1 + [0x0A] }
          + passage.text.prefix(ranges[place - 1].upperBound))
  }

  /// The place of the first token of the ending, where a token begins with it and others stand
  /// before; `nil` where one lies across, or nothing stands before.
  package var firstOfEnding: Int? {
    guard fault == nil, let first = wanted.first,
      ranges[first].lowerBound == passage.before.count, !ranges[first].isEmpty
    else { return nil }
    return first
  }

  /// Takes the tokens that a server wrote for the ending.
  ///
  /// - Returns: whether they are the ones in which the text is read, so that their
  ///   log-probabilities are those of the text.
  @discardableResult
  package mutating func take(forced: [NextTokens.Choice]) -> Bool {
    guard let first = firstOfEnding else { return false }
    let own = tokens[first...].map(\.id)
    guard forced.prefix(own.count).map(\.id) == own, forced.count <= own.count + 1 else {
      return false
    }
    self.forced = forced.prefix(own.count).map(\.logProbability)
    return true
  }

  /// The bytes from `first` on with their tokens, where each of them is a token of its own.
  package func bytewise(from first: Int) -> [(byte: UInt8, token: Int)]? {
    guard fault == nil else { return nil }
    let text = passage.text
    var pieces: [(byte: UInt8, token: Int)] = []
    for (token, range) in zip(tokens, ranges) where range.upperBound > first {
      guard range.count == 1, token.bytes.count == 1,
        range.lowerBound == first + pieces.count
      else { return nil }
      pieces.append((text[range.lowerBound], token.id))
    }
    return first + pieces.count == text.count ? pieces : nil
  }

  /// The scores of the ending's tokens, by what is known of them; `nil` where it cannot be scored.
  package func scores(_ rows: KnownRows) -> [TokenScore]? {
    guard fault == nil else { return nil }
    return tokens.indices.filter { ranges[$0].upperBound > passage.before.count }.map { place in
      guard place > 0 else { return TokenScore(range: ranges[place], logProbability: nil) }
      if let forced, let first = firstOfEnding {
        return TokenScore(range: ranges[place], logProbability: forced[place - first])
      }
      let prefix = prefix(place)
      let known = rows.known(tokens[place].id, after: prefix)
      return TokenScore(
        range: ranges[place], logProbability: known ?? rows.bound(after: prefix),
        isUpperBound: known == nil)
    }
  }

  /// What the text comes to.
  package func outcome(_ rows: KnownRows) -> Outcome<Observation> {
    if let fault { return fault }
    let scores = scores(rows) ?? []
    guard !scores.contains(where: { $0.isUpperBound && $0.logProbability == -.infinity }) else {
      return .failed(
        Reason("token-not-listed", "the whole vocabulary does not list a token of the text"))
    }
    return .measured(.likelihood(scores))
  }
}

extension [TokenScore] {
  /// The sum over the tokens that hold bytes from `first` on, in nats; `nil` where one has no
  /// log-probability.
  package func sum(from first: Int) -> Double? {
    var sum = 0.0
    for score in self where score.range.upperBound > first {
      guard let value = score.logProbability else { return nil }
      sum += value
    }
    return sum
  }
}
