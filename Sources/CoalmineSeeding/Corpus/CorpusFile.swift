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
  /// In bytes, when it was opened: of the range where only that is read.
  let size: Int64
  /// Bytes of the file as it lies there.
  let storedSize: Int64
  /// Where the range begins that is read; 0 for a whole file.
  let start: Int64
  /// Whether what stands behind the range is not read.
  private let isRange: Bool
  let descriptor: Int32
  /// How the file is compressed; what is read is the data behind it.
  let compression: Compression?
  /// What is stated to stand between two records.
  let separator: [UInt8]?
  /// SHA-256 of a compressed file.
  private let sourceDigest: [UInt8]?

  /// Opens a file, or with `-` what came by standard input. Compressed data is decompressed into a file
  /// without a name, in the folder for temporary files.
  ///
  /// - Parameters:
  ///   - isRaw: whether compressed data is read as it lies there.
  ///   - separator: what is stated to stand between two records.
  ///   - range: the bytes that are read, as if there were no others; they are read as they lie there.
  /// - Throws: ``CoalmineError``: `corpus-missing`, `corpus-not-readable`, `corpus-not-a-file`,
  ///   `corpus-format-not-supported` for compressed data that is damaged, or an input or output error.
  package init(
    _ path: String, isRaw: Bool = false, separator: [UInt8]? = nil, range: Range<Int64>? = nil
  ) throws(CoalmineError) {
    self.separator = separator
    start = range?.lowerBound ?? 0
    isRange = range != nil
    let descriptor =
      path == "-"
      ? try StandardInput.descriptor() : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
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
      throw Self.notAFile(path, facts.st_mode & S_IFMT)
    }
    self.path = path
    storedSize = Int64(facts.st_size)
    if let range {
      size = max(0, min(range.upperBound, storedSize) - range.lowerBound)
      self.descriptor = descriptor
      compression = nil
      sourceDigest = nil
      return
    }
    guard !isRaw, let compression = Decompressed.compression(of: descriptor) else {
      self.size = Int64(facts.st_size)
      self.descriptor = descriptor
      self.compression = nil
      self.sourceDigest = nil
      return
    }
    defer { close(descriptor) }
    let opened = try Decompressed(descriptor, compression, path: path)
    self.size = opened.size
    self.descriptor = opened.descriptor
    self.compression = compression
    self.sourceDigest = opened.sourceDigest
  }

  deinit { close(descriptor) }

  private static func notAFile(_ path: String, _ kind: mode_t) -> CoalmineError {
    let (what, help) =
      switch kind {
      case S_IFDIR: ("a folder", "name a file in it")
      case S_IFIFO, S_IFSOCK:
        (
          "a pipe or a socket, and the file is read twice",
          "write what it gives to a file first, and name that file"
        )
      default: ("a device", "name a file that holds the records")
      }
    return CoalmineError(
      code: "corpus-not-a-file", "'\(terminalSafe(path))' is \(what)", help: help,
      exit: .inputMissing)
  }

  /// SHA-256 of the file as it lies there, 32 bytes: of compressed data, not of what is in it.
  func storedDigest() throws(CoalmineError) -> [UInt8] {
    if let sourceDigest { return sourceDigest }
    return try dataDigest()
  }

  /// SHA-256 of the data, decompressed, 32 bytes.
  func dataDigest() throws(CoalmineError) -> [UInt8] {
    var hash = SHA256Digest()
    var position: Int64 = 0
    while true {
      let chunk = try read(at: position, count: 1 << 20)
      if chunk.isEmpty { return hash.finalize() }
      hash.update(chunk)
      position += Int64(chunk.count)
    }
  }

  /// The first 64 KiB, or all of it.
  func head() throws(CoalmineError) -> [UInt8] { try read(at: 0, count: 1 << 16) }

  /// Up to `count` bytes at `offset`; fewer only at the end of the file.
  func read(at offset: Int64, count: Int) throws(CoalmineError) -> [UInt8] {
    var failure: Int32 = 0
    let count = isRange ? Int(min(Int64(count), max(0, size - offset))) : count
    let position = start + offset
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      while filled < count {
        let got = pread(
          descriptor, buffer.baseAddress.map { $0 + filled }, count - filled,
          off_t(position) + off_t(filled))
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
