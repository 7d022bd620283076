// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

/// Bounds, estimates and ranks of candidates, against their definition over whole small spaces.
@Suite struct `Probability known by beginnings of candidates` {
  /// All candidates of some lengths of options, as byte strings.
  private static func candidates(_ radices: [Int]) -> [[UInt8]] {
    radices.reduce([[]]) { all, radix in
      all.flatMap { one in (0..<radix).map { one + [UInt8($0)] } }
    }
  }

  private struct Drawn {
    let all: [[UInt8]]
    var open: [[UInt8]: (mass: Double, below: UInt128)] = [:]
    var whole: [[UInt8]: Double] = [:]

    init(_ chance: inout SplitMix) {
      let radices = (0..<(1 + Int(chance.next() % 4))).map { _ in 1 + Int(chance.next() % 5) }
      all = `Probability known by beginnings of candidates`.candidates(radices)
      var parts: [Double] = []
      for _ in 0..<Int(chance.next() % 12) {
        let candidate = all[Int(chance.next() % UInt64(all.count))]
        let length = Int(chance.next() % UInt64(candidate.count + 1))
        let mass = Double(1 + chance.next() % 7)
        parts.append(mass)
        let begun = Array(candidate.prefix(length))
        if length == candidate.count {
          whole[begun, default: 0] += mass
        } else {
          let below = UInt128(all.count { $0.starts(with: begun) })
          open[begun, default: (0, below)].mass += mass
        }
      }
      // Some of the probability falls on no candidate.
      let sum = parts.reduce(0, +) * (chance.next() % 2 == 0 ? 1 : 1.7)
      open = open.mapValues { ($0.mass / sum, $0.below) }
      whole = whole.mapValues { $0 / sum }
    }

    var mass: CandidateMass {
      get throws {
        try CandidateMass(candidates: UInt128(all.count), open: open, whole: whole)
      }
    }

    func estimate(_ candidate: [UInt8]) -> Double {
      whole.filter { $0.key == candidate }.values.reduce(0, +)
        + open.filter { candidate.starts(with: $0.key) }.reduce(0) { sum, entry in
          sum + entry.value.mass / Double(all.count { $0.starts(with: entry.key) })
        }
    }
  }

  @Test(arguments: 0..<80)
  func `bounds, estimates and their sums are those of the definition`(_ seed: Int) throws {
    var chance = SplitMix(UInt64(seed))
    let drawn = Drawn(&chance)
    let mass = try drawn.mass
    var (lower, estimates) = (0.0, 0.0)
    for candidate in drawn.all {
      let below = drawn.whole[candidate] ?? 0
      let above = drawn.open.filter { candidate.starts(with: $0.key) }.values.reduce(below) {
        $0 + $1.mass
      }
      #expect(abs(mass.lower(of: candidate) - below) < 1e-12)
      #expect(abs(mass.upper(of: candidate) - min(1, above)) < 1e-12)
      #expect(abs(mass.estimate(of: candidate) - drawn.estimate(candidate)) < 1e-12)
      #expect(
        mass.lower(of: candidate) <= mass.estimate(of: candidate) + 1e-15
          && mass.estimate(of: candidate) <= mass.upper(of: candidate) + 1e-12)
      lower += below
      estimates += drawn.estimate(candidate)
    }
    #expect(abs(mass.sums.lower - lower) < 1e-12 && abs(mass.sums.estimate - estimates) < 1e-12)
    #expect(estimates <= 1 + 1e-12)
  }

  @Test(arguments: 0..<80)
  func `levels hold every candidate once, and ranks are those of a list of all estimates`(
    _ seed: Int
  ) throws {
    var chance = SplitMix(UInt64(seed) + 1_000)
    let drawn = Drawn(&chance)
    let mass = try drawn.mass
    #expect(try mass.levels.reduce(0) { $0 + $1.candidates } == UInt128(drawn.all.count))
    let scores = drawn.all.map { (drawn.estimate($0) * 1e12).rounded() }
    for (place, candidate) in drawn.all.enumerated() {
      // Rounded sums that differ in the last place tie.
      let tied = scores.map { abs($0 - scores[place]) <= 2 ? scores[place] : $0 }
      let expected = try RankedSecret(scores: tied, secret: place)
      #expect(try mass.rank(of: candidate).steps == expected.steps)
    }
  }

  @Test func `over all secrets that could have been drawn the test holds its level exactly`() throws
  {
    let all = Self.candidates([5, 5, 5])
    let mass = try CandidateMass(
      candidates: 125,
      open: [[]: (0.2, 125), [1]: (0.1, 25), [1, 2]: (0.1, 5), [4, 0]: (0.05, 5)],
      whole: [[1, 2, 3]: 0.4, [4, 0, 0]: 0.01])
    let values = try all.map { try RankSum([mass.rank(of: $0)]).pValue }
    for level in [0.008, 0.01, 0.04, 0.05, 0.2, 0.5, 1] {
      #expect(Double(values.count { $0 <= level + 1e-12 }) / 125 <= level + 1e-12)
    }
    #expect(try RankSum([mass.rank(of: [1, 2, 3])]).pValue < 0.009)
    // The mean of |R| · L over the space is at most 1.
    #expect(all.reduce(0) { $0 + mass.lower(of: $1) } <= 1)
  }

  @Test func `a space of 2^120 candidates has whole ranks`() throws {
    let secret = (0..<15).map { UInt8($0) }
    var open: [[UInt8]: (mass: Double, below: UInt128)] = [:]
    for length in 0..<15 { open[Array(secret.prefix(length))] = (0.01, 1 << (8 * (15 - length))) }
    let mass = try CandidateMass(candidates: 1 << 120, open: open, whole: [secret: 0.5])
    #expect(try mass.levels.reduce(UInt128(0)) { $0 + $1.candidates } == 1 << 120)
    #expect(try mass.rank(of: secret).steps == 1)
    #expect(try mass.rank(of: secret.reversed()).steps > 1_000)
  }

  @Test func `without anything known all candidates are alike`() throws {
    let mass = try CandidateMass(candidates: 100, open: [:], whole: [:])
    #expect(try mass.levels.map(\.candidates) == [100])
    #expect(try RankSum([mass.rank(of: [3, 7])]).pValue == 1)
    #expect(mass.lower(of: [3, 7]) == 0 && mass.upper(of: [3, 7]) == 0)
  }

  @Test func `what is no probability or no space is refused`() {
    func refuses(
      _ candidates: UInt128, _ open: [[UInt8]: (mass: Double, below: UInt128)],
      _ whole: [[UInt8]: Double] = [:]
    ) {
      #expect(throws: StatisticsError.self) {
        try CandidateMass(candidates: candidates, open: open, whole: whole)
      }
    }
    refuses(0, [:])
    refuses(1 << 121, [:])
    refuses(10, [[1]: (-0.1, 1)])
    refuses(10, [[1]: (.nan, 1)])
    refuses(10, [[1]: (0.1, 0)])
    refuses(10, [[1]: (0.1, 11)])
    refuses(10, [[]: (0.1, 9)])
    refuses(10, [[1]: (0.6, 1)], [[2]: 0.5])
    refuses(10, [[1]: (0.1, 1)], [[1]: 0.5])
    #expect(throws: StatisticsError.self) {
      _ = try CandidateMass(candidates: 10, open: [[1]: (0.1, 7), [2]: (0.1, 7)], whole: [:]).levels
    }
  }
}
