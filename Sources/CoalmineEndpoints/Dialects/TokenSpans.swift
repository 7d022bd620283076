// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// Where each returned token stands in the text that was sent, by bytes.
///
/// ```
/// text     T h e   c o d e   i s   4 1
/// tokens   <s>|The| code| is| 41| x
/// skipped   ^                     ^ generated: outside
/// ranges       0..<3 3..<8 8..<11 11..<14 …
/// ```
package struct TokenSpans: Sendable, Equatable {
  /// Leading tokens that stand for no text, such as a beginning-of-sequence mark.
  package let skipped: Int
  /// The range of each later token; the last may reach past the text.
  package let ranges: [Range<Int>]

  /// - Parameter startsUnspelled: whether the first token stands for bytes that are not known.
  /// - Returns: `nil` where the tokens, with or without the first one, do not spell `text`.
  package init?(_ tokens: [[UInt8]], over text: [UInt8], startsUnspelled: Bool = false) {
    if startsUnspelled {
      // What the others leave of the beginning is the first one's; a mark leaves nothing.
      guard let ranges = LossySpans.ranges(tokens, over: text, unspelledFirst: true) else {
        return nil
      }
      let isMark = ranges.first?.isEmpty == true
      skipped = isMark ? 1 : 0
      self.ranges = isMark ? Array(ranges.dropFirst()) : ranges
      return
    }
    for skipped in 0...1 where tokens.count > skipped {
      let rest = Array(tokens.dropFirst(skipped))
      if let ranges = Self.exact(rest, over: text) ?? LossySpans.ranges(rest, over: text) {
        self.skipped = skipped
        self.ranges = ranges
        return
      }
    }
    return nil
  }

  private static func exact(_ tokens: [[UInt8]], over text: [UInt8]) -> [Range<Int>]? {
    var ranges: [Range<Int>] = []
    var position = 0
    for token in tokens {
      let end = position + token.count
      let expected = text[min(position, text.count)..<min(end, text.count)]
      guard token.prefix(expected.count).elementsEqual(expected) else { return nil }
      ranges.append(position..<end)
      position = end
    }
    return position >= text.count ? ranges : nil
  }
}

/// The bytes behind a token's displayed text.
package enum TokenText {
  /// `bytes:\xe2\x80` stands for bytes that are not UTF-8 on their own; all else for itself.
  package static func bytes(_ displayed: [UInt8]) -> [UInt8] {
    let mark = Array("bytes:".utf8)
    guard displayed.starts(with: mark) else { return displayed }
    var rest = displayed.dropFirst(mark.count)
    var bytes: [UInt8] = []
    while !rest.isEmpty {
      guard rest.count >= 4, rest.starts(with: Array("\\x".utf8)),
        let high = hex(rest[rest.startIndex + 2]), let low = hex(rest[rest.startIndex + 3])
      else { return displayed }
      bytes.append(high << 4 | low)
      rest = rest.dropFirst(4)
    }
    return bytes
  }

  /// A list of byte values; `nil` for anything else.
  static func listed(_ node: JSONNode) -> [UInt8]? {
    guard let values = node.elements else { return nil }
    var bytes: [UInt8] = []
    for value in values {
      guard let byte = value.int.flatMap({ UInt8(exactly: $0) }) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 97...102: byte - 87
    case 65...70: byte - 55
    default: nil
    }
  }
}
