// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Turns a seeded corpus back into the original, byte for byte.
public struct Unseeder: Sendable {
  let manifest: Manifest

  public init(manifest: Manifest) { self.manifest = manifest }

  /// Leaves the plantings out and puts the removed records back; the caller gives the file its
  /// name, after this has found its SHA-256 to be that of the original.
  ///
  /// ```
  /// seeded:    a a [c c] b b          copied, skipped, copied
  /// original:  a a (r r) b b          the removed record goes in at its old offset
  /// ```
  ///
  /// - Throws: ``CoalmineError``: `original-digest-differs` with exit code 5; `manifest-damaged`,
  ///   or a file error.
  public func write(
    from seeded: String, to output: OutputFile, progress: @escaping ProgressReport = { _ in }
  ) throws {
    try write(from: [seeded], to: [SeededFile(output)], progress: progress)
  }

  /// Does the same with a corpus of several files, each into its own.
  ///
  /// - Throws: ``CoalmineError`` as for one file, and `seeded-files-differ`.
  public func write(
    from seeded: [String], to outputs: [SeededFile],
    progress: @escaping ProgressReport = { _ in }
  ) throws {
    try manifest.validate()
    let file = try SeededFiles(seeded, manifest)
    let name = seeded.count == 1 ? seeded[0] : "the corpus"
    var restored = SeededOutput(outputs)
    var meter = ByteMeter("restoring the corpus", of: file.size, progress)
    try copy(file, to: &restored, &meter)
    guard restored.size == manifest.corpus.size,
      try restored.digest() == manifest.corpus.digest
    else {
      throw CoalmineError(
        code: "original-digest-differs",
        "'\(terminalSafe(name))' does not give the original back: the SHA-256 differs",
        details: ["nothing was written"],
        help:
          "it was changed after seeding, or another study's: 'coalmine verify' says what differs",
        exit: .verificationFailed)
    }
  }

  private func copy(
    _ file: SeededFiles, to restored: inout SeededOutput, _ meter: inout ByteMeter
  ) throws {
    // Where each original file ends; the last one takes what is left.
    var ends = manifest.corpus.parts.dropLast().reduce(into: [Int64]()) { ends, part in
      ends.append((ends.last ?? 0) + part.size)
    }[...]
    try restored.begin()

    var insertions = manifest.insertions[...]
    var removals = manifest.removals[...]
    var position: Int64 = 0
    while true {
      while let end = ends.first, restored.size == end {
        try restored.begin()
        ends.removeFirst()
      }
      if let insertion = insertions.first, insertion.offset == position {
        position += insertion.length
        insertions.removeFirst()
        continue
      }
      if let removal = removals.first, removal.offset == restored.size {
        try restored.write(removal.bytes.reveal())
        removals.removeFirst()
        continue
      }
      var count: Int64 = 1 << 20
      if let insertion = insertions.first { count = min(count, insertion.offset - position) }
      if let removal = removals.first { count = min(count, removal.offset - restored.size) }
      if let end = ends.first { count = min(count, end - restored.size) }
      let chunk = try file.read(at: position, count: Int(count))
      if chunk.isEmpty { return }
      try restored.write(chunk)
      position += Int64(chunk.count)
      meter.add(chunk.count)
    }
  }
}
