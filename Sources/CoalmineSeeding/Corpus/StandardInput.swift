// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What came by standard input, in a file that has no name and goes when the program ends.
///
/// A corpus is read several times and at any place, which a pipe does not allow.
enum StandardInput {
  private static let spooled = Mutex<Int32?>(nil)

  /// A descriptor of its own for all that came; the first call reads standard input to its end.
  ///
  /// - Throws: ``CoalmineError``: `corpus-not-a-file` for a terminal, `read-failed`.
  static func descriptor() throws(CoalmineError) -> Int32 {
    let all = try spooled.withLock { (spooled) throws(CoalmineError) -> Int32 in
      if let spooled { return spooled }
      let descriptor = try spool()
      spooled = descriptor
      return descriptor
    }
    let copy = fcntl(all, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw failure("open standard input again") }
    return copy
  }

  private static func spool() throws(CoalmineError) -> Int32 {
    guard isatty(STDIN_FILENO) == 0 else {
      throw CoalmineError(
        code: "corpus-not-a-file", "'-' is standard input, and nothing is sent to it",
        help: "send the corpus: 'program | coalmine seed - …'; a file called '-' is './-'",
        exit: .inputMissing)
    }
    let folder = terminalSafe(UnnamedFile.folder)
    let target = UnnamedFile.open()
    guard target >= 0 else { throw failure("create a file in '\(folder)'") }
    var chunk = [UInt8](repeating: 0, count: 256 << 10)
    while true {
      let count = read(STDIN_FILENO, &chunk, chunk.count)
      if count == 0 { return target }
      if count < 0 {
        if errno == EINTR { continue }
        let error = failure("read standard input")
        close(target)
        throw error
      }
      var written = 0
      while written < count {
        let more = chunk.withUnsafeBytes {
          write(target, $0.baseAddress.map { $0 + written }, count - written)
        }
        guard more > 0 || errno == EINTR else {
          let error = failure("write to '\(folder)'")
          close(target)
          throw error
        }
        written += max(0, more)
      }
    }
  }

  private static func failure(_ what: String) -> CoalmineError {
    CoalmineError(
      code: "read-failed", "cannot \(what): \(String(cString: strerror(errno)))",
      help:
        "standard input is kept in a temporary file to read it; 'TMPDIR' names the folder for that",
      exit: .inputOutput)
  }
}
