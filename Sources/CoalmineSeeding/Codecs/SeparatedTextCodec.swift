// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Plain text whose records have a stated text between them, such as `<|endoftext|>`.
///
/// The separator is found by its bytes, and the text before the first one, between two, and after the
/// last one is a record unless it is white space.
struct SeparatedTextCodec: RecordCodec {
  static let format = CorpusFormat.separated
  static let unit = "record"
  static let limit = 16 << 20
  static let boundary = RecordBoundary.separated
  let syntax = RecordSyntax.text
  private let separator: [UInt8]

  init(_ file: CorpusFile) throws(CoalmineError) {
    guard let separator = file.separator, !separator.isEmpty else {
      throw CoalmineError(
        code: "bad-corpus-option", "'\(terminalSafe(file.path))' is read without its separator",
        help: "say '--separator TEXT', the text between two records", exit: .usage)
    }
    self.separator = separator
  }

  func reader(_ file: CorpusFile, limit: Int) -> any RecordReader {
    SeparatedReader(file, separator, limit: limit)
  }

  func validity(_ record: [UInt8], path: String, number: Int) -> RecordValidity {
    RecordValidity(plainText: record)
  }

  /// The line breaks around the text are those of the record beside it.
  ///
  /// - Throws: ``CoalmineError`` `bad-corpus-option` where the text holds the separator.
  func framed(_ planted: [UInt8], like model: [UInt8]) throws(CoalmineError) -> [UInt8] {
    func isBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
    guard !model.allSatisfy(isBreak) else { return planted }
    let framed =
      model.prefix(while: isBreak) + planted
      + model.reversed().prefix(while: isBreak).reversed()
    let joined = Array(framed) + separator
    guard ByteSearch.firstRange(of: separator, in: joined)?.lowerBound == framed.count else {
      throw CoalmineError(
        code: "bad-corpus-option",
        "a canary would hold the separator '\(terminalSafe(String(decoding: separator, as: UTF8.self)))'",
        help: "state the whole separator of the corpus, or use kinds whose texts do not hold it",
        exit: .usage)
    }
    return Array(framed)
  }

  func bare(_ planted: [UInt8]) -> [UInt8] {
    var record = planted[...]
    if record.starts(with: separator) { record = record.dropFirst(separator.count) }
    if record.suffix(separator.count) == separator[...] {
      record = record.dropLast(separator.count)
    }
    return Array(record)
  }
}

/// Records, each with the separator before it.
///
/// ```
/// a <s> b <s> LF        pieces: a, <s>b, <s>LF (no record)
/// ```
struct SeparatedReader: RecordReader {
  private let file: CorpusFile
  private let separator: [UInt8]
  private let limit: Int
  private let blockSize: Int
  private var block: [UInt8] = []
  /// The first byte of the block that was not given out.
  private var start = 0
  /// Where the next block begins in the file.
  private var offset: Int64 = 0
  private var isAtStart = true
  private var isAtEnd = false

  init(_ file: CorpusFile, _ separator: [UInt8], limit: Int, blockSize: Int = 1 << 18) {
    self.file = file
    self.separator = separator
    self.limit = limit
    self.blockSize = blockSize
  }

  mutating func next() throws(CoalmineError) -> CorpusLine? {
    var mark: [UInt8] = []
    var lead: [UInt8] = []
    if isAtStart {
      try more()
      if block.starts(with: CorpusFormat.byteOrderMark) { mark = CorpusFormat.byteOrderMark }
    } else if start < block.count || !isAtEnd {
      lead = separator
    }
    let begin = offset - Int64(block.count - start)
    let from = start + mark.count + lead.count
    var search = from
    while true {
      if let found = ByteSearch.firstRange(of: separator, in: block, from: search) {
        return piece(mark, lead, from..<found.lowerBound, at: begin)
      }
      guard block.count - from <= limit else {
        throw CoalmineError(
          code: "corpus-line-too-long",
          "\(terminalSafe(file.path)): the record that begins at byte \(begin) is longer than "
            + CorpusLine.size(limit),
          help: "does '--separator' state what stands between the records? '\\n' is a line break",
          exit: .badData)
      }
      guard !isAtEnd else { break }
      // A separator may stand across the end of what was read.
      search = max(from, block.count - separator.count + 1)
      try more()
    }
    guard start < block.count else { return nil }
    return piece(mark, lead, from..<block.count, at: begin)
  }

  private mutating func piece(
    _ mark: [UInt8], _ lead: [UInt8], _ range: Range<Int>, at begin: Int64
  ) -> CorpusLine {
    let content = Array(block[range])
    let isRecord = !content.allSatisfy { CorpusFormat.isBlank($0) || $0 == 0x0A }
    start = range.upperBound
    isAtStart = false
    if start > blockSize {
      block.removeFirst(start)
      start = 0
    }
    var line = CorpusLine(
      part: .whole, offset: begin, mark: mark, content: isRecord ? content : lead + content,
      ending: [], isRecord: isRecord)
    if isRecord { line.lead = lead }
    return line
  }

  private mutating func more() throws(CoalmineError) {
    let read = try file.read(at: offset, count: blockSize)
    isAtEnd = read.isEmpty
    offset += Int64(read.count)
    block += read
  }
}
