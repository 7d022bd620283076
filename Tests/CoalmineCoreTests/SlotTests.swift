// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineTesting
import Testing

@Suite struct SlotTests {
  /// Every text that the steps of `type` can write.
  private func texts(_ type: any SlotType, role: SlotRole = .secret) throws -> [String] {
    var texts = [""]
    for step in try type.steps(slot: "s", role: role) {
      texts = texts.flatMap { text in
        step.options(given: [:]).map { text + String(decoding: $0, as: UTF8.self) }
      }
    }
    return texts
  }

  private func code(_ body: () throws -> Void) -> String? { SlotError.thrown(by: body)?.code }

  @Test func `characters write every string over the alphabet once`() throws {
    let found = try texts(CharactersSlot(alphabet: "ba-", length: 3))
    var expected: [String] = []
    for a in ["-", "a", "b"] {
      for b in ["-", "a", "b"] { for c in ["-", "a", "b"] { expected.append(a + b + c) } }
    }
    #expect(found == expected)
  }

  @Test func `characters outside ASCII count as one each`() throws {
    #expect(try texts(CharactersSlot(alphabet: "éñ€😀", length: 2)).count == 16)
  }

  @Test func `words write every sequence of words with the joint between`() throws {
    #expect(
      try texts(WordsSlot(words: ["b", "a"], count: 3, joint: "::")) == [
        "a::a::a", "a::a::b", "a::b::a", "a::b::b", "b::a::a", "b::a::b", "b::b::a", "b::b::b",
      ])
    #expect(
      try texts(WordsSlot(words: ["xy", "z"], count: 2, joint: "")) == [
        "xyxy", "xyz", "zxy", "zz",
      ])
  }

  @Test func `numbers are written in order at one width`() throws {
    #expect(try texts(NumberSlot(range: 8...11, width: 3)) == ["008", "009", "010", "011"])
    #expect(try texts(NumberSlot(range: 100...103)) == ["100", "101", "102", "103"])
  }

  @Test func `a context may list a word and its beginning but a secret may not`() throws {
    let words = try WordsSlot(words: ["Anna", "An", "Bo"])
    #expect(try texts(words, role: .context) == ["An", "Anna", "Bo"])
    #expect(code { _ = try words.steps(slot: "s", role: .secret) } == "not-prefix-free")
  }

  @Test func `a list that names a word twice or an empty word is refused in either role`() throws {
    for role in SlotRole.allCases {
      let twice = try WordsSlot(words: ["An", "Bo", "An"])
      #expect(code { _ = try twice.steps(slot: "s", role: role) } == "option-twice")
      let empty = try WordsSlot(words: ["An", ""])
      #expect(code { _ = try empty.steps(slot: "s", role: role) } == "empty-option")
    }
  }

  @Test func `prefixes are found wherever they stand in the list`() throws {
    var generator = SplitMix(3)
    for _ in 0..<2_000 {
      let words = Set(
        (0..<Int.random(in: 2...8, using: &generator)).map { _ in
          String(
            (0..<Int.random(in: 1...4, using: &generator)).map { _ in
              "ab".randomElement(using: &generator)!
            })
        })
      let hasPrefix = words.contains { word in
        words.contains { $0 != word && $0.hasPrefix(word) }
      }
      let slot = try WordsSlot(words: Array(words))
      let found = code { _ = try slot.steps(slot: "s", role: .secret) }
      #expect(found == (hasPrefix ? "not-prefix-free" : nil))
    }
  }

  @Test func `definitions that cannot be used are refused with their reason`() {
    let cases: [(String, () throws -> Void)] = [
      ("bad-alphabet", { _ = try CharactersSlot(alphabet: "", length: 1) }),
      ("bad-alphabet", { _ = try CharactersSlot(alphabet: "aba", length: 1) }),
      ("bad-length", { _ = try CharactersSlot(alphabet: "ab", length: 0) }),
      ("bad-length", { _ = try CharactersSlot(alphabet: "ab", length: 513) }),
      ("no-options", { _ = try WordsSlot(words: []) }),
      ("bad-length", { _ = try WordsSlot(words: ["a"], count: 0) }),
      ("bad-length", { _ = try WordsSlot(words: ["a"], count: 65) }),
      ("bad-range", { _ = try NumberSlot(range: -1...4) }),
      ("bad-range", { _ = try NumberSlot(range: 0...1_000_000, width: 7) }),
      ("bad-range", { _ = try NumberSlot(range: 0...Int.max) }),
      ("bad-length", { _ = try NumberSlot(range: 1...2, width: 0) }),
      ("bad-length", { _ = try NumberSlot(range: 1...2, width: 19) }),
      ("not-prefix-free", { _ = try NumberSlot(range: 8...11) }),
      ("check-over-nothing", { _ = try CheckSlot(rule: .luhn, mode: .valid, over: []) }),
      ("check-not-possible", { _ = try CheckSlot(rule: .iban, mode: .valid, over: ["a"]) }),
    ]
    for (expected, body) in cases { #expect(code(body) == expected) }
  }
}
