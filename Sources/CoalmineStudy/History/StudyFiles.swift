// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Glibc

/// Finds ledgers by what they are and not by their names.
enum StudyFiles {
  /// Named files as they are, and of folders every ledger in them, by name; folders in folders are
  /// not looked into.
  ///
  /// - Throws: ``CoalmineError``: `history-no-studies` where a folder holds none, `input-missing`.
  static func ledgers(_ paths: [String]) throws -> [String] {
    var found: [String] = []
    for path in paths {
      guard let names = names(in: path) else {
        found.append(path)
        continue
      }
      let files = names.map { path.hasSuffix("/") ? path + $0 : path + "/" + $0 }.filter(isLedger)
      guard !files.isEmpty else {
        throw CoalmineError(
          code: "history-no-studies", "the folder '\(path)' holds no ledger",
          help: "name a folder with the files that 'coalmine seed' wrote as studies, or the files",
          exit: .inputMissing)
      }
      found += files
    }
    var seen: Set<String> = []
    return found.filter { seen.insert($0).inserted }
  }

  /// The names in a folder, sorted; `nil` for what is no folder.
  private static func names(in path: String) -> [String]? {
    guard let folder = opendir(path) else { return nil }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      names.append(name)
    }
    return names.sorted()
  }

  /// Whether a regular file begins as a SQLite database with the mark of a ledger.
  private static func isLedger(_ path: String) -> Bool {
    var facts = stat()
    guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return false }
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var head = [UInt8](repeating: 0, count: 72)
    guard pread(descriptor, &head, 72, 0) == 72 else { return false }
    return head.starts(with: Array("SQLite format 3".utf8))
      && head[68..<72] == Array("coal".utf8)[...]
  }
}
