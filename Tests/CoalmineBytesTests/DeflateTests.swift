// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Testing

/// The zlib score depends on the very lengths that Python's `zlib.compress(text)` gives.
@Suite struct `Deflate streams` {
  /// The bytes of a linear congruential generator, as the script beside the table makes them.
  static func noise(_ count: Int, mask: UInt8) -> [UInt8] {
    var state: UInt32 = 12_345
    return (0..<count).map { _ in
      state = (state &* 1_103_515_245 &+ 12_345) & 0x7FFF_FFFF
      return UInt8(truncatingIfNeeded: state >> 16) & mask
    }
  }

  /// Text, how often it is repeated, and `len(zlib.compress(text, 6))` of Python 3 with zlib 1.2.13.
  static let texts: [(text: String, times: Int, size: Int)] = [
    ("", 1, 8), ("a", 1, 9), ("a", 100, 12), ("a", 100_000, 121),
    ("The access code of Ines Dalby is 302557.", 1, 48),
    ("The access code of Ines Dalby is 302557. ", 50, 67),
    ("In the beginning God created the heaven and the earth.", 1, 54),
    ("né—語👩\u{200D}👩\u{200D}👧\n", 1, 27), ("né—語👩\u{200D}👩\u{200D}👧\n", 9, 31),
    ("0123456789", 1_000, 54), (#"{"prompt":"x","completion":" y"}"# + "\n", 37, 51),
    ("\u{0}\u{1}\u{2}\u{3}\u{7F}", 300, 25),
  ]

  @Test(arguments: texts)
  func `a text has the compressed size that Python's zlib gives it`(
    _ text: String, _ times: Int, _ size: Int
  ) {
    let bytes = Array(String(repeating: text, count: times).utf8)
    #expect(Deflate.zlibSize(of: bytes) == size)
    #expect(Deflate.compress(bytes).count == size)
  }

  /// Count, mask and size: of `state = (state * 1103515245 + 12345) & 0x7fffffff`, bits 16…23.
  static let noises: [(count: Int, mask: UInt8, size: Int)] = [
    (1, 255, 9), (2, 255, 10), (10, 255, 18), (100, 255, 111), (100, 15, 75), (100, 1, 43),
    (1_000, 255, 1_011), (1_000, 15, 559), (1_000, 1, 209), (70_000, 255, 70_031),
    (70_000, 15, 40_393), (70_000, 1, 11_215),
  ]

  @Test(arguments: noises)
  func `noise has the compressed size that Python's zlib gives it`(
    _ count: Int, _ mask: UInt8, _ size: Int
  ) {
    #expect(Deflate.zlibSize(of: Self.noise(count, mask: mask)) == size)
  }

  @Test func `what is compressed comes back, at every level`() {
    for count in [0, 1, 2, 255, 65_535, 65_536, 65_537, 200_000] {
      for mask: UInt8 in [1, 255] {
        let bytes = Self.noise(count, mask: mask)
        for level: Int32 in [0, 1, 6, 9] {
          #expect(Deflate.inflate(Deflate.compress(bytes, level: level)) == bytes)
        }
      }
    }
  }

  @Test func `a stream that is cut or flipped anywhere never yields other bytes`() {
    let bytes = Self.noise(300, mask: 15)
    let stream = Deflate.compress(bytes)
    for end in stream.indices { #expect(Deflate.inflate(Array(stream[..<end])) == nil) }
    var unseen = 0
    for position in stream.indices {
      for bit in 0..<8 {
        var damaged = stream
        damaged[position] ^= 1 << bit
        let read = Deflate.inflate(damaged)
        // Bits of the header that name the level, and those that fill the last byte before the
        // checksum, say nothing about the content.
        #expect(read == nil || read == bytes, "byte \(position), bit \(bit)")
        if read != nil { unseen += 1 }
      }
    }
    #expect(unseen <= 16)
  }

  @Test func `anything behind a stream is refused`() {
    let stream = Deflate.compress([1, 2, 3])
    #expect(Deflate.inflate(stream + [0]) == nil)
    #expect(Deflate.inflate(stream + stream) == nil)
  }

  @Test func `nothing and noise are no streams`() {
    #expect(Deflate.inflate([]) == nil)
    for count in 1..<200 { #expect(Deflate.inflate(Self.noise(count, mask: 255)) == nil) }
  }

  @Test func `a bomb ends at the limit`() {
    let bomb = Deflate.compress([UInt8](repeating: 0, count: 8 << 20))
    #expect(Deflate.inflate(bomb, limit: (8 << 20) - 1) == nil)
    #expect(Deflate.inflate(bomb, limit: 8 << 20)?.count == 8 << 20)
    #expect(Deflate.inflate(bomb, limit: 0) == nil)
    #expect(Deflate.inflate(Deflate.compress([]), limit: 0) == [])
  }
}
