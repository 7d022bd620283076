// SPDX-License-Identifier: Apache-2.0

/// Numbers that stand as digits in bytes of text.
///
/// ```swift
/// Array("00e9".utf8).withUnsafeBufferPointer { ASCIIDigits.value($0, 0, 4) }   // 0xE9
/// ```
package enum ASCIIDigits {
  /// The number of `count` digits from `start` on.
  ///
  /// - Parameters:
  ///   - count: of digits, at most six.
  ///   - radix: 16, or 10.
  /// - Returns: `nil` where the text ends before, or something else stands there, a sign too.
  /// - Complexity: O(`count`).
  @inlinable
  package static func value(
    _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int, radix: UInt32 = 16
  ) -> UInt32? {
    guard start + count <= text.count else { return nil }
    var value: UInt32 = 0
    for place in start..<start + count {
      let digit: UInt32
      switch text[place] {
      case 0x30...0x39: digit = UInt32(text[place]) - 0x30
      case 0x41...0x46: digit = UInt32(text[place]) - 0x37
      case 0x61...0x66: digit = UInt32(text[place]) - 0x57
      default: return nil
      }
      guard digit < radix else { return nil }
      value = value * radix + digit
    }
    return value
  }

  /// The same of an array.
  package static func value(
    _ text: [UInt8], _ start: Int, _ count: Int, radix: UInt32 = 16
  ) -> UInt32? {
    text.withUnsafeBufferPointer { value($0, start, count, radix: radix) }
  }
}
