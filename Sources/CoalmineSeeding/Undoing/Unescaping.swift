// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// Undoes what writers of JSON and CSV do to a text, so that it can be found however it was written.
enum Unescaping {
  /// The bytes with JSON's escapes decoded, wherever they stand: `\/`, `\"`, `\u00e9`.
  ///
  /// What is no escape stays. Half of a pair of surrogates becomes U+FFFD.
  static func json(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(UInt8(ascii: "\\")) else { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var position = 0
    while position < bytes.count {
      guard bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count else {
        result.append(bytes[position])
        position += 1
        continue
      }
      let escape = bytes[position + 1]
      switch escape {
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0C)
      case UInt8(ascii: "u"):
        if let (scalar, length) = scalar(at: position, in: bytes) {
          result += Array(String(Character(scalar)).utf8)
          position += length
          continue
        }
        result += [UInt8(ascii: "\\"), escape]
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(escape)
      default: result += [UInt8(ascii: "\\"), escape]
      }
      position += 2
    }
    return result
  }

  /// The bytes with escapes decoded, and those that were escaped themselves.
  ///
  /// Of a text without two backslashes in a row it is the same whether the text or JSON with it is read.
  static func twice(_ bytes: [UInt8]) -> [UInt8] { json(json(bytes)) }

  /// The bytes with each doubled quote as one.
  static func table(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var isSecond = false
    for byte in bytes {
      isSecond = byte == UInt8(ascii: "\"") && result.last == byte && !isSecond
      if !isSecond { result.append(byte) }
    }
    return result
  }

  private static func scalar(at position: Int, in bytes: [UInt8]) -> (Unicode.Scalar, Int)? {
    guard let first = JSONSpans.escapedUnit(in: bytes, at: position) else { return nil }
    guard (0xD800...0xDFFF).contains(first) else {
      return Unicode.Scalar(UInt32(first)).map { ($0, 6) }
    }
    guard first < 0xDC00, let second = JSONSpans.escapedUnit(in: bytes, at: position + 6),
      (0xDC00...0xDFFF).contains(second)
    else { return ("\u{FFFD}", 6) }
    let value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
    return Unicode.Scalar(value).map { ($0, 12) }
  }
}
