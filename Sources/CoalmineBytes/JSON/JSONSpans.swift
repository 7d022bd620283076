// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Where the parts of a JSON text stand, as ranges of its bytes.
///
/// A planted record is another record's bytes with one string exchanged. Reading and writing JSON
/// would turn `1.10` into `1.1` and reorder keys; ranges leave all of it as it was.
///
/// The text must be valid JSON: the survey parsed every line strictly before any range is taken.
/// On anything else the functions give `nil`, never a wrong place outside the bytes.
package enum JSONSpans {
  /// A key and its value.
  package struct Member: Equatable {
    /// Between the quotes, escapes as they stand.
    package let key: Range<Int>
    package let value: Range<Int>
  }

  /// The members of the object that begins at `start`, in order, repeated keys included.
  package static func members(ofObjectAt start: Int, in bytes: [UInt8]) -> [Member]? {
    guard let open = skipBlank(start, bytes), bytes[open] == UInt8(ascii: "{") else { return nil }
    var members: [Member] = []
    members.reserveCapacity(4)
    guard var position = skipBlank(open + 1, bytes) else { return nil }
    if bytes[position] == UInt8(ascii: "}") { return [] }
    while true {
      guard bytes[position] == UInt8(ascii: "\""), let keyEnd = end(ofValueAt: position, in: bytes),
        let colon = skipBlank(keyEnd, bytes), bytes[colon] == UInt8(ascii: ":"),
        let value = skipBlank(colon + 1, bytes), let valueEnd = end(ofValueAt: value, in: bytes),
        let after = skipBlank(valueEnd, bytes)
      else { return nil }
      members.append(Member(key: position + 1..<keyEnd - 1, value: value..<valueEnd))
      if bytes[after] == UInt8(ascii: "}") { return members }
      guard bytes[after] == UInt8(ascii: ","), let next = skipBlank(after + 1, bytes) else {
        return nil
      }
      position = next
    }
  }

  /// The elements of the array that begins at `start`.
  package static func elements(ofArrayAt start: Int, in bytes: [UInt8]) -> [Range<Int>]? {
    guard start < bytes.count, bytes[start] == UInt8(ascii: "[") else { return nil }
    var elements: [Range<Int>] = []
    guard var position = skipBlank(start + 1, bytes) else { return nil }
    if bytes[position] == UInt8(ascii: "]") { return [] }
    while true {
      guard let valueEnd = end(ofValueAt: position, in: bytes),
        let after = skipBlank(valueEnd, bytes)
      else { return nil }
      elements.append(position..<valueEnd)
      if bytes[after] == UInt8(ascii: "]") { return elements }
      guard bytes[after] == UInt8(ascii: ","), let next = skipBlank(after + 1, bytes) else {
        return nil
      }
      position = next
    }
  }

  /// One past the last byte of the value that begins at `start`.
  package static func end(ofValueAt start: Int, in bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBufferPointer { end(ofValueAt: start, in: $0) }
  }

  private static func end(ofValueAt start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    guard start < bytes.count else { return nil }
    var position = start
    switch bytes[start] {
    case UInt8(ascii: "\""): return end(ofStringAt: start, in: bytes)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      var depth = 0
      while position < bytes.count {
        switch bytes[position] {
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
          depth -= 1
          if depth == 0 { return position + 1 }
        case UInt8(ascii: "\""):
          guard let stringEnd = end(ofStringAt: position, in: bytes) else { return nil }
          position = stringEnd
          continue
        default: break
        }
        position += 1
      }
      return nil
    default:
      while position < bytes.count, !endsScalar(bytes[position]) { position += 1 }
      return position > start ? position : nil
    }
  }

  /// One past the closing quote of the string that opens at `start`.
  ///
  /// A quote is escaped where an odd number of backslashes stands right before it.
  private static func end(ofStringAt start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let base = bytes.baseAddress else { return nil }
    var from = start + 1
    while from < bytes.count,
      let found = memchr(base + from, Int32(UInt8(ascii: "\"")), bytes.count - from)
    {
      let quote = UnsafeRawPointer(base).distance(to: found)
      var first = quote
      while first > from, bytes[first - 1] == UInt8(ascii: "\\") { first -= 1 }
      if (quote - first) % 2 == 0 { return quote + 1 }
      from = quote + 1
    }
    return nil
  }

  /// What a string means, `range` with its quotes; `nil` where it is no string.
  package static func string(_ range: Range<Int>, in bytes: [UInt8]) -> [UInt8]? {
    guard range.count >= 2, bytes[range.lowerBound] == UInt8(ascii: "\"") else { return nil }
    return decoded(range.lowerBound + 1..<range.upperBound - 1, in: bytes)
      // Whatever is unusual is left to the parser: half of a pair of surrogates, an unknown escape.
      ?? (try? JSONDocument(parsing: Array(bytes[range])).root.stringBytes)
  }

  /// The value behind a path of keys, from the outermost object on; the last of repeated keys.
  package static func value(at path: [String], in bytes: [UInt8]) -> Range<Int>? {
    var start = 0
    var found: Range<Int>?
    for key in path {
      found =
        members(ofObjectAt: start, in: bytes)?
        .last { name(of: $0, in: bytes) == Array(key.utf8) }?.value
      guard let found else { return nil }
      start = found.lowerBound
    }
    return found
  }

  /// Whether the member has this name, escapes decoded.
  package static func name(of member: Member, in bytes: [UInt8]) -> [UInt8] {
    string(member.key.lowerBound - 1..<member.key.upperBound + 1, in: bytes) ?? []
  }

  private static func skipBlank(_ start: Int, _ bytes: [UInt8]) -> Int? {
    var position = start
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return position
      }
    }
    return nil
  }

  private static func endsScalar(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), 0x20, 0x09, 0x0A, 0x0D: true
    default: false
    }
  }
}

extension JSONSpans {
  /// The deepest nesting of arrays and objects, brackets in strings left out.
  package static func depth(of bytes: [UInt8]) -> Int {
    var depth = 0
    var deepest = 0
    var position = 0
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        deepest = max(deepest, depth)
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "\""):
        guard let stringEnd = end(ofValueAt: position, in: bytes) else { return deepest }
        position = stringEnd
        continue
      default: break
      }
      position += 1
    }
    return deepest
  }

  /// Whether a `\u` escape is one half of a pair and the other half does not stand beside it.
  package static func holdsLoneSurrogate(_ bytes: [UInt8]) -> Bool {
    var position = 0
    while position < bytes.count {
      guard bytes[position] == UInt8(ascii: "\\") else {
        position += 1
        continue
      }
      guard let unit = escapedUnit(in: bytes, at: position), (0xD800...0xDFFF).contains(unit) else {
        position += 2
        continue
      }
      guard unit < 0xDC00, let next = escapedUnit(in: bytes, at: position + 6),
        (0xDC00...0xDFFF).contains(next)
      else { return true }
      position += 12
    }
    return false
  }

  /// The number in `\uXXXX`; `nil` where no such escape stands there.
  package static func escapedUnit(in bytes: [UInt8], at position: Int) -> UInt16? {
    guard position + 6 <= bytes.count, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    else { return nil }
    return ASCIIDigits.value(bytes, position + 2, 4).map { UInt16($0) }
  }
}
