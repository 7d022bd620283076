// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What a report says to which text of law, guidance or standard, from a YAML file.
///
/// ```swift
/// let rows = try RegulationTable.shipped().rows(.verified)
/// ```
public struct RegulationTable: Sendable {
  public let rows: [RegulationRow]

  /// The table inside the program.
  ///
  /// - Throws: ``CoalmineError`` where it is malformed, which the tests rule out.
  public static func shipped() throws(CoalmineError) -> RegulationTable {
    guard let file = EmbeddedFiles.regulations.first(where: { $0.name == "regulations.yaml" })
    else { return RegulationTable(rows: []) }
    return try RegulationTable(Array(file.text.utf8), path: "regulations/regulations.yaml")
  }

  /// The table of a file.
  ///
  /// - Throws: ``CoalmineError`` with file and line.
  public init(file path: String) throws(CoalmineError) {
    try self.init(try CatalogueFolder.contents(of: path), path: path)
  }

  private init(rows: [RegulationRow]) { self.rows = rows }

  /// - Parameter path: the file as it stands in messages.
  /// - Throws: ``CoalmineError`` (exit `badConfiguration`) with file and line: `promising-words`,
  ///   `bad-address`, `bad-day`, `row-twice`, `read-elsewhere`, and what YAML gives.
  public init(_ bytes: [UInt8], path: String) throws(CoalmineError) {
    let source = FileSource(path: path, exit: .badConfiguration)
    let root = try YAMLValue(file: bytes, in: source).table(["regulations"])
    var rows: [RegulationRow] = []
    for value in try root.required("regulations").list() {
      let row = try Self.row(value)
      guard !rows.contains(where: { $0.instrument == row.instrument && $0.article == row.article })
      else { throw value.error("row-twice", "has this article of this text already") }
      rows.append(row)
    }
    self.rows = rows
  }

  /// The rows that are shown.
  public func rows(_ choice: RegulationChoice) -> [RegulationRow] {
    rows.filter { choice == .all || $0.isVerified }
  }

  private static func row(_ value: YAMLValue) throws(CoalmineError) -> RegulationRow {
    let table = try value.table([
      "instrument", "article", "asks", "speaks", "lacks", "source", "read-at", "checked",
      "verified",
    ])
    func words(_ key: String) throws(CoalmineError) -> String {
      let value = try table.required(key)
      let text = try value.text()
      for word in promises where text.lowercased().contains(word) {
        throw value.error(
          "promising-words", "says '\(word)', which no measurement shows; say what is measured")
      }
      return text
    }
    func address(_ value: YAMLValue) throws(CoalmineError) -> String {
      let text = try value.text()
      guard ["https://", "http://"].contains(where: text.hasPrefix), !text.contains(" ") else {
        throw value.error("bad-address", "must be the address of a page, as in 'https://…'")
      }
      return text
    }
    var readAt: String?
    try table.read("read-at") { value throws(CoalmineError) in readAt = try address(value) }
    let day = try table.required("checked")
    let checked = try day.text()
    guard CalendarDay.isDay(checked) else {
      throw day.error("bad-day", "must be a day, as in 2026-11-27")
    }
    let verified = try table.required("verified")
    let isVerified = try verified.truth()
    guard !isVerified || readAt == nil else {
      throw verified.error(
        "read-elsewhere", "cannot be true where 'read-at' names another page than the publisher's")
    }
    return RegulationRow(
      instrument: try words("instrument"), article: try words("article"), asks: try words("asks"),
      speaks: try words("speaks"), lacks: try words("lacks"),
      source: try address(try table.required("source")), readAt: readAt, checked: checked,
      isVerified: isVerified)
  }

  /// What no report says, in small letters.
  static let promises = [
    "compliant", "complies", "compliance", "conform", "anonymous", "no leakage", "certified",
    "guarantee", "without risk", "proves", "is met", "fulfils", "satisfies",
  ]
}
