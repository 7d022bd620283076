// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Glibc

/// A file or standard input, read once from front to back.
final class ScanStream {
  private let name: String
  private let descriptor: Int32
  private var chunk = [UInt8](repeating: 0, count: 1 << 20)

  /// - Parameters:
  ///   - name: a file's name; `-` for standard input.
  ///   - count: how many bytes at the front are left out.
  /// - Throws: ``CoalmineError``: `input-missing`, `input-unreadable`.
  init(_ name: String, skipping count: Int) throws {
    self.name = name
    descriptor = name == "-" ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CoalmineError(
        code: "input-missing", "cannot open '\(name)': \(String(cString: strerror(errno)))",
        exit: .inputMissing)
    }
    // A pipe cannot be set to a place: what is before it is read.
    guard count > 0, lseek(descriptor, off_t(count), SEEK_SET) < 0 else { return }
    var left = count
    while left > 0 {
      let skipped = try next(limit: min(left, chunk.count)).count
      if skipped == 0 { break }
      left -= skipped
    }
    if left > 0 { throw endsBefore(count) }
  }

  deinit { if name != "-" { close(descriptor) } }

  /// The next bytes, up to 1 MiB; none at the end.
  func next() throws -> [UInt8] { try next(limit: chunk.count) }

  private func next(limit: Int) throws -> [UInt8] {
    while true {
      let count = read(descriptor, &chunk, limit)
      if count >= 0 { return Array(chunk.prefix(count)) }
      if errno == EINTR { continue }
      throw CoalmineError(
        code: "input-unreadable", "cannot read '\(name)': \(String(cString: strerror(errno)))",
        exit: .inputOutput)
    }
  }

  func endsBefore(_ offset: Int) -> CoalmineError {
    CoalmineError(
      code: "scan-offset-behind-end", "'\(name)' ends before byte \(offset)",
      help: "where the file was begun anew, scan it without '--from'", exit: .badData)
  }
}
