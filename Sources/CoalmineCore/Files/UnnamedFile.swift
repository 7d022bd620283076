// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file for a while: it has no name and goes when it is closed, however the program ends.
package enum UnnamedFile {
  /// Where such files lie: `TMPDIR`, or `/tmp`.
  package static var folder: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

  /// Opens one to write and read.
  ///
  /// - Returns: its descriptor, which no other program inherits; below 0, with `errno`, where the
  ///   folder takes no file.
  package static func open() -> Int32 {
    var name = Array((folder + "/coalmine-XXXXXX").utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { return descriptor }
    unlink(name)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
  }
}
