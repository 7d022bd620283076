// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The files of a seeded corpus read as one, byte after byte.
///
/// ```
/// a.jsonl  b.jsonl  c.jsonl       places in the manifest count through all of them
/// ```
final class SeededFiles {
  let files: [CorpusFile]
  /// Where each file begins, and where the last one ends.
  private let bounds: [Int64]

  /// Whether a corpus of lines that was written in several files is one now: they stand in it one after
  /// another.
  let isJoined: Bool

  /// In bytes.
  var size: Int64 { bounds[files.count] }
  var first: CorpusFile { files[0] }

  /// Opens the files that the manifest describes.
  ///
  /// - Parameter paths: in the order of the corpus, or in any order under the names that they were
  ///   written with.
  /// - Throws: ``CoalmineError`` `seeded-files-differ` with exit code 5, or a reading error.
  init(_ paths: [String], _ manifest: Manifest) throws {
    let parts = manifest.corpus.parts
    let wanted = max(1, parts.count)
    let isOfLines = manifest.corpus.format == .jsonLines || manifest.corpus.format == .text
    isJoined =
      paths.count == 1 && wanted > 1 && isOfLines
      ? try CorpusFile(paths[0]).size == manifest.corpus.seededSize : false
    guard paths.count == wanted || isJoined else {
      throw CoalmineError(
        code: "seeded-files-differ",
        "the seeded corpus has \(wanted) \(wanted == 1 ? "file" : "files"), and \(paths.count) "
          + "\(paths.count == 1 ? "is" : "are") named",
        details: parts.isEmpty ? [] : ["it was written as: " + Self.names(parts)],
        help: "name each file of it once, or the folder that it was written to",
        exit: .verificationFailed)
    }
    let byName = Dictionary(paths.map { (Self.name(of: $0), $0) }) { first, _ in first }
    let named = parts.compactMap { byName[$0.name] }
    files = try (named.count == wanted ? named : paths).map {
      try CorpusFile($0, separator: manifest.corpus.separator)
    }
    var bounds: [Int64] = [0]
    for file in files { bounds.append(bounds[bounds.count - 1] + file.size) }
    self.bounds = bounds
    if parts.count > 1, !isJoined, zip(files, parts).allSatisfy({ $0.size == $1.size }),
      size == manifest.corpus.size, size != manifest.corpus.seededSize
    {
      guard try digest() != manifest.corpus.digest else {
        throw SeededVerifier.original("the corpus")
      }
    }
    for (file, part) in zip(files, parts)
    where parts.count > 1 && !isJoined && file.size != part.seededSize {
      throw CoalmineError(
        code: "seeded-size-differs",
        "'\(terminalSafe(file.path))' has \(file.size) bytes, and "
          + "'\(terminalSafe(part.name))' of the seeded corpus has \(part.seededSize)",
        help: "name the files that 'coalmine seed' wrote; where a pipeline changed them, 'coalmine "
          + "verify --processed' counts the canaries in what came out", exit: .verificationFailed)
    }
  }

  /// Up to `count` bytes at `offset`, of one file: fewer at the end of each.
  func read(at offset: Int64, count: Int) throws(CoalmineError) -> [UInt8] {
    guard let place = files.indices.last(where: { bounds[$0] <= offset && offset < bounds[$0 + 1] })
    else { return [] }
    let left = bounds[place + 1] - offset
    return try files[place].read(
      at: offset - bounds[place], count: Int(min(Int64(count), left)))
  }

  /// SHA-256 of all files, one after the other.
  ///
  /// - Complexity: O(bytes).
  func digest(_ progress: @escaping ProgressReport = { _ in }) throws(CoalmineError) -> [UInt8] {
    var digest = SHA256Digest()
    var position: Int64 = 0
    var meter = ByteMeter("verifying the seeded corpus", of: size, progress)
    while true {
      let chunk = try read(at: position, count: 1 << 20)
      if chunk.isEmpty { return digest.finalize() }
      digest.update(chunk)
      position += Int64(chunk.count)
      meter.add(chunk.count)
    }
  }

  static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  private static func names(_ parts: [CorpusPart]) -> String {
    let shown = parts.prefix(8).map { terminalSafe($0.name) }.joined(separator: ", ")
    return parts.count > 8 ? shown + " and \(parts.count - 8) more" : shown
  }
}
