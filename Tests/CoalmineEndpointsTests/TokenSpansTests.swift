// SPDX-License-Identifier: Apache-2.0

import CoalmineEndpoints
import CoalmineStatistics
import Testing

@Suite struct `Token spans` {
  static func spans(_ tokens: [String], _ text: String) -> TokenSpans? {
    TokenSpans(tokens.map { Array($0.utf8) }, over: Array(text.utf8))
  }

  @Test func `random cuts of random bytes are found again, with and without a mark`() throws {
    var generator = ChaCha8Rand(seed: [UInt8](repeating: 1, count: 32))
    for _ in 0..<500 {
      let length = 1 + Int(generator.uniform(below: UInt64(40)))
      let text = (0..<length).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      var cuts = [0]
      while let last = cuts.last, last < length {
        cuts.append(min(length, last + Int(generator.uniform(below: UInt64(5)))))
      }
      let ranges = zip(cuts, cuts.dropFirst()).map { $0..<$1 }
      let tokens = ranges.map { Array(text[$0]) }
      let plain = try #require(TokenSpans(tokens, over: text))
      #expect(plain.skipped == 0 && plain.ranges == ranges)
      let generated: [UInt8] = [0x78, 0x79]
      let marked = try #require(
        TokenSpans([Array("<mark>".utf8)] + tokens + [generated], over: text))
      #expect(marked.skipped == 1)
      #expect(marked.ranges == ranges + [length..<(length + 2)])
    }
  }

  @Test(arguments: [
    ["ab"], ["ab", "d"], ["abc", "x"], ["x", "y", "abcd"], ["ABCD"],
    ["a", "bcd\u{FFFD}", "z", "q"],
    [],
  ])
  func `tokens that do not spell the text are refused`(_ tokens: [String]) {
    // The one list that does spell it ends with generated tokens.
    let spells = tokens == ["a", "bcd\u{FFFD}", "z", "q"]
    #expect((Self.spans(tokens, "abcd") != nil) == spells)
  }

  @Test func `a token cut short of the text is refused, whatever else matches`() {
    #expect(Self.spans(["ab", "c"], "abcd") == nil)
    #expect(Self.spans(["ab", "c", "d"], "abcd") != nil)
  }

  @Test func `composed and decomposed text are not the same bytes`() {
    #expect(Self.spans(["e\u{301}"], "é") == nil)
    #expect(Self.spans(["é"], "é")?.ranges == [0..<2])
  }

  @Test(arguments: [
    ("plain", Array("plain".utf8)), (#"bytes:\xe2\x80"#, [0xE2, 0x80]),
    (#"bytes:\xFF"#, [0xFF]), (#"bytes:"#, []), (#"bytes:\xe"#, Array(#"bytes:\xe"#.utf8)),
    (#"bytes:\xzz"#, Array(#"bytes:\xzz"#.utf8)), (#"bytes:ab"#, Array("bytes:ab".utf8)),
    (#"\xe2"#, Array(#"\xe2"#.utf8)), ("", []),
  ])
  func `a displayed token stands for these bytes`(_ shown: String, _ bytes: [UInt8]) {
    #expect(TokenText.bytes(Array(shown.utf8)) == bytes)
  }
}
