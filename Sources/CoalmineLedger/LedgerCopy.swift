// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import GRDB

extension Ledger {
  /// Whether every row has had a digest from the start.
  public func isSealed() throws -> Bool {
    guard version >= Schema.firstSealed else { return false }
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
  /// Rows of a version without digests get theirs now, and the new ledger says so for good: what
  /// happened to them before cannot be told. Those of version 3 are checked first, replies too.
  ///
  /// - Throws: ``CoalmineError`` with code `ledger-altered` where the digests of an older ledger
  ///   find a change.
  public func copy(to new: Ledger) throws {
    try expectWhole()
    if (Schema.firstSealed..<Schema.version).contains(version) {
      try expectUnaltered(replies: true)
    }
    try read { source in
      try new.change { rows in
        for run in try Int64.fetchAll(source, sql: "SELECT number FROM run") {
          for table in SealedTable.allCases where table.hasRun {
            try SealedWriter.begin(table, run, rows.db)
          }
        }
        let copy = RowCopy(source, version, rows)
        for table in SealedTable.allCases
        where try source.tableExists(table.name(in: version)) {
          try copy.rows(of: table)
        }
        if version < Schema.firstSealed {
          try rows.insert(
            .study, [StudyKey.unsealedVersion.rawValue, Array(String(version).utf8).blob])
        }
      }
    }
  }
}

/// Copies rows from the tables of any version into those of this one.
private struct RowCopy {
  let source: Database
  let version: Int
  let rows: SealedWriter

  init(_ source: Database, _ version: Int, _ rows: SealedWriter) {
    self.source = source
    self.version = version
    self.rows = rows
  }

  func rows(of table: SealedTable) throws {
    let found = try Row.fetchCursor(source, sql: select(table))
    var nextObservation: Int64 = 1
    while let row = try found.next() {
      switch table {
      case .exchange: try copyExchange(row)
      case .observation where version < 4: try copyObservation(row, &nextObservation)
      default: try rows.insert(table, table.columns.map { value($0, of: row) })
      }
    }
  }

  private func select(_ table: SealedTable) -> String {
    switch table {
    // Groups were text once, and SQLite's text ends at a NUL.
    case .record: "SELECT id, membership, CAST(grouped_by AS BLOB) AS grouped_by, text FROM record"
    case .exchange where version >= 4:
      "SELECT exchange.*, reply.body FROM exchange LEFT JOIN reply ON reply.exchange = exchange.id"
    default: "SELECT * FROM \(table.name(in: version))"
    }
  }

  /// A column's value under the name of today; none where an older version did not have it.
  private func value(_ column: String, of row: Row) -> DatabaseValue {
    if row.hasColumn(column) { return row[column] ?? .null }
    return switch column {
    case "repetitions": row["dose"] ?? .null
    case "randomized": row["coined"] ?? .null
    case "template": row["carrier"] ?? .null
    case "presentation": Presentation.Form.plain.rawValue.databaseValue
    default: .null
    }
  }

  private func copyExchange(_ row: Row) throws {
    let id: Int64 = try row.value("id")
    let body: Data? = try row.value("body")
    var made: [String: DatabaseValue] = [:]
    if version < 4 {
      let key = EarlierPack.key(try row.value("pack"))
      made["procedure"] = key.procedure.rawValue.databaseValue
      made["round"] = key.round.databaseValue
      made["place"] = key.index.databaseValue
      made["part"] = key.part.databaseValue
    }
    if version < Schema.firstSealed, let body {
      guard let reply = PackedReply.unpack(body.bytes) else {
        throw CoalmineError(
          code: "ledger-damaged",
          "the reply to \(SealedTable.exchange.object(row)) cannot be read", exit: .badData)
      }
      made["body_digest"] = Seal.digest(ofReply: reply).blob.databaseValue
    }
    try rows.insert(
      .exchange, SealedTable.exchange.columns.map { made[$0] ?? value($0, of: row) })
    if let body { try rows.insertReply(to: id, compressed: body) }
  }

  private func copyObservation(_ row: Row, _ next: inout Int64) throws {
    let digest = try Data.fetchOne(
      rows.db.cachedStatement(sql: "SELECT body_digest FROM exchange WHERE id = ?"),
      arguments: [try row.value("exchange") as Int64])
    let reply =
      row.hasColumn("reply_digest") ? try row.value("reply_digest") as Data : digest ?? Data()
    let run: Int64 = try row.value("run")
    for stored in try StoredObservation.rows(row, version: version) {
      try rows.insert(
        .observation,
        [
          next, run, stored.probe, stored.subject, stored.sample, stored.query.blob,
          stored.exchange, stored.status, stored.body.blob, reply,
        ])
      next += 1
    }
  }
}
