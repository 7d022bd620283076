// SPDX-License-Identifier: Apache-2.0

/// A table of a report, the same in every format: each row begins with its own header cell.
struct ReportTable {
  let caption: PageText
  let columns: [PageText]
  let rows: [Row]
  /// A class of the style sheet.
  let style: PageText
  /// The same as plain text, for formats with their own escapes.
  let plain: (caption: String, columns: [String], rows: [[String]])

  enum Style: String {
    case plain
    /// Cells stay on one line, for rates with intervals.
    case tight
    /// Small print, for tables with many rows or columns.
    case dense
  }

  struct Row {
    let head: PageText
    let cells: [PageText]
  }

  /// - Precondition: every row has a cell for every column.
  init(_ caption: String, _ columns: [String], _ rows: [[String]], style: Style = .plain) {
    plain = (caption, columns, rows)
    precondition(rows.allSatisfy { $0.count == columns.count }, "a cell for every column")
    self.caption = PageText(caption)
    self.columns = columns.map { PageText($0) }
    self.rows = rows.map { row in
      let cells = row.map { PageText($0) }
      return Row(head: cells.first ?? PageText(""), cells: Array(cells.dropFirst()))
    }
    self.style = PageText(style.rawValue)
  }
}
