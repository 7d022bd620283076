// SPDX-License-Identifier: Apache-2.0

/// The bytes that phrases begin with, looked for eight at a time: those of ASCII as one range, all others
/// as one class.
///
/// It tells where a phrase may begin, and never misses one. Names begin with capital letters, of which a
/// text has few.
package struct FirstBytes: Sendable {
  /// In each byte of a word: 0x80 less the smallest byte, and 0x80 more than the largest one.
  private let low: UInt64
  private let high: UInt64
  /// The top bit of each byte, where a byte beyond ASCII is one of them.
  private let beyond: UInt64

  private static let each: UInt64 = 0x0101_0101_0101_0101
  private static let tops: UInt64 = 0x8080_8080_8080_8080

  /// Marks of eight bytes that are all looked at.
  package static let all = tops

  package init(_ bytes: some Sequence<UInt8>) {
    var least: UInt8 = 0x7F
    var most: UInt8 = 0
    var isBeyond = false
    for byte in bytes {
      guard byte < 0x80 else {
        isBeyond = true
        continue
      }
      least = min(least, byte)
      most = max(most, byte)
    }
    low = UInt64(0x80 - least) &* Self.each
    high = UInt64(0x80 + most) &* Self.each
    beyond = isBeyond ? Self.tops : 0
  }

  /// The top bit of each byte of a word that may begin a phrase.
  ///
  /// With seven bits of a byte in eight, neither the sum nor the difference reaches the next byte: the sum
  /// has the top bit from the smallest byte on, the difference up to the largest one.
  @inline(__always)
  package func marks(_ word: UInt64) -> UInt64 {
    let seven = word & ~Self.tops
    return (seven &+ low) & (high &- seven) & ~word & Self.tops | word & beyond
  }
}
