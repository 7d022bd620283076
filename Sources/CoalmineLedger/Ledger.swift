// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import GRDB
import Glibc

/// The file that holds a study and all its evidence: one SQLite database, one connection, one
/// process at a time.
///
/// Write-ahead log with `synchronous = FULL` and an exclusive lock: what was committed survives a
/// killed process and a power cut, and a second process is refused at once. The pragmas are read
/// back after they are set.
public final class Ledger: Sendable {
  /// Where the file lies.
  public let path: String
  package let queue: DatabaseQueue

  private init(path: String, queue: DatabaseQueue) {
    self.path = path
    self.queue = queue
  }

  /// Creates a ledger with mode 0600.
  ///
  /// - Throws: ``CoalmineError`` where the file exists or cannot be created.
  public static func create(at path: String) throws -> Ledger {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let reason = errno
      throw CoalmineError(
        code: reason == EEXIST ? "ledger-exists" : "ledger-not-created",
        "cannot create the ledger '\(path)': \(Self.text(ofError: reason))",
        help: reason == EEXIST
          ? "choose another '--study', or move the old ledger away: it is never overwritten" : nil,
        exit: reason == ENOSPC || reason == EIO ? .inputOutput : .cannotCreate)
    }
    fchmod(descriptor, 0o600)
    _ = Glibc.close(descriptor)
    do {
      let ledger = try connect(path)
      try ledger.write { db in
        for statement in Schema.statements { try db.execute(sql: statement) }
        try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
        try db.execute(sql: "PRAGMA user_version = \(Schema.version)")
      }
      return ledger
    } catch {
      unlink(path)
      unlink(path + "-wal")
      throw error
    }
  }

  /// Opens a ledger that exists.
  ///
  /// - Throws: ``CoalmineError``: `ledger-missing`, `not-a-ledger`, `ledger-newer`,
  ///   `ledger-locked`.
  public static func open(at path: String) throws -> Ledger {
    guard access(path, F_OK) == 0 else {
      throw CoalmineError(
        code: "ledger-missing", "no ledger at '\(path)': \(text(ofError: errno))",
        help: "'coalmine seed' makes one; give its path with '--study'", exit: .inputMissing)
    }
    let ledger = try connect(path)
    let (application, version) = try ledger.read { db in
      (
        try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0,
        try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
      )
    }
    guard application == Schema.applicationID else {
      throw CoalmineError(
        code: "not-a-ledger", "'\(path)' is a database, but not a coalmine ledger",
        exit: .badData)
    }
    guard version <= Schema.version else {
      throw CoalmineError(
        code: "ledger-newer",
        "'\(path)' has ledger version \(version); this program knows \(Schema.version)",
        help: "use the version of coalmine that wrote it, or a newer one", exit: .badData)
    }
    return ledger
  }

  /// Writes everything into the main file and closes it; the `-wal` file is gone afterwards.
  public func close() throws {
    try translating { try queue.close() }
  }

  package func write<T>(_ body: (Database) throws -> T) throws -> T {
    try translating { try queue.write(body) }
  }

  package func read<T>(_ body: (Database) throws -> T) throws -> T {
    try translating { try queue.read(body) }
  }

  private func translating<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as DatabaseError {
      throw Self.error(error, path)
    }
  }

  private static func connect(_ path: String) throws -> Ledger {
    var configuration = Configuration()
    configuration.busyMode = .immediateError
    configuration.foreignKeysEnabled = true
    configuration.prepareDatabase { db in
      try db.execute(
        sql: """
          PRAGMA locking_mode = EXCLUSIVE;
          PRAGMA journal_mode = WAL;
          PRAGMA synchronous = FULL;
          PRAGMA mmap_size = 0;
          PRAGMA trusted_schema = OFF;
          PRAGMA secure_delete = ON;
          """)
      // The first transaction takes the lock that `locking_mode` then keeps.
      try db.execute(sql: "BEGIN IMMEDIATE; COMMIT")
      let journal = try String.fetchOne(db, sql: "PRAGMA journal_mode")
      let locking = try String.fetchOne(db, sql: "PRAGMA locking_mode")
      let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous")
      guard journal == "wal", locking == "exclusive", synchronous == 2 else {
        throw CoalmineError(
          code: "ledger-not-durable",
          "the ledger '\(path)' refuses the settings that make it durable",
          details: [
            "journal_mode \(journal ?? "?"), locking_mode \(locking ?? "?"), "
              + "synchronous \(synchronous.map(String.init) ?? "?")"
          ],
          help: "put the ledger on a local disk, not on a network file system",
          exit: .inputOutput)
      }
    }
    do {
      return Ledger(path: path, queue: try DatabaseQueue(path: path, configuration: configuration))
    } catch let error as DatabaseError {
      throw Self.error(error, path)
    }
  }

  /// The error of SQLite as ours; its message names no row and no value.
  static func error(_ error: DatabaseError, _ path: String) -> CoalmineError {
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      CoalmineError(
        code: "ledger-locked", "another process holds the ledger '\(path)'",
        help: "wait for it to end; a killed process leaves no lock behind", exit: .ledgerLocked)
    case .SQLITE_FULL:
      CoalmineError(
        code: "disk-full", "no space left for the ledger '\(path)'",
        help: "make room and run the same command again: nothing stored is lost",
        exit: .inputOutput)
    case .SQLITE_NOTADB, .SQLITE_CORRUPT:
      CoalmineError(
        code: "not-a-ledger", "'\(path)' is not a ledger, or it is damaged", exit: .badData)
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY:
      CoalmineError(
        code: "ledger-not-writable", "the ledger '\(path)' cannot be opened for writing",
        help: "coalmine needs write access to the file and its folder", exit: .inputOutput)
    case .SQLITE_IOERR:
      CoalmineError(
        code: "ledger-io", "reading or writing the ledger '\(path)' failed",
        details: ["SQLite code \(error.extendedResultCode.rawValue)"], exit: .inputOutput)
    default:
      CoalmineError(
        code: "ledger-failed", "the ledger '\(path)' gave an unexpected error",
        details: ["SQLite code \(error.extendedResultCode.rawValue)"], exit: .internalError)
    }
  }

  static func text(ofError code: Int32) -> String { String(cString: strerror(code)) }
}
