// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Crypto

/// A file that appears whole or not at all, with its size and SHA-256 so far.
///
/// Dropped without ``commit()``, it leaves nothing behind.
struct SeededOutput {
  private let file: AtomicFile
  private let overwrite: Bool
  private var pending: [UInt8] = []
  private var hash = SHA256()
  /// In bytes, what is not written yet included.
  private(set) var size: Int64 = 0

  private static let blockSize = 1 << 18

  /// - Throws: ``CoalmineError`` `output-exists` or `output-not-created`.
  init(path: String, overwrite: Bool) throws(CoalmineError) {
    self.overwrite = overwrite
    if !overwrite, CorpusFile.exists(path) { throw Self.exists(path) }
    do {
      file = try AtomicFile(path)
    } catch {
      throw Self.converted(error)
    }
  }

  mutating func write(_ bytes: [UInt8]) throws(CoalmineError) {
    pending += bytes
    size += Int64(bytes.count)
    if pending.count >= Self.blockSize { try flush() }
  }

  private mutating func flush() throws(CoalmineError) {
    hash.update(data: pending)
    do {
      try file.write(pending)
    } catch {
      throw Self.converted(error)
    }
    pending.removeAll(keepingCapacity: true)
  }

  /// SHA-256 of everything written.
  mutating func digest() throws(CoalmineError) -> [UInt8] {
    try flush()
    return Array(hash.finalize())
  }

  /// Gives the file its name.
  mutating func commit() throws(CoalmineError) {
    try flush()
    do {
      try file.commit(overwriting: overwrite)
    } catch {
      throw Self.converted(error)
    }
  }

  private static func exists(_ path: String) -> CoalmineError {
    CoalmineError(
      code: "output-exists", "'\(terminalSafe(path))' exists already",
      help: "give another name, or '--force' to replace it", exit: .cannotCreate)
  }

  private static func converted(_ failure: AtomicFile.Failure) -> CoalmineError {
    switch failure.step {
    case "exists": exists(failure.path)
    case "create":
      CoalmineError(
        code: "output-not-created",
        "cannot create '\(terminalSafe(failure.path))': \(failure.text)",
        help: "check that the folder exists and can be written to", exit: .cannotCreate)
    default:
      CoalmineError(
        code: failure.isDiskFull ? "disk-full" : "write-failed",
        "cannot \(failure.step) '\(terminalSafe(failure.path))': \(failure.text)",
        details: ["nothing stands under that name"],
        help: failure.isDiskFull ? "free some space, or write to another disk" : nil,
        exit: .inputOutput)
    }
  }
}
