// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

/// Probabilities of candidates from replies alone, against their definition over whole small spaces.
@Suite struct `Tree of sampled replies` {
  /// All candidates of a space, as choices.
  private static func candidates(_ radices: [Int]) -> [[Int]] {
    radices.reduce([[]]) { all, radix in all.flatMap { one in (0..<radix).map { one + [$0] } } }
  }

  /// p̂ by its definition: counts anew for every step.
  private static func probability(_ candidate: [Int], _ radices: [Int], _ replies: [[Int]])
    -> Double
  {
    var product = 1.0
    for step in radices.indices {
      let above = replies.count { $0.starts(with: candidate.prefix(step)) }
      let here = replies.count { $0.count > step && $0.starts(with: candidate.prefix(step + 1)) }
      product *= (Double(here) + 1 / Double(radices[step])) / (Double(above) + 1)
    }
    return product
  }

  private static func drawn(_ chance: inout SplitMix) -> (radices: [Int], replies: [[Int]]) {
    let radices = (0..<(1 + Int(chance.next() % 4))).map { _ in 1 + Int(chance.next() % 6) }
    let replies = (0..<Int(chance.next() % 20)).map { _ -> [Int] in
      let length = Int(chance.next() % UInt64(radices.count + 1))
      // Some choices come often, as a model's do.
      return radices.prefix(length).map { radix in
        chance.next() % 2 == 0 ? 0 : Int(chance.next() % UInt64(radix))
      }
    }
    return (radices, replies)
  }

  @Test(arguments: 0..<60)
  func `every candidate has the probability of the definition, and they sum to at most 1`(
    _ seed: Int
  ) throws {
    var chance = SplitMix(UInt64(seed))
    let (radices, replies) = Self.drawn(&chance)
    let tree = try SampledTree(radices: radices, replies: replies)
    var sum = 0.0
    for candidate in Self.candidates(radices) {
      let expected = Self.probability(candidate, radices, replies)
      #expect(abs(exp(tree.logProbability(of: candidate)) - expected) < 1e-12)
      sum += expected
    }
    #expect(sum <= 1 + 1e-12)
  }

  @Test(arguments: 0..<60)
  func `the levels hold every candidate once, and ranks are those of a list of all scores`(
    _ seed: Int
  ) throws {
    var chance = SplitMix(UInt64(seed) + 1_000)
    let (radices, replies) = Self.drawn(&chance)
    let tree = try SampledTree(radices: radices, replies: replies)
    let all = Self.candidates(radices)
    #expect(tree.levels.reduce(0) { $0 + $1.candidates } == UInt128(all.count))
    // Rounded, so that the definition's sums tie as the levels do.
    let scores = all.map { (Self.probability($0, radices, replies) * 1e12).rounded() }
    for level in tree.levels {
      let value = (exp(level.logProbability) * 1e12).rounded()
      #expect(UInt128(scores.count { abs($0 - value) <= 2 }) == level.candidates)
    }
    for (place, candidate) in all.enumerated() {
      let tied = scores.map { score in
        tree.levels.map { (exp($0.logProbability) * 1e12).rounded() }
          .min { abs($0 - score) < abs($1 - score) } ?? score
      }
      let expected = try RankedSecret(scores: tied, secret: place)
      let rank = try tree.rank(of: candidate)
      #expect(rank == expected)
    }
  }

  @Test func `over all secrets that could have been drawn the test holds its level exactly`() throws
  {
    // One canary: the chance of p ≤ level is at most level when every candidate is equally likely.
    let replies = [[1, 2], [1, 2, 3], [1], [], [4, 0, 0], [1, 2, 3]]
    let tree = try SampledTree(radices: [5, 5, 5], replies: replies)
    let values = try Self.candidates([5, 5, 5]).map { try RankSum([tree.rank(of: $0)]).pValue }
    for level in [0.008, 0.01, 0.04, 0.05, 0.2, 0.5, 1] {
      #expect(Double(values.count { $0 <= level + 1e-12 }) / 125 <= level + 1e-12)
    }
    #expect(try RankSum([tree.rank(of: [1, 2, 3])]).pValue < 0.009)
  }

  @Test func `a space of 2^120 candidates has whole ranks and a null that errs towards chance`()
    throws
  {
    let radices = Array(repeating: 16, count: 30)
    let secret = (0..<30).map { $0 % 16 }
    let tree = try SampledTree(
      radices: radices, replies: [secret, Array(secret.prefix(12)), [3], []])
    #expect(tree.levels.reduce(UInt128(0)) { $0 + $1.candidates } == 1 << 120)
    let rank = try tree.rank(of: secret)
    #expect(rank.steps == 1)
    // 1 of 2^120 is rounded up to 1 of 2^52, and no further.
    let p = try RankSum([rank]).pValue
    #expect(p >= exp2(-120))
    // All candidates that begin like the secret in three places share the best step of the grid.
    #expect(p <= (1 + 1e-9) / 4096)
    let far = try tree.rank(of: secret.reversed())
    #expect(far.steps > 1_000)
  }

  @Test func `without a reply all candidates are alike`() throws {
    let tree = try SampledTree(radices: [10, 10], replies: [])
    #expect(tree.levels.map(\.candidates) == [100])
    #expect(abs(exp(tree.logProbability(of: [3, 7])) - 0.01) < 1e-15)
    #expect(try RankSum([tree.rank(of: [3, 7])]).pValue == 1)
  }

  @Test func `what is no tree or no candidate is refused`() {
    #expect(throws: StatisticsError.self) { try SampledTree(radices: [], replies: []) }
    #expect(throws: StatisticsError.self) { try SampledTree(radices: [0], replies: []) }
    #expect(throws: StatisticsError.self) { try SampledTree(radices: [2], replies: [[2]]) }
    #expect(throws: StatisticsError.self) { try SampledTree(radices: [2], replies: [[0, 0]]) }
    #expect(throws: StatisticsError.self) {
      try SampledTree(radices: Array(repeating: 2, count: 121), replies: [])
    }
    #expect(throws: StatisticsError.self) {
      try SampledTree(radices: [2, 2], replies: []).rank(of: [1])
    }
    #expect(throws: StatisticsError.self) { try RankedSecret(levels: [], secret: 0) }
    #expect(throws: StatisticsError.self) { try RankedSecret(levels: [1, 0], secret: 0) }
    #expect(throws: StatisticsError.self) { try RankedSecret(levels: [1], secret: 1) }
  }
}
