// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Which file a name stands for: two names with one identity are one file.
struct FileIdentity: Hashable {
  private let device: UInt64
  private let inode: UInt64

  init(_ facts: stat) {
    device = UInt64(facts.st_dev)
    inode = UInt64(facts.st_ino)
  }

  /// The file that `path` leads to, links followed; `nil` where there is none.
  init?(of path: String) {
    var facts = stat()
    guard stat(path, &facts) == 0 else { return nil }
    self.init(facts)
  }

  /// The open file.
  init?(of descriptor: Int32) {
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { return nil }
    self.init(facts)
  }
}

/// A name in a folder, whether or not there is a file of that name.
///
/// Two spellings of one place, `a/../x` and `x`, are equal.
struct FileName: Hashable {
  let folder: FileIdentity
  let name: String

  /// `nil` where the folder does not exist.
  init?(_ path: String) {
    guard let folder = FileIdentity(of: Self.folder(of: path)) else { return nil }
    self.folder = folder
    name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  /// The folder that holds `path`.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

/// What a name stands for, links not followed.
enum FileKind {
  case absent, regular, link, folder
  /// A device, a pipe or a socket.
  case special

  /// - Throws: the errno of a name that cannot be looked at.
  static func of(_ path: String) throws(SystemFailure) -> (kind: FileKind, facts: stat) {
    var facts = stat()
    guard lstat(path, &facts) == 0 else {
      guard errno == ENOENT else { throw SystemFailure() }
      return (.absent, facts)
    }
    return switch facts.st_mode & S_IFMT {
    case S_IFREG: (.regular, facts)
    case S_IFLNK: (.link, facts)
    case S_IFDIR: (.folder, facts)
    default: (.special, facts)
    }
  }
}

/// A failed call of the system.
struct SystemFailure: Error {
  let number: Int32

  /// The call that failed last on this thread.
  init() { number = errno }

  init(_ number: Int32) { self.number = number }

  /// What the system says.
  var text: String { String(cString: strerror(number)) }
  /// Whether the disk is full.
  var isDiskFull: Bool { number == ENOSPC || number == EDQUOT }
}
