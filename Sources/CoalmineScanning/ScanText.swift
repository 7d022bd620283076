// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// Text in the form in which it is searched: ASCII letters small, white space left out, and, in the
/// second reading, escapes and full-width characters replaced by what they stand for.
///
/// Every byte that comes out knows where in the input it began and ended.
struct ScanText {
  /// The longest escape that is read, in bytes: a decision needs no more of the text before it.
  static let lookahead = 16

  /// What a byte becomes where nothing is decoded; 0 for white space.
  static let fold: [UInt8] = (0...255).map { value in
    switch UInt8(value) {
    case 0x41...0x5A: UInt8(value) + 32
    case 0x20, 0x09...0x0D: 0
    default: UInt8(value)
    }
  }

  /// `bytes` with small letters and without white space.
  static func folded(_ bytes: [UInt8]) -> [UInt8] {
    bytes.map { fold[Int($0)] }.filter { $0 != 0 }
  }

  /// ``folded(_:)`` with escapes decoded.
  static func decoded(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    bytes.withUnsafeBufferPointer { buffer in
      var place = 0
      while place < buffer.count {
        let (length, scalar) = unit(buffer, place)
        emit(scalar) { result.append($0) }
        place += length
      }
    }
    return result
  }

  /// Whether a byte may begin more than itself; `coalmine_fold` stops at the same ones.
  @inline(__always)
  static func opens(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x25, 0x26, 0x5C, 0xC2, 0xE2, 0xE3, 0xEF: true
    default: false
    }
  }

  /// What stands at `place`: how many bytes it takes, and its code point, or a byte from 0x80 on
  /// that is passed on as it is, with ``rawByte`` added.
  @inline(__always)
  static func unit(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> (Int, UInt32) {
    let byte = text[place]
    switch byte {
    case UInt8(ascii: "\\"): return backslash(text, place)
    case UInt8(ascii: "%"): return percent(text, place)
    case UInt8(ascii: "&"): return entity(text, place)
    case 0xC2, 0xE2, 0xE3, 0xEF: return wide(text, place)
    case 0x80...: return (1, rawByte | UInt32(byte))
    default: return (1, UInt32(byte))
    }
  }

  static let rawByte: UInt32 = 1 << 30

  /// Whether what ``unit(_:_:)`` gave for a byte is something else than its bytes are without decoding.
  @inline(__always)
  static func changes(_ byte: UInt8, _ length: Int, _ scalar: UInt32) -> Bool {
    guard length > 1 else { return false }
    return byte < 0x80 || isBlank(scalar) || 0xFF01...0xFF5E ~= scalar
  }

  /// White space beyond ASCII, and what has no width.
  @inline(__always)
  private static func isBlank(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0xA0, 0x2000...0x200D, 0x202F, 0x2060, 0x3000, 0xFEFF: true
    default: false
    }
  }

  /// Gives the bytes of a code point: nothing for white space, ASCII for full width.
  @inline(__always)
  static func emit(_ scalar: UInt32, _ append: (UInt8) -> Void) {
    var scalar = scalar
    if scalar & rawByte != 0 { return append(UInt8(truncatingIfNeeded: scalar)) }
    if scalar >= 0xFF01, scalar <= 0xFF5E { scalar -= 0xFEE0 }
    if scalar < 0x80 {
      let byte = fold[Int(scalar)]
      if byte != 0 { append(byte) }
      return
    }
    guard !isBlank(scalar), let character = Unicode.Scalar(scalar) else { return }
    for byte in UTF8.encode(character) ?? UTF8.encodedReplacementCharacter { append(byte) }
  }

  /// `\uXXXX`, `\xXX` and the escapes of one letter in JSON and C.
  private static func backslash(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> (Int, UInt32) {
    guard place + 1 < text.count else { return (1, 0x5C) }
    switch text[place + 1] {
    case UInt8(ascii: "u"):
      guard let value = ASCIIDigits.value(text, place + 2, 4) else { return (1, 0x5C) }
      return (6, value)
    case UInt8(ascii: "x"):
      guard let value = ASCIIDigits.value(text, place + 2, 2) else { return (1, 0x5C) }
      return (4, value < 0x80 ? value : rawByte | value)
    case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"): return (2, 0x20)
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "/"), UInt8(ascii: "\\"):
      return (2, UInt32(text[place + 1]))
    default: return (1, 0x5C)
    }
  }

  private static func percent(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> (Int, UInt32) {
    guard let value = ASCIIDigits.value(text, place + 1, 2) else { return (1, 0x25) }
    return (3, value < 0x80 ? value : rawByte | value)
  }

  /// `&#65;`, `&#x41;` with up to six digits, and the five names of XML and `&nbsp;`.
  private static func entity(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> (Int, UInt32) {
    for (name, scalar) in names where starts(text, place + 1, name) {
      return (1 + name.count, scalar)
    }
    guard place + 3 < text.count, text[place + 1] == UInt8(ascii: "#") else { return (1, 0x26) }
    let isHexadecimal = text[place + 2] | 0x20 == UInt8(ascii: "x")
    let start = place + (isHexadecimal ? 3 : 2)
    for count in 1...6 where start + count < text.count {
      guard text[start + count] == UInt8(ascii: ";") else { continue }
      guard let value = ASCIIDigits.value(text, start, count, radix: isHexadecimal ? 16 : 10)
      else { break }
      return (start + count + 1 - place, value)
    }
    return (1, 0x26)
  }

  private static let names: [([UInt8], UInt32)] = [
    (Array("amp;".utf8), 0x26), (Array("lt;".utf8), 0x3C), (Array("gt;".utf8), 0x3E),
    (Array("quot;".utf8), 0x22), (Array("apos;".utf8), 0x27), (Array("nbsp;".utf8), 0xA0),
  ]

  private static func starts(
    _ text: UnsafeBufferPointer<UInt8>, _ place: Int, _ word: [UInt8]
  ) -> Bool {
    place + word.count <= text.count && word.indices.allSatisfy { text[place + $0] == word[$0] }
  }

  /// A character of two or three bytes that may be white space or full width.
  private static func wide(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> (Int, UInt32) {
    let lead = text[place]
    let asIs = (1, rawByte | UInt32(lead))
    let length = lead == 0xC2 ? 2 : 3
    guard place + length <= text.count else { return asIs }
    var scalar = UInt32(lead & (length == 2 ? 0x1F : 0x0F))
    for offset in 1..<length {
      let byte = text[place + offset]
      guard byte & 0xC0 == 0x80 else { return asIs }
      scalar = scalar << 6 | UInt32(byte & 0x3F)
    }
    return (length, scalar)
  }
}
