// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// One line of a corpus, or a piece of a line that is too long to be held: three parts that follow
/// one another in the file.
package struct CorpusLine: Equatable {
  /// Which part of its line it is.
  package enum Part: Sendable, Equatable {
    case whole, first, middle, last

    /// Whether the line begins here.
    package var begins: Bool { self == .whole || self == .first }
    /// Whether the line ends here.
    package var ends: Bool { self == .whole || self == .last }
  }

  package let part: Part
  /// Where it begins in the file, in bytes.
  package let offset: Int64
  /// A byte order mark at the start of the file, else nothing.
  package let mark: [UInt8]
  /// What separates it from the record before, in formats that have that.
  package var lead: [UInt8] = []
  package let content: [UInt8]
  /// LF, CR LF, or nothing: at the end of the file, and in every piece but the last.
  package let ending: [UInt8]
  /// Whether the line, all its pieces together, holds anything but white space.
  package let isRecord: Bool

  var count: Int { mark.count + lead.count + content.count + ending.count }
}

extension CorpusLine {
  /// The refusal of a line that must be parsed and is too long for it.
  func tooLong(_ path: String, line: Int, limit: Int) -> CoalmineError {
    let opening = content.first { !CorpusFormat.isBlank($0) }
    return CoalmineError(
      code: "corpus-line-too-long",
      "\(terminalSafe(path)):\(line): the line that begins at byte \(offset) is longer than "
        + Self.size(limit),
      help: line == 1 && opening == UInt8(ascii: "[")
        ? CorpusFormat.arrayHint
        : "JSON Lines has one record per line: put a line break after each record, or leave a "
          + "record of this size out of the corpus",
      exit: .badData)
  }

  /// `16 MiB`, or `12 bytes` where it is no whole number of MiB.
  static func size(_ bytes: Int) -> String {
    if bytes > 0, bytes % (1 << 20) == 0 { return "\(bytes >> 20) MiB" }
    return bytes > 0 && bytes % (1 << 10) == 0 ? "\(bytes >> 10) KiB" : "\(bytes) bytes"
  }
}

extension SHA256Digest {
  /// The bytes of a piece of a corpus, as they stand in the file.
  mutating func update(_ line: CorpusLine) {
    line.mark.withUnsafeBytes { update($0) }
    line.lead.withUnsafeBytes { update($0) }
    line.content.withUnsafeBytes { update($0) }
    line.ending.withUnsafeBytes { update($0) }
  }
}
