// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// A tree of source code, each file one record. A canary is planted as a file of its own, so that no
/// line of it can stand within a string, a comment or a block of another file.
///
/// A file is copied as it is, compressed ones too.
struct SourceCodec: RecordCodec {
  static let format = CorpusFormat.source
  static let unit = "record"
  /// A longer file is copied piece by piece and never chosen.
  static let limit = 16 << 10
  static let boundary = RecordBoundary.files
  let syntax = RecordSyntax.text

  init(_ file: CorpusFile) {}

  func reader(_ file: CorpusFile, limit: Int) -> any RecordReader {
    WholeFileReader(file, limit: limit)
  }

  /// Only text in a known language can be chosen.
  func validity(_ record: [UInt8], path: String, number: Int) -> RecordValidity {
    let validity = RecordValidity(plainText: record)
    guard validity == .usable, CodeLanguage(fileName: path) == nil else { return validity }
    return .irregular(.notSource)
  }

  func bare(_ planted: [UInt8]) -> [UInt8] { planted }
}

/// A file as one record, or in pieces where it is longer than the limit. A file of nothing but white
/// space is no record.
struct WholeFileReader: RecordReader {
  private let file: CorpusFile
  private let limit: Int
  private var offset: Int64 = 0

  private static let pieceSize = 1 << 18

  init(_ file: CorpusFile, limit: Int) {
    self.file = file
    self.limit = limit
  }

  mutating func next() throws(CoalmineError) -> CorpusLine? {
    let isWhole = file.size <= Int64(limit)
    let start = offset
    let bytes = try file.read(at: start, count: isWhole ? limit + 1 : Self.pieceSize)
    guard !bytes.isEmpty else { return nil }
    offset += Int64(bytes.count)
    let part: CorpusLine.Part =
      isWhole ? .whole : start == 0 ? .first : offset < file.size ? .middle : .last
    let isBlank = bytes.allSatisfy { CorpusFormat.isBlank($0) || $0 == 0x0A }
    return CorpusLine(
      part: part, offset: start, mark: [], content: bytes, ending: [],
      isRecord: !isBlank || !isWhole)
  }
}
