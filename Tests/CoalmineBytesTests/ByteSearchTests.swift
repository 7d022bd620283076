// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Testing

@Suite struct `Byte search` {
  /// Every place, tried in turn.
  static func naive(_ needle: [UInt8], _ bytes: [UInt8]) -> Range<Int>? {
    guard !needle.isEmpty, needle.count <= bytes.count else { return nil }
    for start in 0...(bytes.count - needle.count)
    where Array(bytes[start..<(start + needle.count)]) == needle {
      return start..<(start + needle.count)
    }
    return nil
  }

  @Test func `random bytes of small alphabets agree with trying every place`() {
    var state: UInt64 = 11
    func draw(_ bound: UInt64) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1
      return Int((state >> 33) % bound)
    }
    var found = 0
    for _ in 0..<20_000 {
      let alphabet = UInt64(1 + draw(4))
      let bytes = (0..<draw(40)).map { _ in UInt8(draw(alphabet)) }
      let needle = (0..<draw(8)).map { _ in UInt8(draw(alphabet)) }
      let expected = Self.naive(needle, bytes)
      if expected != nil { found += 1 }
      #expect(ByteSearch.firstRange(of: needle, in: bytes) == expected)
      #expect(ByteSearch.contains(bytes, needle) == (expected != nil))
    }
    #expect(found > 5_000 && found < 15_000)
  }

  @Test func `an empty needle is nowhere, a whole text is in itself`() {
    #expect(ByteSearch.firstRange(of: [], in: []) == nil)
    #expect(ByteSearch.firstRange(of: [], in: [1]) == nil)
    #expect(ByteSearch.firstRange(of: [1], in: []) == nil)
    #expect(ByteSearch.firstRange(of: [0, 0], in: [0, 0]) == 0..<2)
    #expect(ByteSearch.firstRange(of: [0, 0, 0], in: [0, 0]) == nil)
  }

  @Test func `bytes are found whatever Unicode makes of them`() {
    let leak = Array("the code is 302557\u{301}!".utf8)
    #expect(ByteSearch.contains(leak, Array("302557".utf8)))
    #expect(!ByteSearch.contains(Array("Zoe\u{308}".utf8), Array("Zoë".utf8)))
    #expect(ByteSearch.firstRange(of: [0xFF, 0], in: [0xC3, 0xFF, 0, 0xFF]) == 1..<3)
  }

  @Test func `a text made against naive search stays linear`() {
    let bytes = [UInt8](repeating: 0x61, count: 2_000_000)
    let needle = [UInt8](repeating: 0x61, count: 100_000) + [0x62]
    #expect(!ByteSearch.contains(bytes, needle))
  }
}
