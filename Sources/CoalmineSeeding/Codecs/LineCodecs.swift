// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// JSON Lines: one JSON value per line, an object or a list of turns.
struct JSONLinesCodec: RecordCodec {
  static let format = CorpusFormat.jsonLines
  static let unit = "line"
  static let limit = 16 << 20
  static let boundary = RecordBoundary.ended
  let syntax = RecordSyntax.json

  init(_ file: CorpusFile) {}

  func reader(_ file: CorpusFile, limit: Int) -> any RecordReader {
    CorpusReader(file, limit: limit)
  }

  func validity(
    _ record: [UInt8], path: String, number: Int
  ) throws(CoalmineError) -> RecordValidity {
    try RecordValidity(record, path, line: number)
  }
}

/// Plain text, one record per line.
struct PlainTextCodec: RecordCodec {
  static let format = CorpusFormat.text
  static let unit = "line"
  /// A longer line is copied piece by piece and never chosen.
  static let limit = 48 << 10
  static let boundary = RecordBoundary.ended
  let syntax = RecordSyntax.text

  init(_ file: CorpusFile) {}

  func reader(_ file: CorpusFile, limit: Int) -> any RecordReader {
    CorpusReader(file, limit: limit)
  }

  func validity(_ record: [UInt8], path: String, number: Int) -> RecordValidity {
    RecordValidity(plainText: record)
  }
}
