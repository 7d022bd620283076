// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// The members of an object one after another, without a list of them.
///
/// The text of every record of a corpus is read, most of them to be copied only: a list per turn would take
/// longer than the reading.
///
/// `next()` gives the members; where `end` is `nil` after the last one, it was no whole object.
package struct MemberWalk {
  private let bytes: [UInt8]
  /// Where the next key begins; `nil` behind the last member.
  private var position: Int?
  /// One past the bracket that closes the object, once every member was given; else `nil`.
  package private(set) var end: Int?

  /// - Returns: `nil` where no object begins there.
  package init?(of bytes: [UInt8], objectAt start: Int) {
    self.bytes = bytes
    let open = Self.skipBlank(start, bytes)
    guard open < bytes.count, bytes[open] == UInt8(ascii: "{") else { return nil }
    let first = Self.skipBlank(open + 1, bytes)
    if first < bytes.count, bytes[first] == UInt8(ascii: "}") {
      end = first + 1
    } else {
      position = first
    }
  }

  /// The next key, without its quotes and with escapes as they stand, and its value; `nil` behind the last
  /// one, and where the text is no JSON.
  ///
  /// - Complexity: O(bytes of the member).
  package mutating func next() -> (key: Range<Int>, value: Range<Int>)? {
    guard let start = position, start < bytes.count, bytes[start] == UInt8(ascii: "\"") else {
      return nil
    }
    position = nil
    guard let keyEnd = JSONSpans.end(ofValueAt: start, in: bytes) else { return nil }
    let colon = Self.skipBlank(keyEnd, bytes)
    guard colon < bytes.count, bytes[colon] == UInt8(ascii: ":") else { return nil }
    let value = Self.skipBlank(colon + 1, bytes)
    guard let valueEnd = JSONSpans.end(ofValueAt: value, in: bytes) else { return nil }
    let after = Self.skipBlank(valueEnd, bytes)
    guard after < bytes.count else { return nil }
    switch bytes[after] {
    case UInt8(ascii: ","): position = Self.skipBlank(after + 1, bytes)
    case UInt8(ascii: "}"): end = after + 1
    default: return nil
    }
    return (start + 1..<keyEnd - 1, value..<valueEnd)
  }

  /// The first place that is no white space; the number of bytes where there is none.
  static func skipBlank(_ start: Int, _ bytes: [UInt8]) -> Int {
    var place = start
    while place < bytes.count {
      switch bytes[place] {
      case 0x20, 0x09, 0x0A, 0x0D: place += 1
      default: return place
      }
    }
    return place
  }
}
