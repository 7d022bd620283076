// SPDX-License-Identifier: Apache-2.0

import CSQLite
import CoalmineBytes
import CoalmineCore
import GRDB
import Glibc
import Synchronization

/// The file that holds a study and all its evidence: one SQLite database, one connection, one
/// process at a time.
///
/// Write-ahead log with `synchronous = FULL` and an exclusive lock: what was committed survives a
/// killed process and a power cut, and a second process is refused at once. The pragmas are read
/// back after they are set.
public final class Ledger: Sendable {
  /// Where the file lies.
  public let path: String
  /// The version of its tables: 5, or an older one that is only read.
  public let version: Int
  /// Whether secrets, texts and replies were dropped from it.
  public let isRetired: Bool
  package let queue: DatabaseQueue

  /// The file that was opened; `nil` for one in memory.
  private let file: LedgerFile.Identity?

  private init(path: String, queue: DatabaseQueue, isFile: Bool = true) throws {
    self.path = path
    self.queue = queue
    let file = isFile ? try LedgerFile.Identity(of: path) : nil
    self.file = file
    if let file { _ = Self.inUse.withLock { $0.insert(file) } }
    let stored = try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
    version = stored % Schema.retired
    isRetired = stored >= Schema.retired
  }

  deinit { forget() }

  /// The ledgers that this process has open.
  ///
  /// Closing any descriptor of a file drops every lock that the process holds on it, so nobody may
  /// look into the file of one of these.
  private static let inUse = Mutex<Set<LedgerFile.Identity>>([])

  private func forget() {
    if let file { _ = Self.inUse.withLock { $0.remove(file) } }
  }

  /// Creates a ledger with mode 0600.
  ///
  /// - Throws: ``CoalmineError`` where the file exists or cannot be created.
  public static func create(at path: String) throws -> Ledger {
    try LedgerFile.create(at: path)
    do {
      return try build(at: path)
    } catch {
      for leftover in [path, path + "-wal", path + "-journal"] { unlink(leftover) }
      throw error
    }
  }

  /// Creates a ledger in a file that gets its name later: close the ledger, then commit the file.
  public static func create(in file: OutputFile) throws -> Ledger {
    guard let partial = file.partial else {
      throw CoalmineError(
        code: "ledger-not-a-file", "a ledger cannot be written to standard output",
        help: "give the name of a file", exit: .usage)
    }
    return try build(at: partial)
  }

  /// A ledger in memory, for work that must not touch the file.
  static func inMemory(of path: String) throws -> Ledger {
    let queue = try DatabaseQueue()
    try queue.write(makeTables)
    return try Ledger(path: path, queue: queue, isFile: false)
  }

  private static func build(at path: String) throws -> Ledger {
    let queue = try translating(path) {
      let queue = try LedgerConnection.open(path, .new)
      try queue.write(makeTables)
      // The main file says from now on what it is, even if this process is killed.
      _ = try queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
      return queue
    }
    return try Ledger(path: path, queue: queue)
  }

  private static func makeTables(_ db: Database) throws {
    for statement in Schema.statements { try db.execute(sql: statement) }
    try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
    try db.execute(sql: "PRAGMA user_version = \(Schema.version)")
    // Empty sets have a sum, too: one that is missing was taken out.
    for table in SealedTable.allCases where !table.hasRun { try SealedWriter.begin(table, 0, db) }
  }

  /// Opens a ledger that exists, and checks the digests of everything in it but the bodies of
  /// replies. A file that is none is left as it is.
  ///
  /// - Parameters:
  ///   - checking: `false` only for who lists what differs, see ``problems(replies:)``.
  ///   - inShards: `true` only for who merges a study in shards, see ``ShardedStudy``.
  /// - Throws: ``CoalmineError``: `ledger-missing`, `ledger-not-readable`, `ledger-not-writable`,
  ///   `not-a-ledger`, `ledger-damaged`, `ledger-altered`, `ledger-newer`, `ledger-locked`,
  ///   `study-in-shards`.
  public static func open(
    at path: String, checking: Bool = true, inShards: Bool = false
  ) throws -> Ledger {
    try LedgerFile.check(path)
    try refuseOwn(path)
    try LedgerLog.expectOurs(path)
    let ledger = try connect(path)
    if checking { try ledger.expectUnaltered() }
    if !inShards { try ledger.expectMerged() }
    return ledger
  }

  /// - Throws: ``CoalmineError`` with code `ledger-locked` where this process has the file open.
  static func refuseOwn(_ path: String) throws {
    let file = try LedgerFile.Identity(of: path)
    guard !inUse.withLock({ $0.contains(file) }) else {
      throw CoalmineError(
        code: "ledger-locked", "this process holds the ledger '\(path)' already",
        help: "close it first", exit: .ledgerLocked)
    }
  }

