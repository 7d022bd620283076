// SPDX-License-Identifier: Apache-2.0

import CoalmineEndpoints
import CoalmineStatistics
import Testing

/// Tokens that are shown with replacement characters.
@Suite struct `Tokens cut inside characters` {
  private static let alphabet = Array("aé is4你1😀 ñ0").map(String.init)

  /// As a server shows bytes that are no whole UTF-8.
  private static func shown(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    Array(String(decoding: bytes, as: UTF8.self).utf8)
  }

  @Test func `random cuts are found again: every end that is reported is a true one`() throws {
    var generator = ChaCha8Rand(seed: [UInt8](repeating: 3, count: 32))
    var merged = 0
    var exact = 0
    for _ in 0..<2_000 {
      let text = Array(
        (0..<(3 + Int(generator.uniform(below: UInt64(12))))).map { _ in
          Self.alphabet[Int(generator.uniform(below: UInt64(Self.alphabet.count)))]
        }.joined().utf8)
      var cuts = [0]
      while let last = cuts.last, last < text.count {
        cuts.append(min(text.count, last + 1 + Int(generator.uniform(below: UInt64(4)))))
      }
      let truth = zip(cuts, cuts.dropFirst()).map { $0..<$1 }
      let spans = try #require(TokenSpans(truth.map { Self.shown(text[$0]) }, over: text))
      #expect(spans.ranges.count == truth.count)
      #expect(spans.ranges.last?.upperBound == text.count)
      var start = 0
      for (place, range) in spans.ranges.enumerated() {
        #expect(range.lowerBound == start)
        if range.isEmpty {
          // Its bytes are part of the range that ends the run.
          merged += 1
        } else {
          exact += 1
          #expect(cuts.contains(range.upperBound) && truth[place].upperBound == range.upperBound)
          start = range.upperBound
        }
      }
    }
    #expect(merged > 100 && exact > 5_000)
  }

  @Test func `ASCII after such tokens lies where it lies`() throws {
    let text = Array("café is 41".utf8)
    let spans = try #require(
      TokenSpans(
        ["caf", "\u{FFFD}", "\u{FFFD}", " is", " ", "41"].map { Array($0.utf8) }, over: text))
    #expect(spans.ranges == [0..<3, 3..<4, 4..<5, 5..<8, 8..<9, 9..<11])
  }

  @Test func `what could lie at several places is not guessed`() throws {
    // Six bytes over two tokens: three and three, or any other share.
    let text = Array("你你 7".utf8)
    let spans = try #require(
      TokenSpans(
        ["\u{FFFD}\u{FFFD}", "\u{FFFD}\u{FFFD}", " 7"].map { Array($0.utf8) }, over: text))
    #expect(spans.ranges == [0..<0, 0..<6, 6..<8])
  }

  @Test(arguments: [
    ["cafe", "\u{FFFD}"], ["\u{FFFD}", "af", "\u{FFFD}\u{FFFD}"], ["ca", "\u{FFFD}"],
    ["caf", "x\u{FFFD}"],
  ])
  func `other text is refused`(_ tokens: [String]) {
    #expect(TokenSpans(tokens.map { Array($0.utf8) }, over: Array("café".utf8)) == nil)
  }

  @Test func `a first token that is not spelled is what the others leave`() throws {
    let text = Array("The code".utf8)
    func spans(_ tokens: [String]) -> TokenSpans? {
      TokenSpans(tokens.map { Array($0.utf8) }, over: text, startsUnspelled: true)
    }
    let mark = try #require(spans(["", "The", " code"]))
    #expect(mark.skipped == 1 && mark.ranges == [0..<3, 3..<8])
    let word = try #require(spans(["", " code"]))
    #expect(word.skipped == 0 && word.ranges == [0..<3, 3..<8])
    #expect(spans(["", " cod"]) == nil)
  }

  @Test func `a token of many marks over much text ends soon, whatever it says`() {
    let text = [UInt8](repeating: 0xE4, count: 30_000)
    let marks = Array(String(repeating: "\u{FFFD}", count: 10_000).utf8)
    #expect(TokenSpans([marks], over: text) == nil)
    let single = Array("\u{FFFD}".utf8)
    #expect(TokenSpans([[UInt8]](repeating: single, count: 10_000), over: text) == nil)
    // One byte, one place: any length is followed.
    let long = [UInt8](repeating: 0x61, count: 200_000) + [0xC3, 0xA9]
    let tokens = [Array(long.dropLast(2)), single, single]
    #expect(TokenSpans(tokens, over: long)?.ranges.last == 200_001..<200_002)
  }
}
