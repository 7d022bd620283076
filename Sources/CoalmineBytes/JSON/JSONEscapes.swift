// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension JSONSpans {
  /// The bytes between the quotes of a string with its escapes decoded; `nil` where one of them is not
  /// valid.
  ///
  /// Every record of a corpus is read for its text, so this copies what stands between two escapes at
  /// once and makes no document.
  ///
  /// - Complexity: O(bytes).
  static func decoded(_ range: Range<Int>, in bytes: [UInt8]) -> [UInt8]? {
    bytes.withUnsafeBufferPointer { bytes -> [UInt8]? in
      guard let base = bytes.baseAddress else { return nil }
      var isValid = true
      // No escape is shorter than what it means.
      let text = [UInt8](unsafeUninitializedCapacity: range.count) { text, count in
        guard let target = text.baseAddress else { return }
        var position = range.lowerBound
        while position < range.upperBound {
          let found = memchr(
            base + position, Int32(UInt8(ascii: "\\")), range.upperBound - position)
          let next = found.map { UnsafeRawPointer(base).distance(to: $0) } ?? range.upperBound
          memcpy(target + count, base + position, next - position)
          count += next - position
          guard next < range.upperBound else { return }
          guard let (scalar, length) = escape(at: next, of: bytes, before: range.upperBound) else {
            isValid = false
            return
          }
          for byte in UTF8.encode(scalar) ?? .init() {
            target[count] = byte
            count += 1
          }
          position = next + length
        }
      }
      return isValid ? text : nil
    }
  }

  /// What the escape that begins at `start` stands for, and how long it is in bytes.
  private static func escape(
    at start: Int, of bytes: UnsafeBufferPointer<UInt8>, before end: Int
  ) -> (Unicode.Scalar, Int)? {
    guard start + 1 < end else { return nil }
    switch bytes[start + 1] {
    case UInt8(ascii: "n"): return ("\n", 2)
    case UInt8(ascii: "\""): return ("\"", 2)
    case UInt8(ascii: "\\"): return ("\\", 2)
    case UInt8(ascii: "t"): return ("\t", 2)
    case UInt8(ascii: "r"): return ("\r", 2)
    case UInt8(ascii: "/"): return ("/", 2)
    case UInt8(ascii: "b"): return ("\u{8}", 2)
    case UInt8(ascii: "f"): return ("\u{C}", 2)
    case UInt8(ascii: "u"): break
    default: return nil
    }
    guard let first = unit(at: start, of: bytes, before: end) else { return nil }
    if let scalar = Unicode.Scalar(first) { return (scalar, 6) }
    guard (0xD800..<0xDC00).contains(first),
      let second = unit(at: start + 6, of: bytes, before: end), (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { return nil }
    return (scalar, 12)
  }

  /// The number in `\uXXXX`.
  private static func unit(
    at start: Int, of bytes: UnsafeBufferPointer<UInt8>, before end: Int
  ) -> UInt32? {
    guard start + 6 <= end, bytes[start] == UInt8(ascii: "\\"),
      bytes[start + 1] == UInt8(ascii: "u")
    else { return nil }
    return ASCIIDigits.value(bytes, start + 2, 4)
  }
}
