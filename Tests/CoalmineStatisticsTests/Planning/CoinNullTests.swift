// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Null of the coin component` {
  @Test func `one kind is the exact Mann-Whitney test`() throws {
    var random = EvaluationTrials.generator(130)
    for (m, n) in [(1, 1), (1, 7), (4, 3), (9, 9), (12, 20), (36, 36), (90, 60)] {
      let null = CoinNull(kinds: [(m, n)])
      #expect(null.pairs == m * n)
      for _ in 0..<5 {
        let test = try mannWhitney(random.normals(m), random.normals(n))
        #expect(abs(null.atLeast(Int(test.u)) - test.p.greater) < 1e-12)
      }
    }
  }

  @Test func `several kinds are the enumeration of all relabellings within kinds`() throws {
    var random = EvaluationTrials.generator(131)
    let sizes = [(4, 4), (2, 3), (1, 2), (3, 0), (0, 2)]
    let null = CoinNull(kinds: sizes.map { (inserted: $0.0, heldOut: $0.1) })
    for _ in 0..<20 {
      let scores = sizes.map { random.normals($0.0 + $0.1) }
      let labels = sizes.map { size in (0..<size.0 + size.1).map { $0 < size.0 } }
      let ranks = scores.map { scores in
        scores.map { own in Double(scores.count { $0 < own }) }
      }
      var wins = 0
      for (scores, labels) in zip(scores, labels) {
        for i in scores.indices where labels[i] {
          wins += scores.indices.count { !labels[$0] && scores[$0] < scores[i] }
        }
      }
      let test = try stratifiedPermutation(
        scores: ranks, labels: labels, permutations: 99, using: &random)
      #expect(test.isExact && near(null.atLeast(wins), test.pValue))
    }
  }

  @Test func `both tails are alike, also of a quarter of a million pairs`() {
    let null = CoinNull(kinds: [(500, 500)])
    #expect(null.atLeast(0) == 1 && null.atLeast(250_001) == 0 && null.atLeast(-5) == 1)
    for wins in [1, 100_000, 120_000, 125_000, 130_000] {
      #expect(abs(null.atLeast(wins) + null.atLeast(250_001 - wins) - 1) < 1e-11)
    }
    // The variance mn(m + n + 1)/12 and a limit that is normal.
    let deviation = (250_000.0 * 1001 / 12).squareRoot()
    for z in [0.5, 1.96, 2.5] {
      #expect(abs(null.atLeast(Int(125_000 + z * deviation)) - Normal.sf(z)) < 2e-4)
    }
  }

  @Test func `cut off where it is negligible it is the whole transform`() {
    for kinds in [[(60, 70)], [(200, 150), (3, 2)], [(90, 90), (90, 91), (1, 1)], [(400, 410)]] {
      let sizes = kinds.map { (inserted: $0.0, heldOut: $0.1) }
      let whole = CoinNull(kinds: sizes)
      let cut = CoinNull(kinds: sizes, mostProducts: 0)
      let pairs = whole.pairs
      for share in [0, 0.2, 0.4, 0.45, 0.5, 0.52, 0.55, 0.6, 0.8, 1] {
        let wins = Int(share * Double(pairs))
        #expect(abs(whole.atLeast(wins) - cut.atLeast(wins)) < 1e-12, "\(kinds) \(wins)")
      }
      for level in [0.3, 0.05, 0.001] {
        #expect(whole.critical(level: level) == cut.critical(level: level))
      }
    }
  }

  @Test func `of fifty thousand canaries in each group it is the normal law`() {
    let null = CoinNull(kinds: [(50_000, 50_000)])
    let deviation = (2.5e9 * 100_001 / 12).squareRoot()
    for z in [-2, 0, 1, 2.5, 4] {
      let seen = null.atLeast(Int(1.25e9 + z * deviation))
      #expect(abs(seen / Normal.sf(z) - 1) < 1e-3, "\(z) \(seen)")
    }
    let critical = null.critical(level: 0.01)
    #expect(null.atLeast(critical) <= 0.01 && null.atLeast(critical - 1) > 0.01)
  }

  @Test func `the critical number is the first that is seldom enough`() {
    let null = CoinNull(kinds: [(9, 9), (5, 8)])
    for level in [0.5, 0.05, 0.01, 1e-5] {
      let critical = null.critical(level: level)
      #expect(null.atLeast(critical) <= level && null.atLeast(critical - 1) > level)
    }
    #expect(CoinNull(kinds: [(1, 1)]).critical(level: 0.1) == 2)
    #expect(CoinNull(kinds: []).critical(level: 0.1) == 1)
  }
}
