// SPDX-License-Identifier: Apache-2.0

/// The cells of one row of comma-separated or tab-separated values (RFC 4180).
package struct TableCells: Sendable, Equatable {
  package let delimiter: UInt8
  /// What the header calls the columns.
  package let columns: [[UInt8]]

  private static let quote = UInt8(ascii: "\"")

  /// - Returns: `nil` where the header is no row.
  package init?(header: [UInt8], delimiter: UInt8) {
    guard let cells = Self.cells(of: header, delimiter) else { return nil }
    self.delimiter = delimiter
    self.columns = cells.map { Self.meaning(of: $0, in: header) }
  }

  /// Where the cells of a row stand, quotes included; `nil` where it has not as many as the header,
  /// or a quote that stands in the middle of a cell.
  package func cells(of row: [UInt8]) -> [Range<Int>]? {
    let cells = Self.cells(of: row, delimiter)
    return cells?.count == columns.count ? cells : nil
  }

  private static func cells(of row: [UInt8], _ delimiter: UInt8) -> [Range<Int>]? {
    var cells: [Range<Int>] = []
    var start = 0
    while true {
      var position = start
      if position < row.count, row[position] == quote {
        position += 1
        while true {
          guard let end = row[min(position, row.count)...].firstIndex(of: quote) else { return nil }
          position = end + 1
          guard position < row.count, row[position] == quote else { break }
          position += 1
        }
        guard position == row.count || row[position] == delimiter else { return nil }
      } else {
        position = row[start...].firstIndex(of: delimiter) ?? row.count
      }
      cells.append(start..<position)
      guard position < row.count else { return cells }
      start = position + 1
    }
  }

  /// What a cell says, without its quotes.
  package static func meaning(of cell: Range<Int>, in row: [UInt8]) -> [UInt8] {
    guard cell.count >= 2, row[cell.lowerBound] == quote else { return Array(row[cell]) }
    return Unescaping.table(Array(row[cell.lowerBound + 1..<cell.upperBound - 1]))
  }

  /// A cell that says `text`: in quotes where it must be, or where the cell before was.
  package func cell(_ text: [UInt8], wasQuoted: Bool) -> [UInt8] {
    let mustBe = text.contains {
      $0 == delimiter || $0 == Self.quote || $0 == 0x0A || $0 == 0x0D
    }
    guard mustBe || wasQuoted else { return text }
    return [Self.quote] + text.flatMap { $0 == Self.quote ? [$0, $0] : [$0] } + [Self.quote]
  }
}