  /// Hands its name over to the ledger that takes its place: everything is in the main file, no log has
  /// the name any more, and closing will take none away. The lock stays until it is closed.
  ///
  /// SQLite removes a log by its name when it closes the last connection, and by then that is the log
  /// of the new file.
  func handOver() throws {
    // What has the name now must be this file: its log would be taken from another one.
    guard let file, try LedgerFile.Identity(of: path) == file else { throw Self.replaced(path) }
    try translating {
      try queue.writeWithoutTransaction { db in
        try db.checkpoint(.truncate)
        guard coalmine_sqlite_keep_log(UnsafeMutableRawPointer(db.sqliteConnection)) == 0 else {
          throw CoalmineError(
            code: "ledger-failed", "SQLite does not let go of the log of '\(path)'",
            exit: .internalError)
        }
      }
    }
    unlink(path + "-wal")
  }

  /// Closes it after another file took its name.
  func closeReplaced() throws {
    try translating { try queue.close() }
    forget()
  }

  /// Writes everything into the main file and closes it; the `-wal` file is gone afterwards.
  ///
  /// - Throws: ``CoalmineError`` where the disk is full or fails. What was committed is safe in
  ///   the `-wal` file then, and the next command finds it there.
  public func close() throws {
    try translating {
      // Asked for by itself: closing says nothing where the log cannot be copied into the file.
      let copied = Result { try queue.writeWithoutTransaction { try $0.checkpoint(.truncate) } }
      try queue.close()
      forget()
      _ = try copied.get()
    }
    // What was written went into the file that was opened, whatever has its name now.
    if let file, (try? LedgerFile.Identity(of: path)) != file { throw Self.replaced(path) }
  }

  private static func replaced(_ path: String) -> CoalmineError {
    CoalmineError(
      code: "ledger-replaced",
      "'\(path)' was removed, renamed or replaced while this command used it",
      details: ["what this command stored is in the file that had the name before"],
      help: "give that file its name back, together with the '-wal' file that stands beside it",
      exit: .inputOutput)
  }

  /// Changes rows and their digests in one transaction.
  ///
  /// - Throws: ``CoalmineError`` with code `ledger-old` where the file is only read, and
  ///   `study-retired`.
  package func change<T>(_ body: (SealedWriter) throws -> T) throws -> T {
    try expectWhole()
    guard version == Schema.version else { throw Self.tooOld(path, version) }
    return try write { db in
      let rows = SealedWriter(db)
      let result = try body(rows)
      try rows.finish()
      return result
    }
  }

  /// Reads what only the tables of this version hold.
  ///
  /// - Throws: ``CoalmineError`` with code `ledger-old` for a file of an older one.
  func readCurrent<T>(_ body: (Database) throws -> T) throws -> T {
    guard version == Schema.version else { throw Self.tooOld(path, version) }
    return try read(body)
  }

  package func write<T>(_ body: (Database) throws -> T) throws -> T {
    try translating { try queue.write(body) }
  }

  package func read<T>(_ body: (Database) throws -> T) throws -> T {
    try translating { try queue.read(body) }
  }

  private func translating<T>(_ body: () throws -> T) throws -> T {
    try Self.translating(path, body)
  }

  /// Installed once, before the first connection.
  private static let watchesFolders: Void = {
    let code = coalmine_sqlite_watch_folders()
    precondition(code == 0, "SQLite has no system calls that can be watched")
  }()

  private static func translating<T>(_ path: String, _ body: () throws -> T) throws -> T {
    _ = watchesFolders
    do {
      let result = try body()
      try expectFolders(path)
      return result
    } catch let error as DatabaseError {
      throw Self.error(error, path)
    } catch is RowDecodingError {
      // Its own text quotes the row.
      throw CoalmineError(
        code: "ledger-damaged", "the ledger '\(path)' holds a value of another type",
        exit: .badData)
    }
  }

  /// - Throws: ``CoalmineError`` `ledger-io` where a folder could not be synchronised.
  private static func expectFolders(_ path: String) throws {
    let reason = coalmine_sqlite_folder_error()
    guard reason != 0 else { return }
    throw CoalmineError(
      code: "ledger-io",
      "the folder of the ledger '\(path)' could not be synchronised: "
        + String(cString: strerror(reason)), exit: .inputOutput)
  }

  /// Opens a file whose form and log were looked at.
  static func connect(_ path: String) throws -> Ledger {
    do {
      _ = watchesFolders
      let ledger = try Ledger(path: path, queue: try LedgerConnection.open(path, .existing))
      try expectFolders(path)
      return ledger
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

  static func tooOld(_ path: String, _ version: Int) -> CoalmineError {
    CoalmineError(
      code: "ledger-old",
      "'\(path)' is a ledger of version \(version), which is only read; this program writes version "
        + "\(Schema.version)",
      help: "'coalmine verify --study STUDY --upgrade NEW' writes a new ledger with all of it",
      exit: .badData)
  }

  static func notWritable(_ path: String) -> CoalmineError {
    CoalmineError(
      code: "ledger-not-writable",
      "the ledger '\(terminalSafe(path))' cannot be opened for writing",
      help: "coalmine needs write access to the file and its folder", exit: .inputOutput)
  }
}
