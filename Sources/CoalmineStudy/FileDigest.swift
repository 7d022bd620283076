// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Glibc

/// SHA-256 of a file of any size.
enum FileDigest {
  /// 32 bytes.
  ///
  /// - Parameter progress: called with the bytes that were read.
  /// - Throws: ``CoalmineError``: `input-missing`, `input-unreadable`.
  /// - Complexity: O(bytes) in time, constant in memory.
  static func digest(
    of path: String, progress: @escaping ProgressReport
  ) throws(CoalmineError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CoalmineError(
        code: "input-missing",
        "cannot open '\(terminalSafe(path))': \(String(cString: strerror(errno)))",
        exit: .inputMissing)
    }
    defer { close(descriptor) }
    var facts = stat()
    let size = fstat(descriptor, &facts) == 0 ? Int64(facts.st_size) : 0
    var meter = ByteMeter("reading the file", of: size, progress)
    var hash = SHA256Digest()
    var block = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = read(descriptor, &block, block.count)
      if count == 0 { return hash.finalize() }
      if count < 0 {
        if errno == EINTR { continue }
        throw CoalmineError(
          code: "input-unreadable",
          "cannot read '\(terminalSafe(path))': \(String(cString: strerror(errno)))",
          exit: .inputOutput)
      }
      hash.update(block[..<count])
      meter.add(count)
    }
  }
}
