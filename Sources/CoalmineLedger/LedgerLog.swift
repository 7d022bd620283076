// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Glibc

/// The `-wal` file that a killed process leaves beside a ledger.
///
/// SQLite copies it into the ledger at the first opening, whatever it belongs to: a ledger that was
/// restored beside the log of another one would be destroyed by a look at it. So the two are first
/// opened as copies.
enum LedgerLog {
  /// Refuses a ledger with a log that does not make a whole ledger of it; nothing is touched.
  ///
  /// - Throws: ``CoalmineError`` with code `ledger-log-foreign`, or `ledger-locked` where another
  ///   process is writing the log.
  /// - Complexity: O(bytes of both files), only where there is a log.
  static func expectOurs(_ path: String) throws {
    var facts = stat()
    guard stat(path + "-wal", &facts) == 0, facts.st_size > 0 else { return }
    guard !isLocked(path) else {
      throw CoalmineError(
        code: "ledger-locked", "another process holds the ledger '\(path)'",
        help: "wait for it to end; a killed process leaves no lock behind", exit: .ledgerLocked)
    }
    let folder = try temporaryFolder()
    let copy = folder + "/ledger"
    defer {
      for name in [copy] + Outputs.companions(of: copy) { unlink(name) }
      rmdir(folder)
    }
    for ending in ["", "-wal"] { try duplicate(path + ending, to: copy + ending) }
    var problem: String?
    do {
      // Not by `open`, which would look at the log of the copy, and so on.
      let ledger = try Ledger.connect(copy)
      problem = try ledger.problems(replies: false).first?.sentence
      try ledger.close()
    } catch let error as CoalmineError where error.exit == .badData {
      problem = error.code == "ledger-newer" ? nil : "together they are damaged"
    }
    guard let problem else { return }
    throw CoalmineError(
      code: "ledger-log-foreign",
      "'\(path)-wal' is not the log of '\(path)', or one of them was altered: \(problem)",
      details: ["nothing was changed"],
      help: "move the '-wal' file away if the ledger was restored from a copy, else restore both",
      exit: .badData)
  }

  /// Whether a process holds SQLite's locks on the file.
  static func isLocked(_ path: String) -> Bool {
    let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    // PENDING, RESERVED and SHARED bytes, https://www.sqlite.org/src/file/src/os.h
    var wanted = flock()
    wanted.l_type = Int16(F_WRLCK)
    wanted.l_whence = Int16(SEEK_SET)
    wanted.l_start = 0x4000_0000
    wanted.l_len = 512
    return fcntl(descriptor, F_GETLK, &wanted) == 0 && wanted.l_type != Int16(F_UNLCK)
  }

  static func temporaryFolder() throws -> String {
    let base = UnnamedFile.folder
    var template = Array((base + "/coalmine-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw failed("create a folder in '\(base)'") }
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  static func duplicate(_ source: String, to target: String) throws {
    let from = Glibc.open(source, O_RDONLY | O_CLOEXEC)
    guard from >= 0 else { throw failed("read '\(source)'") }
    defer { close(from) }
    let into = Glibc.open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard into >= 0 else { throw failed("copy '\(source)' to TMPDIR") }
    defer { close(into) }
    while true {
      let count = sendfile(into, from, nil, 1 << 24)
      if count == 0 { return }
      if count < 0, errno != EINTR { throw failed("copy '\(source)' to TMPDIR") }
    }
  }

  private static func failed(_ what: String) -> CoalmineError {
    let reason = errno
    return CoalmineError(
      code: reason == ENOSPC || reason == EDQUOT ? "disk-full" : "write-failed",
      "cannot \(what): \(String(cString: strerror(reason)))",
      details: ["the log beside the ledger is looked at in a copy first; nothing was changed"],
      help: "make room there, or set TMPDIR to a folder on another disk", exit: .inputOutput)
  }
}
