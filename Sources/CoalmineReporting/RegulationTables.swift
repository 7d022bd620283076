// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Which texts of law, guidance and standards a report speaks to.
enum RegulationTables {
  static let note =
    "No legal advice. Each row says what in this report speaks to a text, and what it does not show of "
    + "it. Whether a text concerns you, and what follows from it, is not said here."

  /// `nil` where nobody asked for it.
  static func table(_ rows: [RegulationRow]?) -> ReportTable? {
    guard let rows else { return nil }
    return ReportTable(
      "Texts of law, guidance and standards, as they were read on the day that is named",
      ["text", "what it asks for", "what speaks to it here", "what is not shown", "read"],
      rows.map { row in
        ["\(row.instrument), \(row.article)", row.asks, row.speaks, row.lacks, read(row)]
      })
  }

  private static func read(_ row: RegulationRow) -> String {
    row.isVerified
      ? "\(row.checked), at its publisher: \(row.source)"
      : "\(row.checked), not verified"
        + (row.readAt.map { ", read at \($0)" } ?? "") + "; publisher: \(row.source)"
  }

  static func json(_ rows: [RegulationRow], to list: inout JSONWriter.List) throws {
    for row in rows {
      try list.object { object in
        try object.field("instrument", row.instrument)
        try object.field("article", row.article)
        try object.field("asks", row.asks)
        try object.field("speaks", row.speaks)
        try object.field("lacks", row.lacks)
        try object.field("source", row.source)
        try object.field("read_at", row.readAt)
        try object.field("checked", row.checked)
        try object.field("verified", row.isVerified)
      }
    }
  }
}
