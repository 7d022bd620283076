// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Glibc

/// A look at a ledger that leaves it alone, also while another process holds it.
///
/// The file and its log are copied, and the copy is opened. The copy is whole although the other
/// process goes on:
///
/// ```
/// log's head, H1 ─► copy the file ─► copy the log ─► its head, H2
/// ```
///
/// SQLite gives a log that begins anew other numbers in its head. With H1 = H2 the log was only
/// appended to, so every page that was written into the file meanwhile stands in the copied log, whose
/// last commit decides. Else the copy is made again.
enum LedgerSnapshot {
  /// How often a copy is made again.
  private static let attempts = 50

  /// Copies the ledger into `folder`.
  ///
  /// - Returns: the path of the copy.
  /// - Throws: ``CoalmineError`` with code `ledger-busy` where the file changes too fast.
  static func copy(_ path: String, into folder: String) throws -> String {
    let copy = folder + "/ledger"
    for attempt in 0..<attempts {
      for name in [copy, copy + "-wal"] { unlink(name) }
      let before = Head(path)
      try LedgerLog.duplicate(path, to: copy)
      if before.hasLog {
        // It may go between the two looks; then the heads differ.
        try? LedgerLog.duplicate(path + "-wal", to: copy + "-wal")
      }
      if before == Head(path), !before.hasLog || Head.log(copy) == before.log { return copy }
      usleep(UInt32(1_000 * (attempt + 1)))
    }
    throw CoalmineError(
      code: "ledger-busy", "'\(path)' changes too fast to be looked at",
      help: "run the same command again", exit: .ledgerLocked)
  }

  /// What tells one state of the files from another.
  private struct Head: Equatable {
    /// The first 32 bytes of the log, with its checkpoint's number and salts.
    let log: [UInt8]
    /// Without a log alone: then a change of the file itself is seen by its time and size.
    let file: [Int64]

    var hasLog: Bool { !log.isEmpty }

    init(_ path: String) {
      log = Self.log(path)
      var facts = stat()
      guard log.isEmpty, stat(path, &facts) == 0 else {
        file = []
        return
      }
      file = [
        Int64(facts.st_size), Int64(facts.st_mtim.tv_sec), Int64(facts.st_mtim.tv_nsec),
        Int64(facts.st_ino),
      ]
    }

    static func log(_ path: String) -> [UInt8] {
      let descriptor = Glibc.open(path + "-wal", O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { return [] }
      defer { close(descriptor) }
      var bytes = [UInt8](repeating: 0, count: 32)
      let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, 32, 0) }
      return count == 32 ? bytes : []
    }
  }
}

extension Ledger {
  /// Reads a copy of a ledger, so that nobody who holds it, or wants to, is in the way.
  ///
  ///     let runs = try Ledger.reading("study.coalmine") { try $0.runs() }
  ///
  /// The copy lies in `TMPDIR` with mode 0600 and is removed afterwards. Digests are checked as by
  /// ``open(at:checking:)``.
  ///
  /// - Parameter inShards: `true` for who reads a study in shards, see ``ShardedStudy``.
  /// - Throws: ``CoalmineError`` as ``open(at:checking:inShards:)``, and `ledger-busy`; what `body`
  ///   throws.
  /// - Complexity: O(bytes of the file and its log).
  public static func reading<T>(
    _ path: String, inShards: Bool = false, _ body: (Ledger) throws -> T
  ) throws -> T {
    try LedgerFile.check(path)
    try refuseOwn(path)
    let folder = try LedgerLog.temporaryFolder()
    let copy = folder + "/ledger"
    defer {
      for name in [copy] + Outputs.companions(of: copy) { unlink(name) }
      rmdir(folder)
    }
    do {
      let ledger = try connect(try LedgerSnapshot.copy(path, into: folder))
      defer { try? ledger.close() }
      try ledger.expectUnaltered()
      if !inShards { try ledger.expectMerged() }
      return try body(ledger)
    } catch let error as CoalmineError {
      func named(_ text: String) -> String { text.replacing(copy, with: path) }
      throw CoalmineError(
        code: error.code, named(error.message), details: error.details.map(named),
        help: error.help.map(named), exit: error.exit)
    }
  }

  /// Whether another process holds a ledger.
  ///
  /// - Throws: ``CoalmineError`` where this process holds it: looking would drop its lock.
  public static func isHeld(_ path: String) throws -> Bool {
    try LedgerFile.check(path)
    try refuseOwn(path)
    return LedgerLog.isLocked(path)
  }
}
