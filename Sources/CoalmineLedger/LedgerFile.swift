// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Glibc

/// What the file system says about a ledger's path, before SQLite opens it.
///
/// Nothing here opens a file that may be a ledger in use: closing any descriptor of a file drops
/// every POSIX lock that the process holds on it, and with it the lock of the ledger.
enum LedgerFile {
  /// Makes an empty file with mode 0600, whatever the umask; never follows a link at the end of
  /// the path.
  static func create(at path: String) throws {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let reason = errno
      let full = [ENOSPC, EDQUOT, EIO].contains(reason)
      throw CoalmineError(
        code: reason == EEXIST ? "ledger-exists" : "ledger-not-created",
        "cannot create the ledger '\(terminalSafe(path))': \(text(ofError: reason))",
        help: reason == EEXIST
          ? "choose another '--study', or move the old ledger away: it is never overwritten" : nil,
        exit: full ? .inputOutput : .cannotCreate)
    }
    fchmod(descriptor, 0o600)
    _ = Glibc.close(descriptor)
  }

  /// Which file a path leads to.
  struct Identity: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64

    init(of path: String) throws {
      var facts = stat()
      guard stat(path, &facts) == 0 else {
        throw CoalmineError(
          code: "ledger-missing", "no ledger at '\(path)': \(String(cString: strerror(errno)))",
          help: "'coalmine seed' makes one; give its path with '--study'", exit: .inputMissing)
      }
      device = UInt64(facts.st_dev)
      inode = UInt64(facts.st_ino)
    }
  }

  /// Refuses a path that cannot be a ledger that this process may read and write.
  static func check(_ path: String) throws {
    let shown = terminalSafe(path)
    var facts = stat()
    guard stat(path, &facts) == 0 else {
      let reason = errno
      guard reason != EACCES else { throw unreadable(shown, reason) }
      throw CoalmineError(
        code: "ledger-missing", "no ledger at '\(shown)': \(text(ofError: reason))",
        help: "'coalmine seed' makes one; give its path with '--study'", exit: .inputMissing)
    }
    guard facts.st_mode & S_IFMT == S_IFREG else {
      let folder = facts.st_mode & S_IFMT == S_IFDIR
      throw CoalmineError(
        code: "not-a-ledger", "'\(shown)' is a \(folder ? "folder" : "special file"), not a ledger",
        help: "give the path of the file with '--study'", exit: .badData)
    }
    guard facts.st_nlink == 1 else {
      throw CoalmineError(
        code: "ledger-has-names",
        "'\(shown)' has \(facts.st_nlink) names (hard links); its log stands beside one of them only",
        help: "copy it to a file of its own, and give that path with '--study'", exit: .badData)
    }
    // A ledger keeps a '-wal' file and never this one: SQLite would write it into the ledger.
    guard access(path + "-journal", F_OK) != 0 else {
      throw CoalmineError(
        code: "ledger-has-journal",
        "'\(shown)-journal' stands beside the ledger and belongs to another database",
        help: "move that file away", exit: .badData)
    }
    guard (path.split(separator: "/").last?.utf8.count ?? 0) + "-wal".utf8.count <= Int(NAME_MAX)
    else {
      throw CoalmineError(
        code: "ledger-not-writable",
        "the name of the ledger '\(shown)' leaves no room for '-wal', the ending of its log",
        help: "rename it: at most \(Int(NAME_MAX) - "-wal".utf8.count) bytes", exit: .inputOutput)
    }
    // With the effective user, since that is who opens it.
    guard faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0 else { throw unreadable(shown, errno) }
    guard faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 else { throw Ledger.notWritable(path) }
    guard facts.st_size > 0 else {
      throw CoalmineError(code: "not-a-ledger", "'\(shown)' is an empty file", exit: .badData)
    }
  }

  private static func unreadable(_ shown: String, _ reason: Int32) -> CoalmineError {
    CoalmineError(
      code: "ledger-not-readable",
      "the ledger '\(shown)' cannot be read: \(text(ofError: reason))",
      help: "coalmine needs read and write access to the file and its folder",
      exit: .inputMissing)
  }

  private static func text(ofError code: Int32) -> String { String(cString: strerror(code)) }
}
