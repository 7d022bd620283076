// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The lines of a file from its start on, cut at LF and nowhere else.
///
/// U+2028, U+0085 and a lone CR are content: a reader that cuts there breaks records in two.
///
/// A line within the limit comes whole. A longer one comes in pieces, and is never held:
///
/// ```
/// aaaaaaaaaaaa CR LF        first: aaaaa   middle: aaaaa   last: aa, ending CR LF
/// ```
///
/// A CR at the end of a piece is held back for the next one, so that CR LF is not split.
///
/// - Complexity: O(bytes); memory for a block and the longest line within the limit.
package struct CorpusReader {
  private let file: CorpusFile
  private let limit: Int
  private let blockSize: Int
  private var block: [UInt8] = []
  /// The first byte of the block that was not given out.
  private var start = 0
  /// Where the next block begins in the file.
  private var offset: Int64 = 0
  /// A long line that was given out in part.
  private var open: OpenLine?

  private struct OpenLine {
    let isRecord: Bool
    /// Whether a CR was read and not given out yet.
    var holdsCarriageReturn = false
  }

  /// - Parameters:
  ///   - limit: the longest line, in bytes without its line break, that comes whole; 1 at least.
  ///   - blockSize: how much is read at once, in bytes.
  package init(_ file: CorpusFile, limit: Int, blockSize: Int = 1 << 18) {
    self.file = file
    self.limit = max(1, limit)
    self.blockSize = blockSize
  }

  /// The next line, or the next piece of a long one; `nil` at the end.
  package mutating func next() throws(CoalmineError) -> CorpusLine? {
    if let open { return try piece(of: open, mark: []) }
    // A range that begins later has lines alone.
    let mark = offset == 0 && file.start == 0 ? try readMark() : []
    try fill()
    guard start < block.count else {
      guard !mark.isEmpty else { return nil }
      return CorpusLine(
        part: .whole, offset: 0, mark: mark, content: [], ending: [], isRecord: false)
    }
    if let length = try lengthWithinLimit() { return try whole(length, mark) }
    return try piece(of: OpenLine(isRecord: try !isBlankLine()), mark: mark)
  }

  /// Where the first byte that was not given out stands in the file.
  private var position: Int64 { offset - Int64(block.count - start) }

  private mutating func readMark() throws(CoalmineError) -> [UInt8] {
    let mark = try file.read(at: 0, count: CorpusFormat.byteOrderMark.count)
    guard mark == CorpusFormat.byteOrderMark else { return [] }
    offset = Int64(mark.count)
    return mark
  }

  /// Reads a block where none is left.
  private mutating func fill() throws(CoalmineError) {
    guard start == block.count else { return }
    block = try file.read(at: offset, count: blockSize)
    offset += Int64(block.count)
    start = 0
  }

  /// The length of the line with its LF; `nil` where it is longer than the limit.
  ///
  /// Looks ahead in the file and keeps nothing of it.
  private func lengthWithinLimit() throws(CoalmineError) -> Int? {
    var length = 0
    var before: UInt8 = 0
    var bytes = block
    var from = start
    var next = offset
    while true {
      if let found = Self.lineFeed(in: bytes, from: from) {
        if found > from { before = bytes[found - 1] }
        length += found - from
        return length - (before == 0x0D ? 1 : 0) <= limit ? length + 1 : nil
      }
      length += bytes.count - from
      before = bytes.last ?? before
      // One more than the limit may still be the CR of a line break.
      if length - 1 > limit { return nil }
      bytes = try file.read(at: next, count: min(blockSize, 1 << 16))
      if bytes.isEmpty { return length <= limit ? length : nil }
      next += Int64(bytes.count)
      from = 0
    }
  }

  private mutating func whole(_ length: Int, _ mark: [UInt8]) throws(CoalmineError) -> CorpusLine {
    let begin = position
    var line: [UInt8]
    if length <= block.count - start {
      line = Array(block[start..<start + length])
      start += length
    } else {
      // Read at its full length at once: a growing array would hold it twice.
      line = try file.read(at: begin, count: length)
      offset = begin + Int64(line.count)
      block = []
      start = 0
    }
    let ending = Self.removeEnding(of: &line)
    return CorpusLine(
      part: .whole, offset: begin - Int64(mark.count), mark: mark, content: line, ending: ending,
      isRecord: !line.allSatisfy(CorpusFormat.isBlank))
  }

  private mutating func piece(
    of line: OpenLine, mark: [UInt8]
  ) throws(CoalmineError) -> CorpusLine {
    let isFirst = open == nil
    try fill()
    let isAtEnd = block.isEmpty
    let begin = position - (line.holdsCarriageReturn ? 1 : 0)
    let lineFeed = Self.lineFeed(in: block, from: start)
    // A first piece no longer than the limit cannot reach the end of a line that is longer.
    let end = min(lineFeed ?? block.count, start + min(limit, blockSize))
    var content: [UInt8] = line.holdsCarriageReturn ? [0x0D] : []
    content += block[start..<end]
    start = end
    var ending: [UInt8] = []
    if end == lineFeed {
      start += 1
      content.append(0x0A)
      ending = Self.removeEnding(of: &content)
    }
    guard ending.isEmpty, !isAtEnd else {
      open = nil
      return CorpusLine(
        part: .last, offset: begin, mark: [], content: content, ending: ending,
        isRecord: line.isRecord)
    }
    let holdsCarriageReturn = content.last == 0x0D
    if holdsCarriageReturn { content.removeLast() }
    open = OpenLine(isRecord: line.isRecord, holdsCarriageReturn: holdsCarriageReturn)
    return CorpusLine(
      part: isFirst ? .first : .middle, offset: begin - Int64(mark.count), mark: mark,
      content: content, ending: [], isRecord: line.isRecord)
  }

  /// Whether nothing but white space stands before the line's end.
  private func isBlankLine() throws(CoalmineError) -> Bool {
    var bytes = block[start...]
    var next = offset
    while !bytes.isEmpty {
      if let other = bytes.first(where: { !CorpusFormat.isBlank($0) }) { return other == 0x0A }
      bytes = try file.read(at: next, count: blockSize)[...]
      next += Int64(bytes.count)
    }
    return true
  }

  /// Takes LF or CR LF off.
  private static func removeEnding(of line: inout [UInt8]) -> [UInt8] {
    guard line.last == 0x0A else { return [] }
    line.removeLast()
    guard line.last == 0x0D else { return [0x0A] }
    line.removeLast()
    return [0x0D, 0x0A]
  }

  /// The next LF.
  private static func lineFeed(in bytes: [UInt8], from start: Int) -> Int? {
    bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress,
        let found = memchr(base + start, 0x0A, bytes.count - start)
      else { return nil }
      return base.distance(to: found)
    }
  }
}
