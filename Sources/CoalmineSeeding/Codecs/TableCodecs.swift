// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Comma-separated values (RFC 4180), or with semicolons where the header has them and no comma.
struct CommaSeparatedCodec: RecordCodec {
  static let format = CorpusFormat.csv
  static let unit = "row"
  static let limit = 16 << 20
  static let boundary = RecordBoundary.ended
  private let table: TableCells

  init(_ file: CorpusFile) throws(CoalmineError) {
    table = try TableReader.header(file) { header in
      header.contains(0x2C) || !header.contains(0x3B) ? 0x2C : 0x3B
    }
  }

  var syntax: RecordSyntax { .table(table) }

  func reader(_ file: CorpusFile, limit: Int) -> any RecordReader {
    TableReader(file, table, limit: limit)
  }

  func validity(_ record: [UInt8], path: String, number: Int) -> RecordValidity {
    RecordValidity(row: record, of: table)
  }
}

/// Tab-separated values, quoted as comma-separated ones are.
struct TabSeparatedCodec: RecordCodec {
  static let format = CorpusFormat.tsv
  static let unit = "row"
  static let limit = 16 << 20
  static let boundary = RecordBoundary.ended
  private let table: TableCells

  init(_ file: CorpusFile) throws(CoalmineError) {
    table = try TableReader.header(file) { _ in 0x09 }
  }

  var syntax: RecordSyntax { .table(table) }

  func reader(_ file: CorpusFile, limit: Int) -> any RecordReader {
    TableReader(file, table, limit: limit)
  }

  func validity(_ record: [UInt8], path: String, number: Int) -> RecordValidity {
    RecordValidity(row: record, of: table)
  }
}

/// The rows of a table: lines, or several lines where a quoted cell has line breaks in it.
struct TableReader: RecordReader {
  private var lines: CorpusReader
  private let path: String
  private let limit: Int
  private var isAtHeader = true
  private var number = 0

  init(_ file: CorpusFile, _ table: TableCells, limit: Int) {
    lines = CorpusReader(file, limit: limit)
    path = file.path
    self.limit = limit
  }

  /// Reads the header.
  ///
  /// - Parameter delimiter: what stands between the cells of this header.
  static func header(
    _ file: CorpusFile, _ delimiter: ([UInt8]) -> UInt8
  ) throws(CoalmineError) -> TableCells {
    var reader = CorpusReader(file, limit: 1 << 20)
    while let line = try reader.next() {
      guard line.isRecord else { continue }
      if line.part == .whole,
        let table = TableCells(header: line.content, delimiter: delimiter(line.content))
      {
        return table
      }
      break
    }
    throw CoalmineError(
      code: "bad-table", "'\(terminalSafe(file.path))' does not begin with a header of columns",
      help: "write the names of the columns in the first line, each within one line",
      exit: .badData)
  }

  mutating func next() throws(CoalmineError) -> CorpusLine? {
    guard var row = try lines.next() else { return nil }
    number += 1
    guard row.isRecord else { return row }
    guard row.part == .whole else { throw tooLong(row) }
    if isAtHeader {
      isAtHeader = false
      return CorpusLine(
        part: .whole, offset: row.offset, mark: row.mark, content: row.content,
        ending: row.ending, isRecord: false)
    }
    var quotes = row.content.count { $0 == 0x22 }
    while quotes % 2 == 1 {
      guard let more = try lines.next() else {
        throw CoalmineError(
          code: "bad-table",
          "\(terminalSafe(path)): row \(number) begins a quoted cell that does not end",
          help: "write a quote within a cell twice, and quotes around the cell", exit: .badData)
      }
      guard more.part == .whole, row.content.count + more.content.count <= limit else {
        throw tooLong(row)
      }
      quotes += more.content.count { $0 == 0x22 }
      row = CorpusLine(
        part: .whole, offset: row.offset, mark: row.mark,
        content: row.content + row.ending + more.content, ending: more.ending, isRecord: true)
    }
    return row
  }

  private func tooLong(_ row: CorpusLine) -> CoalmineError {
    CoalmineError(
      code: "corpus-line-too-long",
      "\(terminalSafe(path)): the row that begins at byte \(row.offset) is longer than "
        + CorpusLine.size(limit), help: "leave a record of this size out of the corpus",
      exit: .badData)
  }
}
