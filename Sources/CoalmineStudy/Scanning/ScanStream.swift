// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Glibc

/// A file or standard input, read once from front to back.
final class ScanStream {
  private let name: String
  private let descriptor: Int32
  private static let chunk = 1 << 18

  /// - Parameters:
  ///   - name: a file's name; `-` for standard input.
  ///   - count: how many bytes at the front are left out.
  /// - Throws: ``CoalmineError``: `input-missing`, `input-unreadable`, `scan-offset-behind-end`.
  init(_ name: String, skipping count: Int = 0) throws(CoalmineError) {
    self.name = name
    descriptor = name == "-" ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CoalmineError(
        code: "input-missing", "cannot open '\(name)': \(String(cString: strerror(errno)))",
        exit: .inputMissing)
    }
    try skip(count)
  }

  deinit { if name != "-" { close(descriptor) } }

  /// Leaves out bytes at the front.
  func skip(_ count: Int) throws(CoalmineError) {
    // A pipe cannot be set to a place: what is before it is read.
    guard count > 0, lseek(descriptor, off_t(count), SEEK_SET) < 0 else { return }
    var left = count
    while left > 0 {
      let skipped = try next(limit: min(left, Self.chunk)).count
      if skipped == 0 { throw endsBefore(count) }
      left -= skipped
    }
  }

  /// The next bytes, up to 256 KiB; none at the end.
  func next() throws(CoalmineError) -> [UInt8] { try next(limit: Self.chunk) }

  private func next(limit: Int) throws(CoalmineError) -> [UInt8] {
    while true {
      var result = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
        result = read(descriptor, buffer.baseAddress, limit)
        count = max(0, result)
      }
      if result >= 0 { return bytes }
      if errno == EINTR { continue }
      throw unreadable()
    }
  }

  /// Which file it is and how long it is now; `nil` for a pipe or a device.
  var facts: (inode: UInt64, size: Int)? {
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
    return (UInt64(facts.st_ino), Int(facts.st_size))
  }

  /// SHA-256 of the bytes of a range of a file, in hexadecimal; `nil` where it has fewer.
  func digest(of range: Range<Int>) throws(CoalmineError) -> String? {
    var bytes = [UInt8](repeating: 0, count: range.count)
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        pread(
          descriptor, $0.baseAddress.map { $0 + filled }, range.count - filled,
          off_t(range.lowerBound + filled))
      }
      if count == 0 { return nil }
      if count < 0 {
        if errno == EINTR { continue }
        throw unreadable()
      }
      filled += count
    }
    return hexadecimal(sha256(bytes))
  }

  private func unreadable() -> CoalmineError {
    CoalmineError(
      code: "input-unreadable", "cannot read '\(name)': \(String(cString: strerror(errno)))",
      exit: .inputOutput)
  }

  func endsBefore(_ offset: Int) -> CoalmineError {
    CoalmineError(
      code: "scan-offset-behind-end", "'\(name)' ends before byte \(offset)",
      help: "where the file was begun anew, scan it without '--from'", exit: .badData)
  }
}
