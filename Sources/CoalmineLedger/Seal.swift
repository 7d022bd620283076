// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import GRDB

/// Digests of rows and of sets of rows.
///
/// They find what was changed by accident or by a hand that does not recompute them. Whoever can
/// write the file can recompute them: a signature is another thing.
enum Seal {
  /// 16 bytes of SHA-256 over the table's name and every value with its type and length.
  static func digest(ofRowIn table: String, _ values: [DatabaseValue]) -> [UInt8] {
    // One buffer and one digest per row: a running digest costs an allocation, and a call per value.
    var row = BinaryWriter()
    row.append(counted: Array(table.utf8))
    for value in values {
      switch value.storage {
      case .null: row.append(UInt8(0))
      case .int64(let number):
        row.append(UInt8(1))
        row.append(number)
      case .double(let number):
        row.append(UInt8(2))
        row.append(number)
      case .string(let text):
        row.append(UInt8(3))
        row.append(counted: Array(text.utf8))
      case .blob(let bytes):
        row.append(UInt8(4))
        row.append(UInt64(bytes.count))
        row.append(uncounted: Array(bytes))
      }
    }
    return Array(sha256(row.bytes).prefix(16))
  }

  /// The digest of a reply's body.
  static func digest(ofReply body: [UInt8]) -> [UInt8] {
    Array(sha256(body).prefix(16))
  }

  /// The rows of one table that belong to one run; run 0 where they belong to none.
  struct Key: Hashable {
    let table: SealedTable
    let run: Int64
  }

  /// A set of rows: how many there are, and the sum of their digests, which needs no order and
  /// takes a row out as easily as in.
  struct Sum: Equatable {
    var rows: Int64 = 0
    var digest: UInt128 = 0

    mutating func add(_ row: [UInt8]) { add(Self.number(row)) }

    mutating func add(_ row: UInt128) {
      rows &+= 1
      digest &+= row
    }

    mutating func remove(_ row: [UInt8]) {
      rows &-= 1
      digest &-= Self.number(row)
    }

    mutating func add(_ other: Sum) {
      rows &+= other.rows
      digest &+= other.digest
    }

    var bytes: [UInt8] {
      var writer = BinaryWriter()
      writer.append(digest)
      return writer.bytes
    }

    static func number(_ digest: [UInt8]) -> UInt128 { digest.withUnsafeBytes(number) }

    static func number(_ digest: UnsafeRawBufferPointer) -> UInt128 {
      guard digest.count >= 16 else { return 0 }
      return UInt128(littleEndian: digest.loadUnaligned(as: UInt128.self))
    }
  }
}

