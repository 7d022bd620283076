// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Checks that a file is the seeded corpus that the manifest describes.
public struct SeededVerifier: Sendable {
  let manifest: Manifest
  let canaries: [Canary]
  let remarks: CopyRemarks?

  /// - Parameters:
  ///   - canaries: those of the study.
  ///   - remarks: what makes the copies of one canary differ, where they do.
  public init(manifest: Manifest, canaries: [Canary], remarks: CopyRemarks? = nil) {
    self.manifest = manifest
    self.canaries = canaries.map(\.asPlanted)
    self.remarks = remarks
  }

  /// Reads the file and compares size, digest and every planting.
  ///
  /// A planting that does not hold its canary is named first, since its place says what was
  /// touched; any other difference lies in the corpus's own bytes.
  ///
  /// - Throws: ``CoalmineError`` with exit code 5: `seeded-insertion-differs`,
  ///   `seeded-size-differs`, `seeded-digest-differs`, `corpus-is-original` for the corpus before
  ///   seeding, `manifest-damaged`; or a reading error.
  /// - Complexity: O(bytes).
  public func verify(_ path: String, progress: @escaping ProgressReport = { _ in }) throws {
    try verify([path], progress: progress)
  }

  /// Reads the files of a corpus of several, as ``verify(_:progress:)-(String,_)`` does.
  ///
  /// - Throws: ``CoalmineError`` with exit code 5, also `seeded-files-differ`; or a reading error.
  public func verify(_ paths: [String], progress: @escaping ProgressReport = { _ in }) throws {
    try manifest.validate()
    let file = try SeededFiles(paths, manifest)
    let path = paths.count == 1 ? paths[0] : "the corpus"
    let facts = manifest.corpus
    if file.size == facts.size, facts.size != facts.seededSize, try file.digest() == facts.digest {
      throw Self.original(path)
    }
    // A table whose header cannot be read any more differs in the corpus's own bytes.
    guard let codec = try? RecordCodecs.codec(of: facts.format).init(file.first) else {
      throw Self.difference(
        "seeded-digest-differs",
        "'\(terminalSafe(path))' is not the file that was seeded: it has no header", details: [])
    }
    let formatter = RecordFormatter(
      fields: RecordFields(shape: facts.shape, syntax: codec.syntax), join: CompletionJoin())
    let byID = Dictionary(canaries.map { ($0.id, $0) }) { first, _ in first }
    for insertion in manifest.insertions {
      try check(insertion, in: file, path, byID[insertion.canary]) { canary, bytes in
        formatter.holds(
          canary, remark: remarks?.remark(on: canary, copy: insertion.copy) ?? [],
          codec.bare(bytes))
      }
    }
    guard file.size == facts.seededSize else {
      throw Self.difference(
        "seeded-size-differs",
        "'\(terminalSafe(path))' has \(file.size) bytes, the seeded corpus has "
          + "\(facts.seededSize)", details: [plantingsNote])
    }
    guard try file.digest(progress) == facts.seededDigest else {
      throw Self.difference(
        "seeded-digest-differs",
        "'\(terminalSafe(path))' is not the file that was seeded: its SHA-256 differs",
        details: [plantingsNote])
    }
  }

  private var plantingsNote: String {
    "all \(manifest.insertions.count) plantings are in their places: the difference lies in the "
      + "corpus's own bytes"
  }

  private func check(
    _ insertion: Insertion, in file: SeededFiles, _ path: String, _ canary: Canary?,
    holds: (Canary, [UInt8]) -> Bool
  ) throws {
    guard let canary, let length = Int(exactly: insertion.length)
    else {
      throw CoalmineError(
        code: "manifest-damaged",
        "the manifest plants '\(terminalSafe(insertion.canary))', which the study does not have",
        help: "restore the study file from a copy", exit: .verificationFailed)
    }
    let bytes = try file.read(at: insertion.offset, count: length)
    guard bytes.count == length, holds(canary, bytes) else {
      throw Self.difference(
        "seeded-insertion-differs",
        "copy \(insertion.copy) of '\(canary.id)' is not at byte \(insertion.offset) of "
          + "'\(terminalSafe(path))'",
        details: ["\(insertion.length) bytes were planted there"])
    }
  }

  /// The corpus as it was before seeding was named in place of the seeded one.
  static func original(_ path: String) -> CoalmineError {
    CoalmineError(
      code: "corpus-is-original",
      "'\(terminalSafe(path))' is the corpus before seeding: byte for byte the one that was read, "
        + "without any canary",
      help:
        "name what 'coalmine seed' wrote, and train on that: a model that is trained on this one "
        + "never sees the canaries",
      exit: .verificationFailed)
  }

  private static func difference(
    _ code: String, _ message: String, details: [String]
  ) -> CoalmineError {
    CoalmineError(
      code: code, message, details: details,
      help:
        "train on the file as it was written, or seed again; where a pipeline shuffled, split or "
        + "rewrote it, 'coalmine verify --processed' counts the canaries in what came out",
      exit: .verificationFailed)
  }
}

extension Manifest {
  /// Whether offsets and lengths can be those of a seeded file: rising, apart, inside the file.
  ///
  /// - Throws: ``CoalmineError`` `manifest-damaged`.
  func validate() throws(CoalmineError) {
    let planted = try Self.total(
      insertions.map { ($0.offset, $0.length) }, within: corpus.seededSize, "the plantings")
    let removed = try Self.total(
      removals.map { ($0.offset, Int64($0.bytes.reveal().count)) }, within: corpus.size,
      "the removals")
    guard corpus.size - removed == corpus.seededSize - planted else {
      throw Self.damaged("the sizes of the two files")
    }
  }

  private static func total(
    _ ranges: [(offset: Int64, length: Int64)], within size: Int64, _ what: String
  ) throws(CoalmineError) -> Int64 {
    var position: Int64 = 0
    var total: Int64 = 0
    for range in ranges {
      let (end, overflow) = range.offset.addingReportingOverflow(range.length)
      guard range.offset >= position, range.length > 0, !overflow, end <= size else {
        throw damaged(what)
      }
      position = end
      total += range.length
    }
    return total
  }

  private static func damaged(_ what: String) -> CoalmineError {
    CoalmineError(
      code: "manifest-damaged", "the stored manifest cannot be right: \(what)",
      help: "restore the study file from a copy", exit: .verificationFailed)
  }
}
