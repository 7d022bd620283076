// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import GRDB

extension Ledger {
  /// Whether every row has had a digest from the start.
  public func isSealed() throws -> Bool {
    guard version == Schema.version else { return false }
    return try read { db in try !StudyFactReader(db, path).has(.unsealedVersion) }
  }

  /// A copy in memory, in the tables of this version, for work that must leave the file alone.
  ///
  /// - Complexity: O(bytes of the file) in time and memory.
  public func copyInMemory() throws -> Ledger {
    let new = try Ledger.inMemory(of: path)
    try copy(to: new)
    return new
  }

  /// Fills a new ledger with all rows, in the tables of this version.
  ///
  /// Rows of an older version get their digests now, and the new ledger says so for good: what
  /// happened to them before cannot be told.
  public func copy(to new: Ledger) throws {
    try read { source in
      try new.change { rows in
        for run in try Int64.fetchAll(source, sql: "SELECT number FROM run") {
          for table in SealedTable.allCases where table.hasRun {
            try SealedWriter.begin(table, run, rows.db)
          }
        }
        for table in SealedTable.allCases where try source.tableExists(table.rawValue) {
          // Groups were text once, and SQLite's text ends at a NUL.
          let columns =
            table == .record ? "id, membership, CAST(grouped_by AS BLOB) AS grouped_by, text" : "*"
          let found = try Row.fetchCursor(
            source, sql: "SELECT \(columns) FROM \(table.rawValue)")
          while let row = try found.next() {
            let body: Data? = table == .exchange ? try row.value("body") : nil
            try rows.insert(
              table, try table.columns.map { try Self.value($0, of: row, table, rows.db) },
              body: body)
          }
        }
        if version < Schema.version {
          try rows.insert(
            .study, [StudyKey.unsealedVersion.rawValue, Array(String(version).utf8).blob])
        }
      }
    }
  }

  /// A column's value; what an older version did not have is made from what it has.
  private static func value(
    _ column: String, of row: Row, _ table: SealedTable, _ new: Database
  ) throws -> (any DatabaseValueConvertible)? {
    if row.hasColumn(column) { return row[column] as DatabaseValue }
    switch column {
    case "body_digest":
      guard let body: Data = try row.value("body") else { return nil }
      guard let reply = Deflate.inflate(body.bytes) else {
        throw CoalmineError(
          code: "ledger-damaged", "the reply to \(table.object(row)) cannot be read",
          exit: .badData)
      }
      return Seal.digest(ofReply: reply).blob
    case "reply_digest":
      let exchange: Int64 = try row.value("exchange")
      return try Data.fetchOne(
        new, sql: "SELECT body_digest FROM exchange WHERE id = ?", arguments: [exchange])
        ?? Data()
    default: return nil
    }
  }
}
