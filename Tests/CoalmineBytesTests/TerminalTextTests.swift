// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Testing

@Suite struct `Terminal text` {
  @Test(arguments: [
    "", "plain text", "Zoë e\u{301} 語 👧 العربية עברית", "quote \" back \\ slash", "\u{A0}\u{FFFD}",
  ])
  func `ordinary text of any script stands as it is`(_ text: String) {
    #expect(terminalSafe(text).utf8.elementsEqual(text.utf8))
  }

  @Test(arguments: [
    ("\u{1B}[31mred\u{1B}[0m", #"\u{1b}[31mred\u{1b}[0m"#),
    ("\u{1B}]52;c;Y2F0\u{7}", #"\u{1b}]52;c;Y2F0\u{7}"#), ("a\r\nb\tc", #"a\u{d}\u{a}b\u{9}c"#),
    ("\u{9B}2J\u{85}", #"\u{9b}2J\u{85}"#), ("\u{202E}gpj.exe", #"\u{202e}gpj.exe"#),
    ("a\u{200B}b\u{FEFF}", #"a\u{200b}b\u{feff}"#), ("\u{2066}x\u{2069}", #"\u{2066}x\u{2069}"#),
    ("\u{0}\u{8}\u{7F}", #"\u{0}\u{8}\u{7f}"#), ("\u{E0041}", #"\u{e0041}"#),
  ])
  func `what steers or hides is shown`(_ text: String, _ safe: String) {
    #expect(terminalSafe(text) == safe)
  }

  @Test func `no control, separator or bidirectional mark of Unicode passes`() {
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = UnicodeScalar(value) else { continue }
      let category = scalar.properties.generalCategory
      let steers =
        category == .control || category == .lineSeparator || category == .paragraphSeparator
        || scalar.properties.isBidiControl
      guard steers else { continue }
      let safe = terminalSafe("a\(String(scalar))b")
      #expect(safe.utf8.elementsEqual("a\\u{\(String(value, radix: 16))}b".utf8))
    }
  }

  @Test func `text decoded from any bytes is safe`() {
    var state: UInt64 = 3
    for _ in 0..<2_000 {
      let bytes = (0..<20).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1
        return UInt8(truncatingIfNeeded: state >> 40)
      }
      let safe = terminalSafe(String(decoding: bytes, as: UTF8.self))
      #expect(safe.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F ~= $0.value) })
    }
  }
}
