// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Plain text whose records have blank lines between them. A blank line within a fenced block of
/// Markdown separates nothing.
struct ParagraphsCodec: RecordCodec {
  static let format = CorpusFormat.paragraphs
  static let unit = "paragraph"
  static let limit = 16 << 20
  static let boundary = RecordBoundary.separated
  let syntax = RecordSyntax.text

  init(_ file: CorpusFile) {}

  func reader(_ file: CorpusFile, limit: Int) -> any RecordReader {
    ParagraphReader(file, limit: limit)
  }

  func validity(_ record: [UInt8], path: String, number: Int) -> RecordValidity {
    RecordValidity(plainText: record)
  }
}

/// Paragraphs, each with the blank lines before it.
struct ParagraphReader: RecordReader {
  private var lines: CorpusReader
  private let path: String
  private let limit: Int
  /// Line breaks and blank lines that belong to the next piece.
  private var lead: [UInt8] = []

  init(_ file: CorpusFile, limit: Int) {
    lines = CorpusReader(file, limit: limit)
    path = file.path
    self.limit = limit
  }

  mutating func next() throws(CoalmineError) -> CorpusLine? {
    var mark: [UInt8] = []
    var before = lead
    lead = []
    var content: [UInt8] = []
    var start: Int64?
    var fence: [UInt8]?
    while let line = try lines.next() {
      guard line.part == .whole, content.count + line.content.count <= limit else {
        throw CoalmineError(
          code: "corpus-line-too-long",
          "\(terminalSafe(path)): the paragraph that begins at byte \(start ?? line.offset) is "
            + "longer than \(CorpusLine.size(limit))",
          help: "say '--format text' if each line is a record", exit: .badData)
      }
      if !line.mark.isEmpty { mark = line.mark }
      start = start ?? line.offset - Int64(before.count)
      if line.isRecord {
        if !content.isEmpty {
          content += lead
          lead = []
        }
        content += line.content
        lead = line.ending
        fence = Self.fence(after: line.content, within: fence)
      } else if content.isEmpty {
        before += line.content + line.ending
      } else {
        lead += line.content + line.ending
        if fence == nil { break }
      }
    }
    guard let start else {
      guard !before.isEmpty else { return nil }
      return CorpusLine(
        part: .whole, offset: 0, mark: [], content: before, ending: [], isRecord: false)
    }
    // A block that is never closed ends where the file does.
    var paragraph = CorpusLine(
      part: .whole, offset: start, mark: mark, content: content.isEmpty ? before : content,
      ending: [], isRecord: !content.isEmpty)
    if !content.isEmpty { paragraph.lead = before }
    return paragraph
  }

  /// The fence of the block that is open after a line.
  private static func fence(after line: [UInt8], within open: [UInt8]?) -> [UInt8]? {
    let text = line.drop { $0 == 0x20 }
    guard let open else {
      return ["```", "~~~"].map { Array($0.utf8) }.first { text.starts(with: $0) }
    }
    let isClosing =
      text.starts(with: open)
      && text.allSatisfy { $0 == open[0] || CorpusFormat.isBlank($0) }
    return isClosing ? nil : open
  }
}
