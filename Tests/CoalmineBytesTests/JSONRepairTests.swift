// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Testing

/// What the second, repairing reading mends, flags and leaves alone.
@Suite struct `JSON repair` {
  static func repaired(_ bytes: [UInt8]) throws -> JSONDocument {
    #expect(throws: JSONError.self) { try JSONDocument(parsing: bytes) }
    let document = try JSONDocument(parsing: bytes, repairing: true)
    #expect(document.wasRepaired)
    return document
  }

  @Test(arguments: [
    (#""\ud83d""#, "\u{FFFD}"), (#""\ude00""#, "\u{FFFD}"), (#""a\ud83db""#, "a\u{FFFD}b"),
    (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
    (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ud83d\n""#, "\u{FFFD}\n"),
    (#""\uD83D\\""#, "\u{FFFD}\\"), (#""\\ud83d \ud83d""#, #"\ud83d "# + "\u{FFFD}"),
    (#""\ud83d\\ude00""#, "\u{FFFD}" + #"\ude00"#), (#""NaN \udfff""#, "NaN \u{FFFD}"),
  ])
  func `a lone surrogate becomes the replacement character, and only it`(
    _ text: String, _ expected: String
  ) throws {
    #expect(try Self.repaired(Array(text.utf8)).root.stringBytes == Array(expected.utf8))
  }

  @Test func `a lone surrogate in a key is mended there`() throws {
    #expect(try Self.repaired(Array(#"{"\ud800":1}"#.utf8)).root["\u{FFFD}"]?.int == 1)
  }

  @Test(
    arguments: [
      [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xE2, 0x80, 0x22], [0x22, 0xC0, 0xAF, 0x22],
      [0x22, 0xED, 0xA0, 0xBD, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0x80, 0x22],
    ] as [[UInt8]])
  func `invalid UTF-8 becomes replacement characters`(_ bytes: [UInt8]) throws {
    let text = try #require(try Self.repaired(bytes).root.string)
    #expect(!text.isEmpty && text.unicodeScalars.allSatisfy { $0 == "\u{FFFD}" })
  }

  @Test func `the bare words for no number become null, and minus infinity the lowest number`()
    throws
  {
    let root = try Self.repaired(Array(#"[NaN,-Infinity,Infinity,1,"NaN",{"a":NaN}]"#.utf8)).root
    let elements = try #require(root.elements)
    #expect(elements.map(\.isNull) == [true, false, true, false, false, false])
    #expect(elements[1].double == -1e308)
    #expect(elements[4].string == "NaN" && elements[5]["a"]?.isNull == true)
  }

  @Test(arguments: [
    "[-NaN]", "[-Infinity1]", "[NaN1]", "[1NaN]", "[+Infinity]", "[NaNNaN]", "NaN:1", "{NaN:1}",
    "[nan]", "[inf]",
    "[-infinity]", "[\\ud83d]", "[\"\\ud8\"]", "[\"\\ud83\"]", "[\"\\uD83G\"]", "[\"\\ud83d]",
  ])
  func `nothing else is guessed at`(_ text: String) {
    #expect(throws: JSONError.self) {
      try JSONDocument(parsing: Array(text.utf8), repairing: true)
    }
  }

  @Test func `the reason of a refusal is the strict parser's`() {
    func reason(_ repairing: Bool) -> String? {
      do throws(JSONError) {
        _ = try JSONDocument(parsing: Array("[1,".utf8), repairing: repairing)
        return nil
      } catch {
        return error.reason
      }
    }
    #expect(reason(false) != nil && reason(false) == reason(true))
  }

  @Test func `a large damaged document is mended in linear time`() throws {
    let part = #""\ud83d text with \"quotes\" and NaN",NaN,"#
    let bytes = Array(("[" + String(repeating: part, count: 50_000) + "0]").utf8)
    #expect(try Self.repaired(bytes).root.elements?.count == 100_001)
  }
}
