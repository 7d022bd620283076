// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// One format of a corpus: how a file is cut into records, what a record is, and how one more is put
/// between two others.
///
/// The pieces that a reader gives, one after another, are the bytes of the file: what is not planted
/// or taken out is copied as it is.
protocol RecordCodec: Sendable {
  static var format: CorpusFormat { get }

  /// What people call one record: `line`, `element`, `row`, `paragraph`.
  static var unit: String { get }

  /// The longest record that is read in one piece, in bytes.
  static var limit: Int { get }

  /// How a record is kept apart from the next one.
  static var boundary: RecordBoundary { get }

  /// - Throws: ``CoalmineError`` where the file cannot be of this format.
  init(_ file: CorpusFile) throws(CoalmineError)

  /// The pieces of the file from its start on.
  func reader(_ file: CorpusFile, limit: Int) -> any RecordReader

  /// How the bytes of a record are written.
  var syntax: RecordSyntax { get }

  /// Judges a record.
  ///
  /// - Parameter number: its place among the pieces, from 1.
  /// - Throws: ``CoalmineError`` for a record that shows that the file is not of this format.
  func validity(_ record: [UInt8], path: String, number: Int) throws(CoalmineError)
    -> RecordValidity

  /// The record in planted bytes, without what keeps it apart.
  func bare(_ planted: [UInt8]) -> [UInt8]

  /// A planted record with what the records of this format have around their text.
  ///
  /// - Parameter model: a record of the corpus.
  func framed(_ planted: [UInt8], like model: [UInt8]) throws(CoalmineError) -> [UInt8]
}

/// The pieces of a file in their order.
protocol RecordReader {
  mutating func next() throws(CoalmineError) -> CorpusLine?
}

extension CorpusReader: RecordReader {}

/// How records are kept apart.
///
/// ```
/// ended:      a LF   b LF   c LF            each record ends in a line break
/// separated:  [ a    , b    , c ]           something stands before each record but the first
/// files:      a.py   b.py   c.py            each record is a file
/// ```
enum RecordBoundary { case ended, separated, files }

extension RecordCodec {
  func framed(_ planted: [UInt8], like model: [UInt8]) throws(CoalmineError) -> [UInt8] { planted }

  func bare(_ planted: [UInt8]) -> [UInt8] {
    var record = planted[...]
    while let last = record.last, last == 0x0A || last == 0x0D { record.removeLast() }
    while let first = record.first, first == 0x0A || first == 0x0D { record.removeFirst() }
    return Array(record)
  }

  /// The position of a piece for messages: `line 12`.
  static func place(_ number: Int) -> String { "\(unit) \(number)" }
}

/// The codec of each format.
enum RecordCodecs {
  static let all: [any RecordCodec.Type] = [
    JSONLinesCodec.self, JSONArrayCodec.self, CommaSeparatedCodec.self, TabSeparatedCodec.self,
    PlainTextCodec.self, ParagraphsCodec.self, SeparatedTextCodec.self, SourceCodec.self,
  ]

  static func codec(of format: CorpusFormat) -> any RecordCodec.Type {
    all.first { $0.format == format } ?? PlainTextCodec.self
  }
}
