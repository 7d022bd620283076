// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineTesting
import Testing

@Suite struct CanaryTemplateTests {
  private func make(_ templateTexts: [(id: String, text: String)], _ slots: [Slot]) throws
    -> CanaryTemplate
  {
    try CanaryTemplate(
      kind: "k", summary: "s", source: "s", example: "e", templateTexts: templateTexts, slots: slots
    )
  }

  private func digits(_ name: String, _ length: Int = 2, _ role: SlotRole = .secret) throws -> Slot
  {
    Slot(name: name, role: role, type: try CharactersSlot(alphabet: "0123456789", length: length))
  }

  private func check(_ name: String, over: [String]) throws -> Slot {
    Slot(name: name, role: .secret, type: try CheckSlot(rule: .luhn, mode: .failing, over: over))
  }

  private func code(_ body: () throws -> Void) -> String? { SlotError.thrown(by: body)?.code }

  @Test func `context slots come in text order, each once`() throws {
    let template = try SmallSpaces.template()
    let templateText = try #require(template.templateTexts.first)
    let steps = try template.contextSteps(of: templateText)
    #expect(steps.map(\.slot) == ["given", "surname", "ward"])
    #expect(steps.map { $0.1.map(\.radix) } == [[3], [2], [5]])
  }

  @Test func `a check stands after what it is computed from`() throws {
    #expect(
      code {
        _ = try make([("c", "x {a}{z}")], [digits("a"), check("z", over: ["a"])])
      } == nil)
    #expect(
      code {
        _ = try make([("c", "x {z}{a}")], [digits("a"), check("z", over: ["a"])])
      } == "check-too-early")
    #expect(
      code {
        _ = try make([("c", "x {a}{z}")], [digits("a"), check("z", over: ["a", "b"])])
      } == "check-too-early")
    #expect(
      code {
        _ = try make([("c", "x {a}{z}")], [digits("a"), check("z", over: ["a", "z"])])
      } == "check-too-early")
  }

  @Test func `templates that cannot be drawn from are refused with their reason`() throws {
    let cases: [(String, [(id: String, text: String)], [Slot])] = [
      ("no-template", [], [try digits("a")]),
      ("template-twice", [("c", "x {a}"), ("c", "y {a}")], [try digits("a")]),
      ("slot-twice", [("c", "x {a}")], [try digits("a"), try digits("a", 3)]),
      ("slot-unused", [("c", "x {a}")], [try digits("a"), try digits("b")]),
      ("slot-missing", [("c", "x {a}{b}")], [try digits("a")]),
      ("space-too-large", [("c", "x {a}")], [try digits("a", 37)]),
      (
        "space-too-small", [("c", "x {a}")],
        [
          Slot(
            name: "a", role: .secret, type: try WordsSlot(words: ["one"]))
        ]
      ),
      (
        "not-prefix-free", [("c", "x {a}")],
        [
          Slot(
            name: "a", role: .secret, type: try WordsSlot(words: ["one", "ones"]))
        ]
      ),
    ]
    for (expected, templateTexts, slots) in cases {
      #expect(code { _ = try make(templateTexts, slots) } == expected)
    }
  }
}
