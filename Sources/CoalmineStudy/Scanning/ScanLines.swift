// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The lines of an input, one after another.
struct ScanLines {
  /// A line without its end.
  struct Line {
    let bytes: [UInt8]
    /// Where it begins in the input.
    let offset: Int
    /// Counted from 1.
    let number: Int
    /// Where the next line begins.
    let next: Int
    /// Whether it has an end: the last line of a file that grows may have none yet.
    let hasEnd: Bool
  }

  /// The longest line, in bytes.
  static let limit = 256 << 20

  private let stream: ScanStream
  private let name: String
  private var buffer: [UInt8] = []
  private var position = 0
  private var offset: Int
  private var number: Int
  private var atEnd = false

  /// - Parameters:
  ///   - offset: where in the input the stream's first byte stands.
  ///   - before: how many lines stand before it.
  init(_ stream: ScanStream, of name: String, offset: Int = 0, before: Int = 0) {
    self.stream = stream
    self.name = name
    self.offset = offset
    number = before
  }

  /// The next line; `nil` at the end.
  ///
  /// - Throws: ``CoalmineError``: `scan-line-too-long`, `input-unreadable`.
  mutating func next() throws(CoalmineError) -> Line? {
    var seen = position
    while true {
      if let end = buffer[seen...].firstIndex(of: 0x0A) { return take(upTo: end, hasEnd: true) }
      if atEnd { return position < buffer.count ? take(upTo: buffer.count, hasEnd: false) : nil }
      seen = buffer.count - position
      guard seen <= Self.limit else {
        throw CoalmineError(
          code: "scan-line-too-long",
          "line \(number + 1) of '\(name)' has more than 256 MiB",
          help: "scan it as text, without '--field' and '--format'", exit: .badData)
      }
      buffer.removeFirst(position)
      position = 0
      let piece = try stream.next()
      atEnd = piece.isEmpty
      buffer += piece
    }
  }

  private mutating func take(upTo end: Int, hasEnd: Bool) -> Line {
    let bytes = Array(buffer[position..<end])
    let begin = offset
    offset += bytes.count + (hasEnd ? 1 : 0)
    position = hasEnd ? end + 1 : end
    number += 1
    return Line(bytes: bytes, offset: begin, number: number, next: offset, hasEnd: hasEnd)
  }
}
