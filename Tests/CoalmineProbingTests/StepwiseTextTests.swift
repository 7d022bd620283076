// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineProbing
import Testing

/// Where the tokens of a text lie in it.
@Suite struct `Texts scored token by token` {
  static func text(_ prompt: String, _ target: String) -> StepwiseText {
    StepwiseText(Passage(before: Array(prompt.utf8), target: Array(target.utf8)))
  }

  static func aligned(_ prompt: String, _ target: String, _ pieces: [[UInt8]]) -> StepwiseText {
    var text = text(prompt, target)
    text.align(pieces.enumerated().map { TextToken(id: $0, bytes: $1) })
    return text
  }

  static func aligned(_ prompt: String, _ target: String, _ pieces: [String]) -> StepwiseText {
    aligned(prompt, target, pieces.map { Array($0.utf8) })
  }

  @Test func `tokens that spell the text lie one after the other`() {
    let text = Self.aligned("The cat", " is 42", ["The", " cat", " is", " ", "4", "2"])
    #expect(text.fault == nil)
    #expect(text.ranges == [0..<3, 3..<7, 7..<10, 10..<11, 11..<12, 12..<13])
    #expect(text.wanted == [2, 3, 4, 5])
  }

  @Test(arguments: [
    (["<s>", "The", " cat"], [0..<0, 0..<3, 3..<7]),
    (["<s>", "<u>", "The", " cat"], [0..<0, 0..<0, 0..<3, 3..<7]),
    (["", "The", " cat"], [0..<0, 0..<3, 3..<7]),
    ([" The", " cat"], [0..<3, 3..<7]),
    (["<s>", " The", " cat"], [0..<0, 0..<3, 3..<7]),
    (["<s>", " ", "The", " cat"], [0..<0, 0..<0, 0..<3, 3..<7]),
  ])
  func `marks and a blank before the text take none of it`(
    _ pieces: [String], _ ranges: [Range<Int>]
  ) {
    let text = Self.aligned("The", " cat", pieces)
    #expect(text.fault == nil && text.ranges == ranges)
  }

  @Test(arguments: [
    [], ["The"], ["The", " dog"], ["The", " cat", "s"], ["the", " cat"],
    ["<s>", "<u>", "<v>", "The", " cat"], ["The", "<s>", " cat"], ["\t", "The", "  cat"],
  ])
  func `tokens that spell another text are a fault`(_ pieces: [String]) {
    let text = Self.aligned("The", " cat", pieces)
    #expect(text.fault?.reason?.slug == "tokens-do-not-spell-the-text")
    #expect(text.bytewise(from: 3) == nil)
  }

  @Test func `a character may be cut between tokens`() {
    let text = Self.aligned("é", "é", [[0xC3], [0xA9], [0xC3, 0xA9]])
    #expect(text.fault == nil && text.ranges == [0..<1, 1..<2, 2..<4])
  }

  @Test func `a token across the end of the prompt is wanted`() {
    let text = Self.aligned("ab", "cd", ["a", "bc", "d"])
    #expect(text.wanted == [1, 2])
    #expect(text.prefix(1).tokens == [0] && text.prefix(2).tokens == [0, 1])
    #expect(text.prefix(1).text == Array("a".utf8) && text.prefix(2).text == Array("abc".utf8))
  }

  @Test func `a first token without anything before it is not wanted`() {
    #expect(Self.aligned("", "ab", ["a", "b"]).wanted == [1])
    #expect(Self.aligned("", "ab", ["<s>", "a", "b"]).wanted == [1, 2])
  }

  @Test func `a text of too many tokens is not scored`() {
    let many = String(repeating: "a", count: StepwiseText.longest + 1)
    let pieces = many.map { String($0) }
    #expect(Self.aligned("", many, pieces).fault?.reason?.slug == "too-many-tokens")
    let few = String(many.dropLast())
    #expect(Self.aligned("", few, Array(pieces.dropLast())).fault == nil)
    // More tokens than bytes and two marks are no tokens of this text.
    #expect(Self.aligned("a", "", ["", "", "", "a"]).fault?.reason?.slug == "too-many-tokens")
  }

  @Test func `a secret is bytewise where each of its bytes is a token`() {
    let whole = Self.aligned("is", " 42", ["is", " ", "4", "2"])
    #expect(whole.bytewise(from: 3)?.map(\.byte) == Array("42".utf8))
    #expect(whole.bytewise(from: 3)?.map(\.token) == [2, 3])
    #expect(Self.aligned("is", " 42", ["is", " ", "42"]).bytewise(from: 3) == nil)
    #expect(Self.aligned("is", " 42", ["is", " 4", "2"]).bytewise(from: 3) == nil)
  }

  @Test func `a sum counts the tokens that hold bytes from its start on`() {
    let scores = [
      TokenScore(range: 1..<3, logProbability: -2), TokenScore(range: 3..<4, logProbability: -3),
    ]
    #expect(scores.sum(from: 2) == -5 && scores.sum(from: 3) == -3)
    #expect([TokenScore(range: 0..<3, logProbability: nil)].sum(from: 2) == nil)
  }

  @Test func `an ending begins where a token does`() {
    #expect(Self.aligned("is", " 42", ["is", " 4", "2"]).firstOfEnding == 1)
    #expect(Self.aligned("is", " 42", ["i", "s 4", "2"]).firstOfEnding == nil)
    #expect(Self.aligned("", "42", ["4", "2"]).firstOfEnding == nil)
    #expect(Self.aligned("", "42", ["<s>", "4", "2"]).firstOfEnding == 1)
  }

  static func choices(_ ids: [Int]) -> [NextTokens.Choice] {
    ids.map { NextTokens.Choice(id: $0, bytes: [], logProbability: -Double($0)) }
  }

  @Test(arguments: [
    ([1, 2], true), ([1, 2, 99], true), ([1], false), ([1, 3], false), ([1, 2, 99, 98], false),
    ([], false),
  ])
  func `an ending that was written counts in its own tokens alone`(
    _ written: [Int], _ isTaken: Bool
  ) {
    var text = Self.aligned("is", " 42", ["is", " 4", "2"])
    #expect(text.take(forced: Self.choices(written)) == isTaken)
    let scores = text.scores(KnownRows(of: [text], rowError: RankTrail.leastRowError))
    #expect(scores?.map(\.logProbability) == (isTaken ? [-1, -2] : [0, 0]))
    #expect(scores?.contains(where: \.isUpperBound) == !isTaken)
  }
}
