// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Testing

@Suite struct `Word split` {
  static func check(_ text: String, _ expected: [String]) {
    let found = words(of: text).map { Array($0.unicodeScalars) }
    #expect(found == expected.map { Array($0.unicodeScalars) }, "\(words(of: text))")
  }

  @Test func `plain words are split at everything but letters and digits`() {
    Self.check(
      "The cat's e-mail: a_b@example.org!",
      [
        "the", "cat", "s", "e", "mail", "a", "b", "example", "org",
      ])
    Self.check("4471-9920 3315", ["4471", "9920", "3315"])
    Self.check("vault9x", ["vault9x"])
  }

  @Test func `letters of other scripts stay`() {
    Self.check("Zürich NAÏVE Straße", ["zürich", "naïve", "straße"])
    Self.check("Москва, Ελλάδα; مرحبا", ["москва", "ελλάδα", "مرحبا"])
    Self.check("Cafe\u{301}s", ["cafe\u{301}s"])
    Self.check("๔๔๗๑ ½", ["๔๔๗๑", "½"])
  }

  @Test func `ideographs and kana are words of their own`() {
    Self.check("東京2024年", ["東", "京", "2024", "年"])
    Self.check("テキスト", ["テ", "キ", "ス", "ト"])
    Self.check("葛\u{E0100}城", ["葛\u{E0100}", "城"])
  }

  @Test func `signs and the marks on them are dropped`() {
    Self.check("☕\u{FE0F} a \u{301}b 🦜", ["a", "b"])
    Self.check("", [])
    Self.check(" \r\n\t—", [])
  }

  @Test func `splitting the joined words again gives the same words`() {
    var draws = ScoreDraws(51)
    let pool = Array("aZ é9_-.'東テ\u{301}☕\u{FE0F}Я½\n\u{200D}ß".unicodeScalars)
    for _ in 0..<500 {
      var view = String.UnicodeScalarView()
      for _ in 0..<draws.below(30) { view.append(pool[draws.below(pool.count)]) }
      let once = words(of: String(view))
      #expect(words(of: once.joined(separator: " ")) == once)
      #expect(once.allSatisfy { !$0.isEmpty })
    }
  }

  @Test func `folding evens out case and white space and is idempotent`() {
    #expect(foldedText("  The\r\n\u{A0} CODE\tis\u{3000}Ä ") == "the code is ä")
    #expect(foldedText("") == "")
    #expect(foldedText(" \n ") == "")
    let once = foldedText("İstanbul  ẞ ﬁ")
    #expect(foldedText(once) == once)
  }
}
