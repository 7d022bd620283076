// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineTesting
import Testing

@Suite struct RandomnessSpaceTests {
  private func space(ward: String) throws -> RandomnessSpace {
    let template = try SmallSpaces.template()
    return try template.space(
      templateText: try #require(template.templateTexts.first),
      context: ["given": Array("An".utf8), "surname": Array("Ash".utf8), "ward": Array(ward.utf8)])
  }

  @Test(arguments: 3...7) func `candidates are those of nested loops, in their order`(ward: Int)
    throws
  {
    let space = try space(ward: String(ward))
    let expected = SmallSpaces.candidates(ward: ward)
    #expect(space.count == UInt128(expected.count))
    let found = (0..<expected.count).map {
      String(decoding: space.candidate(at: UInt128($0)), as: UTF8.self)
    }
    #expect(found == expected)
  }

  @Test func `a candidate leads back to its number and nothing else has one`() throws {
    let space = try space(ward: "5")
    let candidates = SmallSpaces.candidates(ward: 5)
    for (number, candidate) in candidates.enumerated() {
      #expect(space.index(of: Array(candidate.utf8)) == UInt128(number))
    }
    let others = Set(SmallSpaces.candidates(ward: 4)).subtracting(candidates)
    #expect(!others.isEmpty)
    for other in others.union(["", "xx", "xxfir+fir-0800", "xxfir+fir-08", "zzfir+fir-080"]) {
      #expect(space.index(of: Array(other.utf8)) == nil)
    }
  }

  @Test(arguments: 3...7) func `choices lead to a candidate, and its text spells them`(ward: Int)
    throws
  {
    let space = try space(ward: String(ward))
    #expect(space.radices.reduce(1, *) == Int(space.count))
    var longest = 0
    for index in 0..<space.count {
      let candidate = space.candidate(at: index)
      let choices = space.choices(of: index)
      longest = max(longest, candidate.count)
      #expect(zip(choices, space.radices).allSatisfy { $0 >= 0 && $0 < $1 })
      let number = zip(choices, space.radices).reduce(0) { $0 * $1.1 + $1.0 }
      #expect(number == Int(index))
      #expect(space.choices(atStartOf: (candidate + [0x21])[...]) == choices)
      // Cut short, it spells a beginning of them.
      for length in candidate.indices {
        let begun = space.choices(atStartOf: candidate[..<length])
        #expect(choices.starts(with: begun) && begun.count < choices.count)
      }
    }
    #expect(space.longestCandidate == longest)
  }

  @Test func `no candidate begins with another`() throws {
    let candidates = SmallSpaces.candidates(ward: 6)
    let space = try space(ward: "6")
    let drawn = Set(candidates.indices.map { space.candidate(at: UInt128($0)) })
    #expect(drawn.count == candidates.count)
    for candidate in drawn {
      for length in 0..<candidate.count {
        #expect(!drawn.contains(Array(candidate.prefix(length))))
      }
    }
  }

  @Test func `a walk meets each byte with the number of candidates below it`() throws {
    let candidates = SmallSpaces.candidates(ward: 3).map { Array($0.utf8) }
    let space = try space(ward: "3")
    var expected: [[UInt8]: [UInt8: UInt128]] = [:]
    for candidate in candidates {
      for length in candidate.indices {
        expected[Array(candidate.prefix(length)), default: [:]][candidate[length], default: 0] += 1
      }
      expected[candidate] = [:]
    }
    for (prefix, next) in expected {
      let node = try #require(space.node(after: prefix))
      #expect(node.next == next)
      #expect(node.isEnd == next.isEmpty)
      #expect(node.candidates == (next.isEmpty ? 1 : next.values.reduce(0, +)))
      #expect(space.node(after: prefix + [0xFF]) == nil)
    }
    #expect(space.node(after: [])?.candidates == space.count)
  }

  @Test func `context adds no candidates`() throws {
    #expect(try space(ward: "3").count == space(ward: "7").count)
    #expect(try space(ward: "3").count == 4 * 9 * 4 * 9)
  }

  @Test func `bits are the base-two logarithm of the count`() throws {
    for (alphabet, length, bits) in [
      ("01", 1, 1.0), ("01", 64, 64.0), ("0123", 60, 120.0), ("0123456789abcdef", 30, 120.0),
    ] {
      let step = try Step.choice(
        slot: "s", role: .secret, among: alphabet.utf8.map { [$0] })
      let space = try RandomnessSpace(steps: Array(repeating: step, count: length))
      #expect(space.bits == bits)
    }
    let digit = try Step.choice(slot: "s", role: .secret, among: (48...57).map { [$0] })
    for length in 1...36 {
      let space = try RandomnessSpace(steps: Array(repeating: digit, count: length))
      #expect(abs(space.bits - Double(length) * 3.321928094887362) < 1e-12 * Double(length))
    }
  }

  @Test func `more than 2 to the 120 candidates are refused and so is one`() throws {
    let bit = try Step.choice(slot: "s", role: .secret, among: [[48], [49]])
    #expect(try RandomnessSpace(steps: Array(repeating: bit, count: 120)).count == 1 << 120)
    for length in [121, 128, 129, 500] {
      #expect {
        try RandomnessSpace(steps: Array(repeating: bit, count: length))
      } throws: {
        ($0 as? SlotError)?.code == "space-too-large"
      }
    }
    for steps in [[], [Step.literal([48])], [.choice(slot: "s", options: [[48]])]] {
      #expect {
        try RandomnessSpace(steps: steps)
      } throws: {
        ($0 as? SlotError)?.code == "space-too-small"
      }
    }
  }

  @Test func `the last of the largest space comes back to its number`() throws {
    let nibble = try Step.choice(
      slot: "s", role: .secret, among: Array("0123456789abcdef".utf8).map { [$0] })
    let space = try RandomnessSpace(steps: Array(repeating: nibble, count: 30))
    #expect(space.candidate(at: space.count - 1) == Array(repeating: UInt8(ascii: "f"), count: 30))
    var generator = SplitMix(7)
    for _ in 0..<1_000 {
      let index = UInt128.random(in: 0..<space.count, using: &generator)
      let candidate = space.candidate(at: index)
      #expect(UInt128(String(decoding: candidate, as: UTF8.self), radix: 16) == index)
      #expect(space.index(of: candidate) == index)
    }
  }
}
