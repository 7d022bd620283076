// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// One JSON array whose elements are the records, on one line or on many.
struct JSONArrayCodec: RecordCodec {
  static let format = CorpusFormat.jsonArray
  static let unit = "element"
  static let limit = 16 << 20
  static let boundary = RecordBoundary.separated
  let syntax = RecordSyntax.json

  init(_ file: CorpusFile) {}

  func reader(_ file: CorpusFile, limit: Int) -> any RecordReader {
    JSONArrayReader(file, limit: limit)
  }

  func validity(
    _ record: [UInt8], path: String, number: Int
  ) throws(CoalmineError) -> RecordValidity {
    // The opening bracket is the first piece.
    try RecordValidity(record, path, element: number - 1)
  }

  func bare(_ planted: [UInt8]) -> [UInt8] {
    func isBetween(_ byte: UInt8) -> Bool {
      byte == 0x2C || byte == 0x0A || CorpusFormat.isBlank(byte)
    }
    return Array(planted.drop(while: isBetween).reversed().drop(while: isBetween).reversed())
  }
}

/// The elements of an array, one after another; the file is never held.
///
/// ```
/// [ LF   {…}   , LF {…}   LF ]          pieces: opening, element, element with its lead, closing
/// ```
struct JSONArrayReader: RecordReader {
  private let file: CorpusFile
  private let limit: Int
  private let blockSize: Int
  private var block: [UInt8] = []
  /// The first byte of the block that was not given out.
  private var start = 0
  /// Where the next block begins in the file.
  private var offset: Int64 = 0
  private var elements = 0
  private var state = State.opening

  private enum State { case opening, elements, closed }

  init(_ file: CorpusFile, limit: Int, blockSize: Int = 1 << 18) {
    self.file = file
    self.limit = limit
    self.blockSize = blockSize
  }

  mutating func next() throws(CoalmineError) -> CorpusLine? {
    switch state {
    case .opening: return try opening()
    case .elements: return try element()
    case .closed: return nil
    }
  }

  private mutating func opening() throws(CoalmineError) -> CorpusLine? {
    var end = 0
    _ = try has(3)
    guard !block.isEmpty else {
      state = .closed
      return nil
    }
    let mark = block.starts(with: CorpusFormat.byteOrderMark) ? CorpusFormat.byteOrderMark : []
    end = try skipWhite(from: mark.count)
    guard try has(end + 1) else {
      state = .closed
      return piece(end, mark: mark)
    }
    guard block[start + end] == UInt8(ascii: "[") else {
      throw fault("does not begin with '[': it is no JSON array")
    }
    end = try skipWhite(from: end + 1)
    state = .elements
    return piece(end, mark: mark)
  }

  private mutating func element() throws(CoalmineError) -> CorpusLine? {
    var position = try skipWhite(from: 0)
    guard try has(position + 1) else { throw fault("ends before its ']'") }
    if block[start + position] == UInt8(ascii: "]") { return try closing(position + 1) }
    if elements > 0 {
      guard block[start + position] == UInt8(ascii: ",") else {
        throw fault("has no comma after element \(elements)")
      }
      position = try skipWhite(from: position + 1)
    }
    let lead = position
    var scan = ValueScan()
    while true {
      if let length = scan.length(in: block, from: start + lead) {
        elements += 1
        guard length > 0 else { throw fault("has no value where element \(elements) should be") }
        let whole = piece(lead + length, mark: [])
        return CorpusLine(
          part: .whole, offset: whole.offset, mark: [], lead: Array(whole.content.prefix(lead)),
          content: Array(whole.content.dropFirst(lead)), ending: [], isRecord: true)
      }
      guard block.count - start - lead <= limit else {
        throw CoalmineError(
          code: "corpus-line-too-long",
          "\(terminalSafe(file.path)): element \(elements + 1), which begins at byte "
            + "\(self.position + Int64(lead)), is longer than \(CorpusLine.size(limit))",
          help: "leave a record of this size out of the corpus", exit: .badData)
      }
      guard try more() else { throw fault("ends within element \(elements + 1)") }
    }
  }

  private mutating func closing(_ count: Int) throws(CoalmineError) -> CorpusLine {
    let end = try skipWhite(from: count)
    guard try !has(end + 1) else { throw fault("goes on after its ']'") }
    state = .closed
    return piece(end, mark: [])
  }

  /// Where the first byte that was not given out stands in the file.
  private var position: Int64 { offset - Int64(block.count - start) }

  /// Whether that many bytes are left; reads them.
  private mutating func has(_ count: Int) throws(CoalmineError) -> Bool {
    while block.count - start < count {
      guard try more() else { return false }
    }
    return true
  }

  private mutating func more() throws(CoalmineError) -> Bool {
    let read = try file.read(at: offset, count: blockSize)
    guard !read.isEmpty else { return false }
    offset += Int64(read.count)
    if start > 0 {
      block.removeFirst(start)
      start = 0
    }
    block += read
    return true
  }

  /// The first byte from there on that is not white, counted from ``start``.
  private mutating func skipWhite(from: Int) throws(CoalmineError) -> Int {
    var end = from
    while try has(end + 1) {
      let byte = block[start + end]
      guard byte == 0x0A || CorpusFormat.isBlank(byte) else { break }
      end += 1
    }
    return end
  }

  /// Gives bytes out.
  private mutating func piece(_ count: Int, mark: [UInt8]) -> CorpusLine {
    let line = CorpusLine(
      part: .whole, offset: position, mark: mark,
      content: Array(block[start + mark.count..<start + count]), ending: [], isRecord: false)
    start += count
    return line
  }

  private func fault(_ what: String) -> CoalmineError {
    CoalmineError(
      code: "bad-json-array", "'\(terminalSafe(file.path))' \(what)",
      help: "correct the file: 'jq . FILE' says where it is not JSON", exit: .badData)
  }
}

/// Where a JSON value ends, found piece by piece.
private struct ValueScan {
  private var read = 0
  private var depth = 0
  private var isInString = false
  private var isEscaped = false

  /// - Returns: the length of the value; `nil` where its end was not read yet. A value that is
  ///   neither object, list nor string ends before white space, a comma or a bracket.
  mutating func length(in bytes: [UInt8], from start: Int) -> Int? {
    bytes.withUnsafeBufferPointer { bytes in
      while start + read < bytes.count {
        let byte = bytes[start + read]
        if isInString {
          read += 1
          if isEscaped {
            isEscaped = false
          } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
          } else if byte == UInt8(ascii: "\"") {
            isInString = false
            if depth == 0 { return read }
          }
          continue
        }
        switch byte {
        case UInt8(ascii: "\""):
          isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["):
          depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
          if depth == 0 { return read }
          depth -= 1
          if depth == 0 { return read + 1 }
        case UInt8(ascii: ","), 0x20, 0x09, 0x0A, 0x0D:
          if depth == 0 { return read }
        default: break
        }
        read += 1
      }
      return nil
    }
  }
}
