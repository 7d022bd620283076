// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Testing

@Suite struct `The chacha8rand generator` {
  private static let published = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ123456".utf8)

  @Test func `The published seed gives the published numbers`() {
    var generator = ChaCha8Rand(seed: Self.published)
    let first = (0..<5).map { _ in generator.next() }
    #expect(
      first == [
        0xb773_b606_3d46_16a5, 0x1160_af22_a66a_bc3c, 0x8c25_99d9_418d_287c,
        0x7ee0_7e03_7edc_5cd6, 0xcfaa_9ee0_2d1c_16ad,
      ])
    // Across the first change of keys and beyond it.
    let rest = (5..<230).map { _ in generator.next() }
    #expect(rest[124 - 5] == 0x5f41_df72_e05e_0487)
    #expect(rest[125 - 5] == 0x25bd_7e1e_1ae2_6b1d)
    #expect(rest[228 - 5] == 0x6df7_97ab_dba4_e4f5)
  }

  @Test func `A copy goes on like the original, beyond several refills`() {
    var first = ChaCha8Rand(seed: Self.published)
    for _ in 0..<300 { _ = first.next() }
    var second = first
    #expect((0..<500).allSatisfy { _ in first.next() == second.next() })
  }

  @Test func `Seeds that differ in one bit share no number`() {
    var other = Self.published
    other[31] ^= 1
    var first = ChaCha8Rand(seed: Self.published)
    var second = ChaCha8Rand(seed: other)
    let left = Set((0..<1000).map { _ in first.next() })
    #expect((0..<1000).allSatisfy { _ in !left.contains(second.next()) })
  }

  @Test func `Every bit is set about half of the time`() {
    var generator = ChaCha8Rand(seed: Self.published)
    var counts = [Int](repeating: 0, count: 64)
    for _ in 0..<10_000 {
      let value = generator.next()
      for bit in 0..<64 where value >> UInt64(bit) & 1 == 1 { counts[bit] += 1 }
    }
    // Five standard deviations of Bin(10^4, ½).
    #expect(counts.allSatisfy { abs($0 - 5000) < 250 })
  }
}

/// A generator for tests: the numbers that it is given, round and round.
struct ScriptedGenerator: RandomNumberGenerator {
  var numbers: [UInt64]
  var position = 0

  mutating func next() -> UInt64 {
    defer { position += 1 }
    return numbers[position % numbers.count]
  }
}

/// A generator for one test, by a number.
func seeded(_ number: UInt8) -> ChaCha8Rand {
  ChaCha8Rand(seed: [number] + [UInt8](repeating: 7, count: 31))
}
