// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineTesting
import Testing

@Suite struct `Texts of law, guidance and standards` {
  private static func row(_ changes: [String: String?] = [:]) -> String {
    var fields: [String: String?] = [
      "instrument": "Our rules", "article": "section 4", "asks": "a test",
      "speaks": "the verdict", "lacks": "all else", "source": "https://rules.example/",
      "checked": "2026-11-27", "verified": "true",
    ]
    fields.merge(changes) { $1 }
    let lines = fields.compactMap { key, value in value.map { "\(key): \($0)" } }.sorted()
    return "  - " + lines.joined(separator: "\n    ") + "\n"
  }

  private static func table(_ rows: String...) throws(CoalmineError) -> RegulationTable {
    try RegulationTable(Array("regulations:\n\(rows.joined())".utf8), path: "r.yaml")
  }

  @Test func `every shipped row has its page, its day and both sides`() throws {
    let rows = try RegulationTable.shipped().rows
    #expect(rows.count >= 12)
    for row in rows {
      #expect(row.source.hasPrefix("https://"), "\(row.article)")
      #expect(row.checked.wholeMatch(of: /2026-[01][0-9]-[0-3][0-9]/) != nil, "\(row.article)")
      for text in [row.asks, row.speaks, row.lacks] {
        #expect(text.count > 20 && text.hasSuffix("."), "\(row.article): \(text)")
      }
    }
    for name in ["GDPR", "AI Act", "EDPB", "CNIL", "NIST", "ISO/IEC 42001"] {
      #expect(rows.contains { $0.instrument.contains(name) }, "\(name)")
    }
  }

  @Test func `only rows that were read at their publisher are shown unless all are asked for`()
    throws
  {
    let table = try RegulationTable.shipped()
    let verified = table.rows(.verified)
    #expect(verified.count >= 2 && verified.count < table.rows.count)
    #expect(verified.allSatisfy { $0.isVerified && $0.readAt == nil })
    #expect(table.rows(.all) == table.rows)
  }

  @Test func `no shipped row promises anything`() throws {
    for row in try RegulationTable.shipped().rows {
      let text = [row.instrument, row.article, row.asks, row.speaks, row.lacks]
        .joined(separator: " ").lowercased()
      for word in [
        "compliant", "complies", "compliance", "anonymous", "no leakage", "safe", "certified",
        "proves", "proof", "guarantee", "private", "secure", "risk-free",
      ] {
        #expect(!text.contains(word), "\(row.article): \(word)")
      }
    }
  }

  @Test func `a row of one's own is read as it stands`() throws {
    let table = try Self.table(
      Self.row(), Self.row(["article": "section 5", "verified": "false"]),
      Self.row(["article": "section 6", "verified": "false", "read-at": "https://copy.example/6"]))
    #expect(table.rows.map(\.article) == ["section 4", "section 5", "section 6"])
    #expect(table.rows(.verified).map(\.article) == ["section 4"])
    #expect(table.rows[2].readAt == "https://copy.example/6")
  }

  @Test(
    arguments: [
      (["asks": "that the model is compliant"], "promising-words", "compliant"),
      (["speaks": "It Guarantees the rest"], "promising-words", "guarantee"),
      (["checked": "2026-02-30"], "bad-day", "checked"),
      (["checked": "27.11.2026"], "bad-day", "checked"),
      (["source": "our lawyers"], "bad-address", "source"),
      (["source": "javascript:alert(1)"], "bad-address", "source"),
      (["read-at": "https://copy.example/"], "read-elsewhere", "publisher"),
      (["verified": "maybe"], "yaml-wrong-type", "verified"),
      (["lacks": nil], "yaml-missing-key", "lacks"),
      (["covers": "all"], "yaml-unknown-key", "covers"),
    ] as [([String: String?], String, String)])
  func `a row that is wrong is refused with its line`(
    _ changes: [String: String?], _ code: String, _ words: String
  ) {
    let error = #expect(throws: CoalmineError.self) { try Self.table(Self.row(changes)) }
    #expect(error?.code == code && error?.exit == .badConfiguration, "\(error!)")
    #expect("\(error!)".contains(words) && "\(error!)".contains("r.yaml"), "\(error!)")
  }

  @Test func `a place that stands twice is refused`() {
    let error = #expect(throws: CoalmineError.self) { try Self.table(Self.row(), Self.row()) }
    #expect(error?.code == "row-twice")
  }
}
