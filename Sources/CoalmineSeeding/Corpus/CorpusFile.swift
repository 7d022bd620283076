// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file that is only ever read: a corpus, or a seeded corpus.
///
/// A class because it owns a descriptor. It is opened once a pass, without following what happens
/// to its name afterwards.
package final class CorpusFile {
  let path: String
  /// In bytes, when it was opened.
  let size: Int64
  let descriptor: Int32

  /// - Throws: ``CoalmineError``: `corpus-missing`, `corpus-not-readable`, `corpus-not-a-file`.
  package init(_ path: String) throws(CoalmineError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let number = errno
      throw CoalmineError(
        code: number == ENOENT ? "corpus-missing" : "corpus-not-readable",
        "cannot open '\(terminalSafe(path))': \(String(cString: strerror(number)))",
        help: "check the path and its permissions", exit: .inputMissing)
    }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw CoalmineError(
        code: "corpus-not-a-file",
        "'\(terminalSafe(path))' is not a regular file; it is read more than once",
        help: "write it to a file first", exit: .inputMissing)
    }
    self.path = path
    self.size = Int64(facts.st_size)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// The first 64 KiB, or all of it.
  func head() throws(CoalmineError) -> [UInt8] { try read(at: 0, count: 1 << 16) }

  /// Up to `count` bytes at `offset`; fewer only at the end of the file.
  func read(at offset: Int64, count: Int) throws(CoalmineError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      while filled < count {
        let got = pread(
          descriptor, buffer.baseAddress.map { $0 + filled }, count - filled,
          off_t(offset) + off_t(filled))
        if got > 0 {
          filled += got
        } else if got == 0 {
          return
        } else if errno != EINTR {
          failure = errno
          return
        }
      }
    }
    guard failure == 0 else {
      throw CoalmineError(
        code: "read-failed",
        "cannot read '\(terminalSafe(path))': \(String(cString: strerror(failure)))",
        exit: .inputOutput)
    }
    return bytes
  }
}
