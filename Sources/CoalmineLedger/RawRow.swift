// SPDX-License-Identifier: Apache-2.0

import CSQLite
import CoalmineBytes
import GRDB

/// The row that a statement stands on, read without an object per value: a ledger has rows by the
/// million.
///
/// Only for columns whose type the table itself fixes (`STRICT`).
struct RawRow {
  private let statement: UnsafeMutableRawPointer

  init(_ statement: Statement) { self.statement = UnsafeMutableRawPointer(statement.sqliteStatement) }

  func integer(_ column: Int) -> Int64 { coalmine_sqlite_integer(statement, Int32(column)) }

  /// The bytes of a text or a blob, there until the cursor moves.
  func bytes(_ column: Int) -> UnsafeRawBufferPointer {
    var count = 0
    let start = coalmine_sqlite_bytes(statement, Int32(column), &count)
    return UnsafeRawBufferPointer(start: start, count: count)
  }

  /// Writes the first values behind `start` bytes of a buffer, as ``Seal/digest(ofRowIn:_:)`` takes
  /// them; the buffer grows where it must.
  ///
  /// - Returns: how many bytes of the buffer are used.
  func write(_ columns: Int, to buffer: inout [UInt8], after start: Int) -> Int {
    while true {
      let room = buffer.count - start
      let length = buffer.withUnsafeMutableBytes {
        coalmine_sqlite_row(
          statement, Int32(columns),
          ($0.baseAddress?.advanced(by: start)).map { $0.assumingMemoryBound(to: UInt8.self) }, room)
      }
      if length <= room { return start + length }
      buffer += [UInt8](repeating: 0, count: 2 * length - room)
    }
  }
}

/// The digests of the rows of one table, each as its cursor stands on it.
struct RowDigests {
  private let statement: Statement
  private let columns: Int
  private let start: Int
  private var buffer: [UInt8]

  /// - Parameter columns: how many values of a row the digest covers, from the first on.
  init(_ table: String, columns: Int, _ statement: Statement) {
    self.statement = statement
    self.columns = columns
    var head = BinaryWriter()
    head.append(counted: Array(table.utf8))
    start = head.bytes.count
    buffer = head.bytes + [UInt8](repeating: 0, count: 1 << 12)
  }

  /// The digest of the row, the same as ``Seal/digest(ofRowIn:_:)`` of its values, as a number.
  mutating func next() -> UInt128 {
    let end = RawRow(statement).write(columns, to: &buffer, after: start)
    return buffer.withUnsafeBytes { sha256Start(UnsafeRawBufferPointer(rebasing: $0[..<end])) }
  }
}
