// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// A corpus that is being written, with its size and SHA-256 so far; without a file, what would be
/// written is counted only.
struct SeededOutput {
  private let file: OutputFile?
  private var pending: [UInt8] = []
  private var hash = SHA256Digest()
  /// In bytes, what is not written yet included.
  private(set) var size: Int64 = 0

  private static let blockSize = 1 << 16

  init(_ file: OutputFile?) { self.file = file }

  mutating func write(_ bytes: [UInt8]) throws(CoalmineError) {
    pending += bytes
    size += Int64(bytes.count)
    if pending.count >= Self.blockSize { try flush() }
  }

  private mutating func flush() throws(CoalmineError) {
    hash.update(pending)
    try file?.write(pending)
    pending.removeAll(keepingCapacity: true)
  }

  /// SHA-256 of everything written.
  mutating func digest() throws(CoalmineError) -> [UInt8] {
    try flush()
    return hash.finalize()
  }
}
