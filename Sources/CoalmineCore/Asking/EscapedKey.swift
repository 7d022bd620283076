// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// A key, found in text however JSON or a URL spells it.
///
/// ```
/// key             a+b/c==
/// as it is        a+b/c==
/// in JSON         a\u002bb\/c\u003d\u003d       also inside a string of JSON: a\\u002bb
/// in a URL        a%2Bb%2Fc%3D%3D
/// ```
///
/// Keys hold no backslash; one that does is found as it is, and where a single one is escaped.
struct EscapedKey {
  private let key: [UInt8]
  /// The longest part of the key that escaping seldom changes.
  private let anchor: [UInt8]

  init(_ key: [UInt8]) {
    self.key = key
    var longest = 0..<0
    var start = 0
    for place in 0...key.count where place == key.count || !Self.isPlain(key[place]) {
      if place - start > longest.count { longest = start..<place }
      start = place + 1
    }
    anchor = Array(key[longest])
  }

  /// The text with each copy replaced by as many asterisks as the key has bytes.
  ///
  /// - Complexity: O(text) where it holds no copy of the anchor and no letter by its number, else
  ///   O(text · key).
  func hidden(in text: [UInt8]) -> [UInt8] {
    let canHoldCopy =
      anchor.isEmpty || ByteSearch.contains(text, anchor)
      || ByteSearch.contains(text, Array(#"\u00"#.utf8)) || text.contains(0x25)
    guard canHoldCopy else { return text }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var place = 0
    while place < text.count {
      guard let end = end(in: text, from: place) else {
        result.append(text[place])
        place += 1
        continue
      }
      result += [UInt8](repeating: 0x2A, count: key.count)
      place = end
    }
    return result
  }

  /// Where a copy that begins at a place ends.
  private func end(in text: [UInt8], from start: Int) -> Int? {
    var place = start
    for byte in key {
      guard let next = Self.after(byte, in: text, at: place) else { return nil }
      place = next
    }
    return place
  }

  /// Where a byte ends that is spelled at a place.
  private static func after(_ byte: UInt8, in text: [UInt8], at place: Int) -> Int? {
    guard place < text.count else { return nil }
    switch text[place] {
    case 0x5C:  // A backslash, or several where JSON stands in a string of JSON.
      var end = place
      while end < text.count, text[end] == 0x5C { end += 1 }
      if end < text.count, text[end] == 0x75, ASCIIDigits.value(text, end + 1, 4) == UInt32(byte) {
        return end + 5
      }
      if end < text.count, text[end] == byte { return end + 1 }
      return byte == 0x5C ? end : nil
    case 0x25 where ASCIIDigits.value(text, place + 1, 2) == UInt32(byte): return place + 3
    default: return text[place] == byte ? place + 1 : nil
    }
  }

  /// Letters and digits of ASCII, '-', '.' and '_' need no escape in JSON and URLs.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }
}
