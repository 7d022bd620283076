// SPDX-License-Identifier: Apache-2.0

/// Rows of cells in columns, for a terminal.
enum TextTable {
  /// A line a row: every column but the last as wide as its widest cell, two blanks between.
  static func lines(_ rows: [[String]]) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count - 1 ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: max(0, width - cell.count))
      }.joined(separator: "  ")
    }
  }
}
