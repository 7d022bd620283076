// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Testing

@Suite struct TemplateTextTests {
  private static func slots() throws -> [Slot] {
    [
      Slot(name: "who", role: .context, type: try WordsSlot(words: ["An", "Bo"])),
      Slot(name: "code", role: .secret, type: try CharactersSlot(alphabet: "01", length: 2)),
      Slot(name: "more", role: .secret, type: try CharactersSlot(alphabet: "01", length: 2)),
    ]
  }

  private func templateText(_ text: String) throws -> TemplateText {
    try TemplateText(
      id: "c", text: text,
      slots: Dictionary(uniqueKeysWithValues: Self.slots().map { ($0.name, $0) }))
  }

  private func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test(arguments: [
    ("The code of {who} is {code}.", "The code of An is", " ", "."),
    ("{who}:\n\t {code}\n", "An:", "\n\t ", "\n"),
    ("{who} = \"{code}\"", "An = \"", "", "\""),
    ("{who}{code}", "An", "", ""),
    ("{who} {{x}} {code}{{y}}", "An {x}", " ", "{y}"),
    ("{who}, {who}: {code}-{more}!", "An, An:", " ", "!"),
  ]) func `a template text is cut into prompt, separator and rest`(
    text: String, prefix: String, separator: String, suffix: String
  ) throws {
    let templateText = try templateText(text)
    #expect(string(templateText.renderedPrefix(["who": Array("An".utf8)])) == prefix)
    #expect(string(templateText.separator) == separator)
    #expect(string(templateText.suffix) == suffix)
  }

  @Test func `text between two secrets belongs to the secret`() throws {
    let templateText = try templateText("{who}: {code}-{more}.")
    #expect(templateText.secret == [.slot("code"), .text([0x2D]), .slot("more")])
    #expect(templateText.slotNames == ["who", "code", "more"])
  }

  @Test(arguments: [
    ("The code is 12.", "no-secret"),
    ("{code} is the code of {who}.", "slot-after-secret"),
    ("{code} is the code.", "no-prefix"),
    (" {code}", "no-prefix"),
    ("{who} {code} {who} {more}", "context-inside-secret"),
    ("{who} {code}{code}", "slot-twice"),
    ("{who} {kode}", "slot-missing"),
    ("{who} {}", "slot-missing"),
    ("{who} {code", "open-brace"),
    ("{who} code}", "open-brace"),
  ]) func `a template text that cannot be asked is refused with its reason`(
    text: String, code: String
  ) {
    #expect {
      try templateText(text)
    } throws: {
      ($0 as? SlotError)?.code == code
    }
  }
}
