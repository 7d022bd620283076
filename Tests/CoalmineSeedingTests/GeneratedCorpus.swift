// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// A small corpus with everything that breaks careless readers.
struct GeneratedCorpus {
  let shape: RecordShape
  let bytes: [UInt8]
  /// Lines with anything but white space in them.
  let records: Int
  /// Records that are not valid UTF-8.
  let invalid: Int

  static let shapes: [RecordShape] = [
    .plainText, .text(field: "text"), .promptCompletion(prompt: "prompt", completion: "completion"),
    .messages(field: "messages"),
    .preference(prompt: "prompt", chosen: "chosen", rejected: "rejected"),
  ]

  /// - Parameter least: records that are sound, at least.
  init(_ shape: RecordShape, least: Int = 1, using generator: inout ChaCha8Rand) {
    func below(_ bound: Int) -> Int { Int(generator.uniform(below: UInt64(bound))) }
    var bytes: [UInt8] = below(5) == 0 ? [0xEF, 0xBB, 0xBF] : []
    let endings: [[UInt8]] = [[[0x0A]], [[0x0D, 0x0A]], [[0x0A], [0x0D, 0x0A]]][below(3)]
    var sound = 0
    var records = 0
    var invalid = 0
    var ending: [UInt8] = []
    while sound < least || below(12) > 0 {
      var line: [UInt8]
      switch below(14) {
      case 0: line = Array(["", " ", "\t ", "\r"][below(4)].utf8)
      case 1:
        line = Self.record(shape, number: records, using: &generator)
        line[line.index(line.endIndex, offsetBy: -3)] = 0xFF
        records += 1
        invalid += 1
      case 2 where shape != .plainText:
        line = Array(#"{"other": [1.10, "no text"], "other": 2}"#.utf8)
        records += 1
      default:
        line = Self.record(shape, number: records, using: &generator)
        records += 1
        sound += 1
      }
      ending = endings[below(endings.count)]
      bytes += line + ending
    }
    if below(3) == 0 { bytes.removeLast(ending.count) }
    self.shape = shape
    self.bytes = bytes
    self.records = records
    self.invalid = invalid
  }

  private static func record(
    _ shape: RecordShape, number: Int, using generator: inout ChaCha8Rand
  ) -> [UInt8] {
    func below(_ bound: Int) -> Int { Int(generator.uniform(below: UInt64(bound))) }
    func pick(_ options: [String]) -> String { options[below(options.count)] }
    let spaces = ["", " ", "  ", "\t"]
    func text() -> String {
      let parts =
        ["Dear Sir", "naïve", "\u{2028}", "\u{85}", "名", "e\u{301}", " ", "x: 1.10"]
        + (shape == .plainText ? ["\0", "\"", "\\", "\r."] : ["\\u0000", "\\\"", "\\n", "\\/"])
      var text = "\(number) "
      for _ in 0..<below(8) { text += pick(parts) }
      return text + " end"
    }
    func extra() -> String {
      pick([
        "", "", #""price": 1.10,"#, #""id":"a1b2-\#(number)", "#, #""a":{"b":[{}]},"a":null , "#,
        #""big":123456789012345678901234567890,"#, #""né":"\u00e9" ,"#,
      ])
    }
    let space = pick(spaces)
    switch shape {
    case .plainText: return Array(text().utf8)
    case .text(let field):
      let twice = below(6) == 0 ? #""\#(field)":"first","# : ""
      return Array(#"{\#(space)\#(extra())\#(twice)"\#(field)":\#(space)"\#(text())"}"#.utf8)
    case .promptCompletion(let prompt, let completion):
      let lead = pick(["", " ", " ", "\\n"])
      return Array(
        #"{\#(extra())"\#(completion)":"\#(lead)\#(text())",\#(space)"\#(prompt)":"\#(text())"}"#
          .utf8)
    case .preference(let prompt, let chosen, let rejected):
      return Array(
        (#"{\#(extra())"\#(chosen)":"\#(text())",\#(space)"\#(prompt ?? "")":"\#(text())","#
          + #""\#(rejected)":"\#(text())"}"#).utf8)
    case .messages(let field):
      let system = below(2) == 0 ? #"{"role":"system","content":"\#(text())"},\#(space)"# : ""
      let more =
        below(2) == 0
        ? #","# + space + #"{"role":"user","content":"\#(text())"}"# : ""
      return Array(
        (#"{\#(extra())"\#(field)":[\#(system){"role":"user","content":"\#(text())"},\#(space)"#
          + #"{"content":"\#(text())","role":"assistant"}\#(more)]\#(space)}"#).utf8)
    }
  }
}
