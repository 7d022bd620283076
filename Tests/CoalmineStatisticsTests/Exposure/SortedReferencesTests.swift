// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Testing

@Suite struct `Sorted references` {
  /// Random lists that are hard to sort by their bits.
  private func lists(_ count: Int) -> [[Double]] {
    var random = seeded(53)
    return [
      (0..<count).map { _ in random.normalPair().0 },
      (0..<count).map { _ in Double(random.uniform(below: UInt64(7))) - 3 },
      // All alike but for the last bits, rising and falling.
      (0..<count).map { 1e9 + Double($0) * 0x1p-20 },
      (0..<count).map { -1e9 - Double($0) * 0x1p-20 },
      (0..<count).map { $0 % 5 == 0 ? -.infinity : $0 % 7 == 0 ? .infinity : -0.0 },
      (0..<count).map { _ in Double(bitPattern: random.next() & ~(0x7ff << 52) | 0x3fe << 52) },
      (0..<count).map { ($0 % 2 == 0 ? 1 : -1) * Double.leastNonzeroMagnitude * Double($0) },
    ]
  }

  @Test(arguments: [1, 2, 40, 1_999, 2_000, 5_000])
  func `ranks are those that counting finds`(count: Int) throws {
    var random = seeded(54)
    for list in lists(count) {
      let sorted = try SortedReferences(list)
      #expect(sorted.count == count)
      let near = (0..<20).map { _ in list[Int(random.uniform(below: UInt64(count)))] }
      for score in near + [0, 1, -.infinity, .infinity, 1e300] {
        for width in [0, 1e-9, 0.5, .infinity] {
          let expected = try ReferenceRanks(score: score, references: list, tieEpsilon: width)
          #expect(try sorted.ranks(of: score, tieEpsilon: width) == expected)
        }
      }
      #expect(try sorted.ranks(of: near) == near.map { try sorted.ranks(of: $0) })
    }
  }

  @Test func `an exposure of counted ranks is the sampled one`() throws {
    var random = seeded(55)
    let references = (0..<3_000).map { _ in random.normalPair().0 }
    let sorted = try SortedReferences(references)
    for score in [-5, -1, 0, 0.3, 2, 5] {
      #expect(
        try Exposure(sorted.ranks(of: score))
          == Exposure.sampled(score: score, references: references))
    }
  }

  @Test func `large groups have the AUC and the variance of small ones`() throws {
    // Copies of a small sample: the AUC is the same, the placements too.
    var random = seeded(56)
    let members = (0..<30).map { _ in Double(random.uniform(below: UInt64(9))) - 4 }
    let nonmembers = (0..<25).map { _ in Double(random.uniform(below: UInt64(8))) - 4 }
    let small = try AUC(members: members, nonmembers: nonmembers)
    let copies = 100
    let large = try AUC(
      members: (0..<copies).flatMap { _ in members },
      nonmembers: (0..<copies).flatMap { _ in nonmembers })
    #expect(isNear(large.value, small.value, relative: 1e-12))
    var wins = 0.0
    for x in members { for y in nonmembers { wins += x > y ? 1 : x == y ? 0.5 : 0 } }
    #expect(isNear(small.value, wins / 750, relative: 1e-13))
    let ratio = (large.variance ?? 0) / (small.variance ?? 1)
    #expect(ratio > 0.9 / Double(copies) && ratio < 1 / Double(copies))
  }

  @Test func `nonsense is refused`() throws {
    #expect(refusal { try SortedReferences([]) } == "empty_input")
    #expect(refusal { try SortedReferences([1, .nan]) } == "nan")
    let one = try SortedReferences([1])
    #expect(refusal { try one.ranks(of: .nan) } == "nan")
    #expect(refusal { try one.ranks(of: 1, tieEpsilon: .nan) } == "nan")
    #expect(refusal { try one.ranks(of: 1, tieEpsilon: -1) } == "invalid_parameter")
    #expect(
      refusal { try Exposure(one.ranks(of: 1), confidence: 1) } == "invalid_parameter")
  }
}
