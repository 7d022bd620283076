// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Glibc

/// Small files that people write.
package enum InputFile {
  /// The whole file.
  ///
  /// - Throws: ``CoalmineError``: `input-missing`, `input-too-large`, `input-unreadable`.
  package static func read(_ path: String, limit: Int) throws(CoalmineError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CoalmineError(
        code: "input-missing",
        "cannot open '\(terminalSafe(path))': \(String(cString: strerror(errno)))",
        exit: .inputMissing)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw CoalmineError(
          code: "input-unreadable",
          "cannot read '\(terminalSafe(path))': \(String(cString: strerror(errno)))",
          exit: .inputOutput)
      }
      bytes += chunk.prefix(count)
      guard bytes.count <= limit else {
        throw CoalmineError(
          code: "input-too-large", "'\(terminalSafe(path))' is larger than \(limit) bytes",
          exit: .badData)
      }
    }
  }
}
