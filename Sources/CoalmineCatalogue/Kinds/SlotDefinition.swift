// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// How a slot type is written in a kind file: its name, its keys, and what they make.
struct SlotDefinition: Sendable {
  /// The value of the key `type`.
  let type: String
  /// The keys beside `role` and `type`.
  let keys: [String]
  let make: @Sendable (YAMLTable, WordLists) throws -> any SlotType

  /// Every slot type, in the order of the documentation.
  static let all: [SlotDefinition] = [
    SlotDefinition(type: "digits", keys: ["length"]) { table, _ in
      try CharactersSlot(alphabet: "0123456789", length: length(table))
    },
    SlotDefinition(type: "letters", keys: ["length", "case"]) { table, _ in
      let letterCase = try table["case"]?.choice(LetterCase.self) ?? .lower
      return try CharactersSlot(alphabet: letterCase.alphabet, length: length(table))
    },
    SlotDefinition(type: "hex", keys: ["length"]) { table, _ in
      try CharactersSlot(alphabet: "0123456789abcdef", length: length(table))
    },
    SlotDefinition(type: "alphabet", keys: ["characters", "length"]) { table, _ in
      try CharactersSlot(
        alphabet: table.required("characters").text(), length: length(table))
    },
    SlotDefinition(type: "words", keys: ["list", "count", "joint"]) { table, lists in
      try WordsSlot(
        spelled: words(table.required("list"), lists),
        count: table["count"]?.integer(in: 1...64) ?? 1,
        joint: table["joint"]?.anyText() ?? " ")
    },
    SlotDefinition(type: "number", keys: ["from", "to", "width"]) { table, _ in
      let from = try table.required("from").integer(in: 0...Int.max)
      let to = try table.required("to").integer(in: from...Int.max)
      return try NumberSlot(
        range: from...to, width: table["width"]?.integer(in: 1...18) ?? 1)
    },
    SlotDefinition(type: "check", keys: ["rule", "mode", "over"]) { table, _ in
      var over: [String] = []
      for name in try table.required("over").list() { over.append(try name.text()) }
      return try CheckSlot(
        rule: table.required("rule").choice(CheckRule.self),
        mode: table.required("mode").choice(CheckMode.self), over: over)
    },
  ]

  /// The slot that `value` describes, ready to be used.
  ///
  /// - Throws: ``CoalmineError`` with the line of the slot or of the key that is wrong.
  static func slot(_ value: YAMLValue, _ lists: WordLists) throws(CoalmineError) -> Slot {
    let everything = ["role", "type"] + all.flatMap(\.keys)
    let type = try value.table(everything).required("type")
    let name = try type.text()
    guard let definition = all.first(where: { $0.type == name }) else {
      let near = Nearest.name(to: name, among: all.map(\.type))
      throw value.source.error(
        "unknown-slot-type", line: type.line,
        "no slot type is called '\(terminalSafe(name))'",
        help: near.map { "did you mean '\($0)'?" }
          ?? "known: \(all.map(\.type).joined(separator: ", "))")
    }
    let table = try value.table(["role", "type"] + definition.keys)
    let role = try table.required("role").choice(SlotRole.self)
    do {
      let slot = Slot(name: value.name, role: role, type: try definition.make(table, lists))
      _ = try slot.type.steps(slot: slot.name, role: role)
      return slot
    } catch let error as CoalmineError {
      throw error
    } catch let error as SlotError {
      throw value.error(error.code, "cannot be used: \(error.message)")
    } catch {
      throw value.error("bad-slot", "cannot be used")
    }
  }

  private static func length(_ table: YAMLTable) throws(CoalmineError) -> Int {
    try table.required("length").integer(in: 1...512)
  }

  private static func words(_ value: YAMLValue, _ lists: WordLists) throws(CoalmineError)
    -> [[UInt8]]
  {
    guard value.isList else { return try lists.words(value) }
    var words: [[UInt8]] = []
    for word in try value.list() { words.append(Array(try word.text().utf8)) }
    return words
  }
}

/// The letters of a `letters` slot.
private enum LetterCase: String, CaseIterable {
  case lower
  case upper

  var alphabet: String {
    self == .lower ? "abcdefghijklmnopqrstuvwxyz" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
  }
}
