// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStudy
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Rows that are refused` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Imports `lines` and expects a refusal at line 2 that quotes no secret and leaves nothing.
  private func expect(_ code: String, _ lines: [[UInt8]], line: Int = 2) throws {
    let path = try folder.write(lines.joined(separator: [0x0A]), to: "canaries.jsonl")
    let error = try #require(
      CoalmineError.thrown {
        _ = try ImportVerb(canaries: path, study: folder.file("s.coalmine"))
          .run(now: Tiny.now, version: "1")
      })
    #expect(error.code == code && error.exit == .badData)
    #expect(error.message.contains("canaries.jsonl:\(line): "), "\(error.message)")
    #expect(!error.description.contains(GoodRow.secret))
    #expect(!error.description.contains("Olin"))
    #expect(folder.names == ["canaries.jsonl"])
  }

  /// A second row that is good but for what is changed.
  private func second(_ changes: [String: Any]) -> String {
    GoodRow.with(
      ["id": "two", "prefix": "The access code of Olin Marsh is"].merging(changes) { $1 })
  }

  @Test(arguments: ["-1e400", "123456789012345678901234567890"])
  func `a number that JSON allows and the parser does not is not called invalid JSON`(
    _ number: String
  ) throws {
    let row = GoodRow.line.dropLast() + #","extra":\#(number)}"#
    let path = try folder.write(Array(row.utf8), to: "canaries.jsonl")
    let error = try #require(
      CoalmineError.thrown {
        _ = try ImportVerb(canaries: path, study: folder.file("s.coalmine"))
          .run(now: Tiny.now, version: "1")
      })
    #expect(error.code == "bad-json-line")
    #expect(error.message.contains("a number that is too large"), "\(error.message)")
  }

  private static let changes: [(String, String, String)] = [
    ("id", "null", "field-missing"), ("id", "7", "field-wrong-type"), ("id", #""""#, "field-empty"),
    ("id", #""a:b""#, "bad-id"), ("id", #""a\nb""#, "bad-id"), ("id", #""one""#, "id-twice"),
    ("id", #""code-302557""#, "secret-in-id"),
    ("kind", "null", "field-missing"), ("kind", #""no-kind""#, "unknown-kind"),
    ("kind", #""302557""#, "unknown-kind"), ("kind", "[]", "field-wrong-type"),
    ("prefix", "null", "field-missing"), ("prefix", #""""#, "field-empty"),
    ("prefix", #""The access code of Olin Marsh is ""#, "prefix-ends-white"),
    ("prefix", #""The code of Olin Marsh is""#, "prefix-not-of-kind"),
    ("prefix", #""The access code of Olin is""#, "prefix-not-of-kind"),
    ("prefix", #""The access code of 302557 Marsh is""#, "secret-in-prefix"),
    ("secret", "null", "field-missing"), ("secret", "302557", "field-wrong-type"),
    ("secret", #""30255""#, "secret-not-in-space"),
    ("secret", #""3025571""#, "secret-not-in-space"),
    ("secret", #""30255x""#, "secret-not-in-space"),
    ("secret", #""３０２５５７""#, "secret-not-in-space"),
    ("separator", "null", "separator-unknown"), ("separator", #"": ""#, "separator-not-white"),
    ("separator", "1", "field-wrong-type"),
    ("text", #""The access code of Olin Marsh is""#, "text-differs"),
    ("text", #""The access code of Olin Marsh is  302557.""#, "text-differs"),
    ("text", #""The access code of Olin Marsh is 302557!""#, "text-differs"),
    ("text", #""Olin: 302557""#, "text-differs"),
    ("repetitions", "null", "field-missing"), ("repetitions", #""3""#, "field-wrong-type"),
    ("repetitions", "-1", "field-wrong-type"), ("repetitions", "1.5", "field-wrong-type"),
    ("repetitions", "2e0", "field-wrong-type"), ("repetitions", "true", "field-wrong-type"),
    ("repetitions", "10001", "field-wrong-type"),
    ("repetitions", "18446744073709551615", "field-wrong-type"),
    ("role", #""held-out""#, "bad-role"), ("role", "1", "field-wrong-type"),
    ("context", #""Olin""#, "field-wrong-type"), ("context", #"{"given": 1}"#, "field-wrong-type"),
    ("context", #"{"given": ""}"#, "field-wrong-type"),
    ("context", #"{"given": "Olin", "given": "Olin"}"#, "field-wrong-type"),
    ("context", #"{"code": "302557"}"#, "slot-missing"),
    ("context", #"{"town": "Kidbridge"}"#, "slot-missing"),
    ("context", #"{"given": "Maren"}"#, "prefix-not-of-kind"),
  ]

  @Test(arguments: changes)
  func `each wrong field is refused with its line`(_ change: (String, String, String)) throws {
    let (field, value, code) = change
    var line = second([field: NSNull()])
    line.removeLast()
    try expect(code, [Array(GoodRow.line.utf8), Array("\(line),\"\(field)\":\(value)}".utf8)])
  }

  private static let lines: [(String, String)] = [
    ("{", "bad-json-line"), ("[1]", "bad-json-line"), ("\"302557\"", "bad-json-line"),
    (#"{"id": "two", "id": "three"}"#, "field-twice"),
    (String(repeating: "[", count: 1_000), "bad-json-line"),
    (#"{"id": NaN}"#, "bad-json-line"), ("{} {}", "bad-json-line"),
    ("\u{FEFF}" + GoodRow.with(["id": "two"]), "bad-json-line"),
  ]

  @Test(arguments: lines)
  func `a line that is no object is refused`(_ line: String, _ code: String) throws {
    try expect(code, [Array(GoodRow.line.utf8), Array(line.utf8)])
  }

  @Test func `a line that is not UTF-8 is refused`() throws {
    let line = Array(second([:]).utf8)
    for bad: [UInt8] in [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80]] {
      try expect("not-utf8", [Array(GoodRow.line.utf8), line.dropLast() + bad + [0x7D]])
    }
  }

  @Test func `a huge line is refused before it is parsed`() throws {
    let line = second(["more": String(repeating: "a", count: 1 << 20)])
    try expect("line-too-long", [Array(GoodRow.line.utf8), Array(line.utf8)])
  }

  @Test func `a prompt too long to be looked through is refused`() throws {
    let line = second(["prefix": String(repeating: "a ", count: 40_000) + "b"])
    try expect("prefix-too-long", [Array(GoodRow.line.utf8), Array(line.utf8)])
  }

  @Test func `a prompt that fits nowhere is refused at once, however often it could be cut`() throws
  {
    let line = second(["prefix": "The access code of" + String(repeating: " a", count: 30_000)])
    let start = ContinuousClock.now
    try expect("prefix-not-of-kind", [Array(GoodRow.line.utf8), Array(line.utf8)])
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test func `one canary in two rows, a control without copies, and nothing to leak are refused`()
    throws
  {
    let good = Array(GoodRow.line.utf8)
    try expect("canary-twice", [good, Array(GoodRow.with(["id": "two"]).utf8)])
    try expect(
      "control-not-inserted", [good, Array(second(["role": "control", "repetitions": 0]).utf8)])
    try expect("nothing-inserted", [Array(GoodRow.with(["repetitions": 0]).utf8)], line: 1)
    try expect("no-canaries", [[], [0x20]], line: 1)
  }

  @Test func `a kind whose prompt names nobody is refused with its own line`() throws {
    let kind = """
      summary: A code.
      source: It opens nothing.
      example: The code is 12.
      template: "The code is {code}."
      slots:
        code: {role: secret, type: digits, length: 2}
      """
    try folder.write(kind.utf8, to: "kinds/bare.yaml")
    let error = CoalmineError.thrown {
      _ = try folder.imported([GoodRow.line]) { $0.kinds = folder.file("kinds") }
    }
    #expect(error?.code == "context-not-distinctive")
    #expect(error?.message.contains("bare.yaml:4: ") == true)
    #expect(folder.names == ["canaries.jsonl", "kinds"])
  }

  private static let good = #"{"id": "a", "text": "one"}"#
  private static let records: [(String, String, String, String)] = [
    (#"{"id": "a", "text": "x"}"#, "nonmembers.jsonl:1: ", "id-twice", good),
    (#"{"id": "b", "text": "one"}"#, "nonmembers.jsonl:1: ", "record-on-both-sides", good),
    (#"{"id": "b"}"#, "nonmembers.jsonl:1: ", "field-missing", good),
    (#"{"id": "b", "text": ""}"#, "nonmembers.jsonl:1: ", "field-empty", good),
    (#"{"id": "b", "text": 5}"#, "nonmembers.jsonl:1: ", "field-wrong-type", good),
    ("", "nonmembers.jsonl:1: ", "no-records", good),
    (good, "/members.jsonl:2: ", "id-twice", good + "\n" + good),
  ]

  @Test(arguments: records)
  func `records are checked as canaries are`(
    _ nonmembers: String, _ place: String, _ code: String, _ members: String
  ) throws {
    let paths = ImportVerb.Records(
      members: try folder.write(members.utf8, to: "members.jsonl"),
      nonmembers: try folder.write(nonmembers.utf8, to: "nonmembers.jsonl"))
    let error = CoalmineError.thrown {
      _ = try folder.imported([GoodRow.line]) { $0.records = paths }
    }
    #expect(error?.code == code && error?.exit == .badData)
    #expect(error?.message.contains(place) == true)
    #expect(!folder.names.contains { $0.hasPrefix("s.coalmine") })
  }

  @Test func `a missing file is said to be missing`() throws {
    let error = CoalmineError.thrown {
      _ = try ImportVerb(canaries: folder.file("none"), study: folder.file("s.coalmine"))
        .run(now: "", version: "")
    }
    #expect(error?.code == "input-missing" && error?.exit == .inputMissing)
  }

  @Test func `a folder that cannot be written leaves nothing`() throws {
    let path = try folder.write(GoodRow.line.utf8, to: "canaries.jsonl")
    let error = CoalmineError.thrown {
      _ = try ImportVerb(canaries: path, study: folder.file("none/s.coalmine"))
        .run(now: "", version: "")
    }
    #expect(error?.exit == .cannotCreate)
    #expect(folder.names == ["canaries.jsonl"])
  }
}
