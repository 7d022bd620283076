// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
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
    try LedgerFile.create(at: path)
    do {
      let ledger = try connect(path, .new)
      try ledger.write { db in
        for statement in Schema.statements { try db.execute(sql: statement) }
        try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
        try db.execute(sql: "PRAGMA user_version = \(Schema.version)")
      }
      // The main file says from now on what it is, even if this process is killed.
      try ledger.translating {
        _ = try ledger.queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
      }
      return ledger
    } catch {
      for leftover in [path, path + "-wal", path + "-journal"] { unlink(leftover) }
      throw error
    }
  }

  /// Opens a ledger that exists. A file that is none is left as it is.
  ///
  /// - Throws: ``CoalmineError``: `ledger-missing`, `ledger-not-readable`, `ledger-not-writable`,
  ///   `not-a-ledger`, `ledger-damaged`, `ledger-newer`, `ledger-locked`.
  public static func open(at path: String) throws -> Ledger {
    try LedgerFile.check(path)
    return try connect(path, .existing)
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
    } catch is RowDecodingError {
      // Its own text quotes the row.
      throw damaged("a row with a value of another type")
    }
  }

  private static func connect(_ path: String, _ expectation: LedgerConnection.Expectation) throws
    -> Ledger
  {
    do {
      return Ledger(path: path, queue: try LedgerConnection.open(path, expectation))
    } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR {
      // Opening runs fixed statements: what SQLite calls a plain error is a file of a format that it
      // does not know.
      throw notALedger(path)
    } catch let error as DatabaseError {
      throw Self.error(error, path)
    }
  }

  /// The error of SQLite as ours; its message names no row and no value.
  static func error(_ error: DatabaseError, _ path: String) -> CoalmineError {
    let shown = terminalSafe(path)
    return switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      CoalmineError(
        code: "ledger-locked", "another process holds the ledger '\(shown)'",
        help: "wait for it to end; a killed process leaves no lock behind", exit: .ledgerLocked)
    case .SQLITE_FULL:
      CoalmineError(
        code: "disk-full", "no space left for the ledger '\(shown)'",
        help: "make room and run the same command again: nothing stored is lost",
        exit: .inputOutput)
    case .SQLITE_NOTADB, .SQLITE_CORRUPT: notALedger(path)
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY:
      notWritable(path)
    case .SQLITE_IOERR:
      CoalmineError(
        code: "ledger-io", "reading or writing the ledger '\(shown)' failed",
        details: ["SQLite code \(error.extendedResultCode.rawValue)"], exit: .inputOutput)
    default:
      CoalmineError(
        code: "ledger-failed", "the ledger '\(shown)' gave an unexpected error",
        details: ["SQLite code \(error.extendedResultCode.rawValue)"], exit: .internalError)
    }
  }

  private static func notALedger(_ path: String) -> CoalmineError {
    CoalmineError(
      code: "not-a-ledger", "'\(terminalSafe(path))' is not a ledger, or it is damaged",
      exit: .badData)
  }

  static func notWritable(_ path: String) -> CoalmineError {
    CoalmineError(
      code: "ledger-not-writable",
      "the ledger '\(terminalSafe(path))' cannot be opened for writing",
      help: "coalmine needs write access to the file and its folder", exit: .inputOutput)
  }
}
