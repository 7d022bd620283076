// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// A seeded tree of source code beside its manifest: checked, and turned back.
///
/// ```
/// parts of the manifest:   a.py    settings.py   b.py      empty.py
/// bytes before / after:    40/40   0/92          310/0     0/0
///                          stays   planted       taken out stays
/// ```
public struct SeededTree: Sendable {
  private let manifest: Manifest
  private let byName: [String: String]
  private let root: String

  /// - Parameter paths: the folder that `seed` wrote.
  /// - Throws: ``CoalmineError`` `seeded-files-differ` with exit code 5 where files are missing or there
  ///   are others.
  public init(_ paths: [String], _ manifest: Manifest) throws {
    try manifest.validate()
    self.manifest = manifest
    root = paths.joined(separator: " ")
    let tree = try SourceTree(paths)
    byName = Dictionary(uniqueKeysWithValues: tree.files.map { ($0.name, $0.path) })
    let wanted = Set(manifest.corpus.parts.filter { !$0.isRemoved }.map(\.name))
    let missing = wanted.subtracting(byName.keys).sorted()
    let further = Set(byName.keys).subtracting(wanted).sorted()
    guard missing.isEmpty, further.isEmpty else {
      func shown(_ names: [String], _ what: String) -> [String] {
        names.isEmpty
          ? []
          : [
            "\(what): " + names.prefix(4).map(terminalSafe).joined(separator: ", ")
              + (names.count > 4 ? " and \(names.count - 4) more" : "")
          ]
      }
      throw CoalmineError(
        code: "seeded-files-differ",
        "'\(terminalSafe(root))' does not have the files of the seeded corpus",
        details: shown(missing, "missing") + shown(further, "not of the corpus"),
        help: "name the folder that 'coalmine seed' wrote; where a pipeline changed it, 'coalmine "
          + "verify --processed' counts the canaries in what came out", exit: .verificationFailed)
    }
  }

  /// One file of the seeded tree, and the copy that it is.
  struct Item {
    let part: CorpusPart
    let bytes: [UInt8]
    let insertion: Insertion?
  }

  /// Gives the parts in their order, those that were taken out with no bytes.
  ///
  /// - Throws: ``CoalmineError`` with exit code 5: `seeded-size-differs`, `manifest-damaged`; or a
  ///   reading error.
  func readAll(_ body: (Item) throws -> Void) throws {
    var insertions = manifest.insertions[...]
    for part in manifest.corpus.parts {
      guard !part.isRemoved, let path = byName[part.name] else {
        try body(Item(part: part, bytes: [], insertion: nil))
        continue
      }
      let file = try CorpusFile(path, isRaw: true)
      guard file.size == part.seededSize, let count = Int(exactly: file.size) else {
        throw Self.difference(
          "seeded-size-differs",
          "'\(terminalSafe(path))' has \(file.size) bytes, and \(part.seededSize) were written")
      }
      let bytes = try file.read(at: 0, count: count)
      let insertion = part.isPlanted ? insertions.popFirst() : nil
      guard !part.isPlanted || insertion?.length == part.seededSize else {
        throw CoalmineError(
          code: "manifest-damaged", "the stored manifest cannot be right: the planted files",
          help: "restore the study file from a copy", exit: .verificationFailed)
      }
      try body(Item(part: part, bytes: bytes, insertion: insertion))
    }
  }

  /// Compares every file with what was written.
  ///
  /// - Throws: ``CoalmineError`` with exit code 5: `seeded-insertion-differs`, `seeded-size-differs`,
  ///   `seeded-digest-differs`, `manifest-damaged`; or a reading error.
  /// - Parameter remarks: what makes the copies of one canary differ, where they do.
  /// - Complexity: O(bytes); memory for one file.
  public func verify(
    _ canaries: [Canary], remarks: CopyRemarks? = nil, progress: @escaping ProgressReport = { _ in }
  ) throws {
    let byID = Dictionary(canaries.map { ($0.id, $0.asPlanted) }) { first, _ in first }
    var meter = ByteMeter("verifying the seeded corpus", of: manifest.corpus.seededSize, progress)
    var all = SHA256Digest()
    try readAll { item in
      meter.add(item.bytes.count)
      all.update(item.bytes)
      if let insertion = item.insertion {
        guard let canary = byID[insertion.canary] else {
          throw CoalmineError(
            code: "manifest-damaged",
            "the manifest plants '\(terminalSafe(insertion.canary))', which the study does not have",
            help: "restore the study file from a copy", exit: .verificationFailed)
        }
        let remark = remarks?.remark(on: canary, copy: insertion.copy) ?? []
        guard item.bytes == canary.revealedText() + remark else {
          throw Self.difference(
            "seeded-insertion-differs",
            "copy \(insertion.copy) of '\(canary.id)' is not in '\(terminalSafe(item.part.name))'")
        }
      }
      guard item.part.isRemoved || sha256(item.bytes) == item.part.storedDigest else {
        throw Self.difference(
          "seeded-digest-differs",
          "'\(terminalSafe(item.part.name))' is not the file that was written: its SHA-256 differs")
      }
    }
    guard all.finalize() == manifest.corpus.seededDigest else {
      throw Self.difference(
        "seeded-digest-differs", "'\(terminalSafe(root))' is not the corpus that was seeded")
    }
  }

  /// Writes the original tree: planted files are left out, and those that were taken out come back.
  ///
  /// - Throws: ``CoalmineError`` `original-digest-differs` with exit code 5 and nothing written, or what
  ///   ``verify(_:progress:)`` throws.
  public func restore(
    to output: TreeOutput, progress: @escaping ProgressReport = { _ in }
  ) throws {
    var meter = ByteMeter("restoring the corpus", of: manifest.corpus.seededSize, progress)
    var removals = manifest.removals[...]
    var all = SHA256Digest()
    var size: Int64 = 0
    try readAll { item in
      meter.add(item.bytes.count)
      guard item.insertion == nil else { return }
      let bytes = item.part.isRemoved ? removals.popFirst()?.bytes.reveal() ?? [] : item.bytes
      guard Int64(bytes.count) == item.part.size else { return }
      all.update(bytes)
      size += item.part.size
      try output.begin(item.part.name)
      try output.write(bytes)
    }
    guard size == manifest.corpus.size, all.finalize() == manifest.corpus.digest else {
      throw CoalmineError(
        code: "original-digest-differs",
        "'\(terminalSafe(root))' does not give the original back: the SHA-256 differs",
        details: ["nothing was written"],
        help:
          "it was changed after seeding, or another study's: 'coalmine verify' says what differs",
        exit: .verificationFailed)
    }
  }

  private static func difference(_ code: String, _ message: String) -> CoalmineError {
    CoalmineError(
      code: code, message,
      help: "train on the folder as it was written, or seed again; where a pipeline changed it, "
        + "'coalmine verify --processed' counts the canaries in what came out",
      exit: .verificationFailed)
  }
}
