// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import GRDB

/// One SQLite connection with the settings that make a ledger durable and single.
enum LedgerConnection {
  /// Whether the file was just made, or must be a ledger already.
  enum Expectation {
    case new, existing
  }

  /// Opens the file and takes its lock.
  ///
  /// ```
  /// exclusive, no mmap ─► ours? not newer? ─► write-ahead log, FULL ─► lock ─► read back
  ///                       └ reads only: a database of somebody else is left as it is
  /// ```
  ///
  /// `locking_mode` comes before the first read: with it, the index of the log lives on the heap,
  /// no `-shm` file exists, and SQLite's races between two connections cannot happen.
  static func open(_ path: String, _ expectation: Expectation) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .immediateError
    configuration.foreignKeysEnabled = true
    configuration.prepareDatabase { db in
      try db.execute(
        sql: """
          PRAGMA locking_mode = EXCLUSIVE;
          PRAGMA mmap_size = 0;
          PRAGMA trusted_schema = OFF;
          PRAGMA cell_size_check = ON;
          """)
      if expectation == .existing { try check(db, path) }
      try db.execute(
        sql: """
          PRAGMA journal_mode = WAL;
          PRAGMA synchronous = FULL;
          PRAGMA secure_delete = ON;
          """)
      // The first transaction takes the lock that `locking_mode` then keeps.
      try db.execute(sql: "BEGIN IMMEDIATE; COMMIT")
      try readBack(db, path)
    }
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  /// Whether it is a ledger that this program knows; nothing is written.
  private static func check(_ db: Database, _ path: String) throws {
    let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    let stored = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    let version = stored % Schema.retired
    let shown = terminalSafe(path)
    guard application == Schema.applicationID else {
      throw CoalmineError(
        code: "not-a-ledger", "'\(shown)' is a database, but not a coalmine ledger",
        exit: .badData)
    }
    guard stored <= Schema.version || stored / Schema.retired == 1 && version <= Schema.version
    else {
      throw CoalmineError(
        code: "ledger-newer",
        "'\(shown)' has ledger version \(stored); this program knows \(Schema.version)",
        help: "use the version of coalmine that wrote it, or a newer one", exit: .badData)
    }
    // Word for word: a trigger or a changed column could drop replies without a trace.
    guard try entries(of: db) == expectedEntries(of: version) else {
      throw CoalmineError(
        code: "ledger-damaged",
        "the tables of '\(shown)' are not those of ledger version \(version)",
        help: "the seeding that wrote it did not end, or another program changed it",
        exit: .badData)
    }
  }

  /// What the file lists: tables, indexes, triggers and views, with every column but the page.
  ///
  /// Tables of the query planner's own statistics, which `ANALYZE` writes, are left out.
  private static func entries(of db: Database) throws -> Set<[String?]> {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT type, name, tbl_name, sql FROM sqlite_schema
        WHERE NOT (type = 'table' AND name LIKE 'sqlite@_stat%' ESCAPE '@')
        """)
    return Set(rows.map { $0.databaseValues.map { String.fromDatabaseValue($0) } })
  }

  /// What a new file of a version lists; `nil` where this program knows no such version.
  private static func expectedEntries(of version: Int) throws -> Set<[String?]>? {
    guard let statements = Schema.statements(of: version) else { return nil }
    return try DatabaseQueue().write { db in
      for statement in statements { try db.execute(sql: statement) }
      return try entries(of: db)
    }
  }

  private static func readBack(_ db: Database, _ path: String) throws {
    let journal = try String.fetchOne(db, sql: "PRAGMA journal_mode")
    let locking = try String.fetchOne(db, sql: "PRAGMA locking_mode")
    let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous")
    // No row where SQLite was built without mmap.
    let mapped = try Int.fetchOne(db, sql: "PRAGMA mmap_size") ?? 0
    guard journal == "wal", locking == "exclusive", synchronous == 2, mapped == 0 else {
      throw CoalmineError(
        code: "ledger-not-durable",
        "the ledger '\(terminalSafe(path))' refuses the settings that make it durable",
        details: [
          "journal_mode \(journal ?? "?"), locking_mode \(locking ?? "?"), "
            + "synchronous \(synchronous.map(String.init) ?? "?"), mmap_size \(mapped)"
        ],
        help: "put the ledger on a local disk, not on a network file system",
        exit: .inputOutput)
    }
  }
}
