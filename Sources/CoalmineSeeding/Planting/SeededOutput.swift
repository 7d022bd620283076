// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Where one file of a corpus is written.
public struct SeededFile {
  /// `nil` where what would be written is counted only.
  let output: OutputFile?
  /// How the file is compressed; `nil` for none.
  let compression: Compression?

  public init(_ output: OutputFile?, compression: Compression? = nil) {
    self.output = output
    self.compression = compression
  }
}

/// A corpus that is being written, in one file or in several, with the size and SHA-256 of its data
/// so far.
struct SeededOutput {
  /// One file that was written.
  struct Part {
    /// Bytes of its data.
    let size: Int64
    /// SHA-256 of the file as it lies there.
    let storedDigest: [UInt8]
  }

  private var files: ArraySlice<SeededFile>
  private var tree: TreeOutput?
  private var current: SeededFile?
  private var compressor: Compressor?
  private var pending: [UInt8] = []
  private var hash = SHA256Digest()
  /// Of the current file, as it lies there; kept only where it is not ``hash``.
  private var stored: SHA256Digest?
  private let isOne: Bool
  /// Whether the corpus is more than one file without compression.
  let writesParts: Bool
  /// In bytes of data, what is not written yet included.
  private(set) var size: Int64 = 0
  private var start: Int64 = 0
  private(set) var parts: [Part] = []

  private static let blockSize = 1 << 16

  init(_ files: [SeededFile]) {
    self.files = files[...]
    isOne = files.count == 1
    writesParts = files.count > 1 || files.contains { $0.compression != nil }
  }

  /// A tree of files whose names come with them.
  ///
  /// - Parameter tree: `nil` where what would be written is counted only.
  init(tree: TreeOutput?) {
    files = []
    self.tree = tree
    isOne = false
    writesParts = true
  }

  init(_ file: OutputFile?) { self.init([SeededFile(file)]) }

  /// Ends the file before, and goes on with the next one.
  mutating func begin() throws(CoalmineError) {
    try end()
    current = files.popFirst()
    compressor = current?.compression.map { Compressor($0) }
    stored = isOne && compressor == nil ? nil : SHA256Digest()
    start = size
  }

  /// Ends the file before, and goes on with a new one of a tree.
  mutating func begin(_ name: String) throws {
    try end()
    current = SeededFile(nil)
    stored = SHA256Digest()
    start = size
    try tree?.begin(name)
  }

  mutating func write(_ bytes: [UInt8]) throws(CoalmineError) {
    if current == nil { try begin() }
    pending += bytes
    size += Int64(bytes.count)
    if pending.count >= Self.blockSize { try flush() }
  }

  private mutating func flush() throws(CoalmineError) {
    hash.update(pending)
    try store(compressor?.compress(pending) ?? pending)
    pending.removeAll(keepingCapacity: true)
  }

  private mutating func store(_ bytes: [UInt8]) throws(CoalmineError) {
    stored?.update(bytes)
    try tree?.write(bytes)
    try current?.output?.write(bytes)
  }

  private mutating func end() throws(CoalmineError) {
    guard current != nil else { return }
    try flush()
    if let compressor { try store(compressor.finish()) }
    let data = hash
    parts.append(
      Part(size: size - start, storedDigest: stored?.finalize() ?? data.finalize()))
    current = nil
  }

  /// SHA-256 of all data; nothing can be written after it.
  mutating func digest() throws(CoalmineError) -> [UInt8] {
    try end()
    return hash.finalize()
  }
}