/// Changes rows of sealed tables and keeps their digests; lives within one transaction.
package final class SealedWriter {
  package let db: Database
  private var changes: [Seal.Key: Seal.Sum] = [:]

  init(_ db: Database) { self.db = db }

  /// Adds a row.
  ///
  /// - Parameter values: one per column of ``SealedTable/columns``, in their order.
  func insert(_ table: SealedTable, _ values: [(any DatabaseValueConvertible)?]) throws {
    let values = try Self.stored(values)
    let digest = Seal.digest(ofRowIn: table.rawValue, values)
    let names = table.columns + ["digest"]
    let statement = try db.cachedStatement(
      sql: """
        INSERT INTO \(table.rawValue) (\(names.joined(separator: ", ")))
        VALUES (\(names.map { _ in "?" }.joined(separator: ", ")))
        """)
    var arguments = StatementArguments(values)
    arguments += [digest.blob]
    try statement.execute(arguments: arguments)
    changes[key(table, values), default: Seal.Sum()].add(digest)
  }

  /// Adds the body of a reply, whose digest the row of its request holds.
  func insertReply(to exchange: Int64, compressed body: Data) throws {
    try db.cachedStatement(sql: "INSERT INTO reply (exchange, body) VALUES (?, ?)")
      .execute(arguments: [exchange, body])
  }

  /// Adds a row in place of the one with the same key, if there is one.
  func replace(_ table: SealedTable, _ values: [(any DatabaseValueConvertible)?]) throws {
    let named = zip(table.columns, values).filter { table.key.contains($0.0) }
    try delete(table, where: named.map { ($0.0, $0.1) })
    try insert(table, values)
  }

  /// Removes the rows whose columns have these values.
  func delete(
    _ table: SealedTable, where named: [(String, (any DatabaseValueConvertible)?)]
  ) throws {
    let condition = named.map { "\($0.0) = ?" }.joined(separator: " AND ")
    let arguments = StatementArguments(named.map(\.1))
    let run = table.hasRun ? "run" : "0"
    let select = try db.cachedStatement(
      sql: "SELECT \(run) AS run, digest FROM \(table.rawValue) WHERE \(condition)")
    let rows = try Row.fetchAll(select, arguments: arguments)
    guard !rows.isEmpty else { return }
    for row in rows {
      let key = Seal.Key(table: table, run: try row.value("run"))
      changes[key, default: Seal.Sum()].remove(try row.bytes("digest"))
    }
    try db.cachedStatement(sql: "DELETE FROM \(table.rawValue) WHERE \(condition)")
      .execute(arguments: arguments)
  }

  /// Changes columns of the row with this number; `false` where it is not there.
  package func update(
    _ table: SealedTable, _ number: Int64,
    _ changed: KeyValuePairs<String, (any DatabaseValueConvertible)?>,
    where condition: String = "TRUE"
  ) throws -> Bool {
    let columns = table.columns
    let name = table.key[0]
    let select = try db.cachedStatement(
      sql: """
        SELECT \(columns.joined(separator: ", ")), digest FROM \(table.rawValue)
        WHERE \(name) = ? AND \(condition)
        """)
    guard let row = try Row.fetchOne(select, arguments: [number]) else { return false }
    var values = columns.indices.map { row[$0] as DatabaseValue }
    for (column, value) in changed {
      guard let place = columns.firstIndex(of: column) else { continue }
      values[place] = try Self.stored([value])[0]
    }
    let digest = Seal.digest(ofRowIn: table.rawValue, values)
    let set = changed.map { "\($0.key) = ?" } + ["digest = ?"]
    var arguments = StatementArguments(try Self.stored(changed.map(\.value)))
    arguments += [digest.blob]
    arguments += [number]
    try db.cachedStatement(
      sql: "UPDATE \(table.rawValue) SET \(set.joined(separator: ", ")) WHERE \(name) = ?"
    ).execute(arguments: arguments)
    changes[key(table, values), default: Seal.Sum()].remove(try row.bytes("digest"))
    changes[key(table, values), default: Seal.Sum()].add(digest)
    return true
  }

  /// Notes the sum of a set that has no rows yet.
  static func begin(_ table: SealedTable, _ run: Int64, _ db: Database) throws {
    try db.execute(
      sql: "INSERT INTO seal VALUES (?, ?, 0, ?)",
      arguments: [table.rawValue, run, Seal.Sum().bytes.blob])
  }

  /// The number after the largest one of a table that is numbered.
  func nextNumber(_ table: SealedTable) throws -> Int64 {
    let last =
      try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT max(\(table.key[0])) FROM \(table.rawValue)")) ?? 0
    let (next, overflow) = last.addingReportingOverflow(1)
    guard !overflow else {
      throw CoalmineError(
        code: "ledger-damaged", "the numbers of the \(table.objects) are used up", exit: .badData)
    }
    return next
  }

  /// Notes the new sums of all sets that changed.
  func finish() throws {
    for (key, change) in changes where change != Seal.Sum() {
      var sum = try Self.sum(key, db) ?? Seal.Sum()
      sum.add(change)
      try db.cachedStatement(sql: "INSERT OR REPLACE INTO seal VALUES (?, ?, ?, ?)")
        .execute(arguments: [key.table.rawValue, key.run, sum.rows, sum.bytes.blob])
    }
    changes = [:]
  }

  /// The sum that is noted for a set; `nil` where none is.
  static func sum(_ key: Seal.Key, _ db: Database) throws -> Seal.Sum? {
    try Row.fetchOne(
      db.cachedStatement(sql: "SELECT rows, digest FROM seal WHERE name = ? AND run = ?"),
      arguments: [key.table.rawValue, key.run]
    ).map {
      Seal.Sum(rows: try $0.value("rows"), digest: Seal.Sum.number(try $0.bytes("digest")))
    }
  }

  private func key(_ table: SealedTable, _ values: [DatabaseValue]) -> Seal.Key {
    let place = table.columns.firstIndex(of: "run")
    return Seal.Key(table: table, run: place.flatMap { Int64.fromDatabaseValue(values[$0]) } ?? 0)
  }

  /// The values as SQLite will give them back.
  private static func stored(_ values: [(any DatabaseValueConvertible)?]) throws
    -> [DatabaseValue]
  {
    try values.map { value in
      let stored = value?.databaseValue ?? .null
      // SQLite has no negative zero.
      if case .double(let number) = stored.storage, number == 0 { return 0.0.databaseValue }
      if case .string(let text) = stored.storage, text.utf8.contains(0) {
        throw CoalmineError(
          code: "text-holds-nul", "a name or a statement to be stored holds a NUL byte",
          help: "leave it out", exit: .badData)
      }
      return stored
    }
  }
}
