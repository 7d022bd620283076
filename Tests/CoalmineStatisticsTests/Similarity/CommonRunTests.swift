// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import CoalmineTesting
import Testing

@Suite struct `Common run` {
  /// Every pair of starts, followed as far as it goes.
  static func naive(_ a: [Int], _ b: [Int]) -> Int {
    var best = 0
    for i in a.indices {
      for j in b.indices {
        var length = 0
        while i + length < a.count, j + length < b.count, a[i + length] == b[j + length] {
          length += 1
        }
        best = max(best, length)
      }
    }
    return best
  }

  static func compare(trials: Int, seed: UInt8) {
    var draws = ScoreDraws(seed)
    for _ in 0..<trials {
      let alphabet = 1 + draws.below(5)
      let a = draws.symbols(draws.below(60), of: alphabet)
      let b = draws.symbols(draws.below(60), of: alphabet)
      #expect(longestCommonRun(a, b) == naive(a, b))
    }
  }

  @Test func `it equals the search over all pairs of starts`() {
    Self.compare(trials: 2_000, seed: 21)
  }

  @Test(.enabled(if: isDeep))
  func `it equals the search over all pairs of starts in 10,000 draws`() {
    Self.compare(trials: 10_000, seed: 22)
  }

  @Test func `a planted run is found wherever it stands`() {
    var draws = ScoreDraws(23)
    let planted = Array(1_000..<1_050)
    for _ in 0..<100 {
      let a = draws.symbols(draws.below(200), of: 30) + planted + draws.symbols(7, of: 30)
      let other = draws.symbols(draws.below(200), of: 30).map { $0 + 500 }
      #expect(longestCommonRun(a, other + planted) == 50)
      #expect(longestCommonRun(planted + other, a) == 50)
    }
  }

  @Test func `it is never longer than the common subsequence, and symmetric`() {
    var draws = ScoreDraws(24)
    for _ in 0..<500 {
      let a = draws.symbols(draws.below(90), of: 3)
      let b = draws.symbols(draws.below(90), of: 3)
      #expect(longestCommonRun(a, b) <= commonSubsequenceLength(a, b))
      #expect(longestCommonRun(a, b) == longestCommonRun(b, a))
    }
  }

  @Test func `empty, equal and wholly different sequences`() {
    #expect(longestCommonRun([Int](), [Int]()) == 0)
    #expect(longestCommonRun([1], [Int]()) == 0)
    #expect(longestCommonRun([1, 1, 1], [1]) == 1)
    let long = [Int](repeating: 7, count: 20_000)
    #expect(longestCommonRun(long, long) == 20_000)
    #expect(longestCommonRun(long, [Int](repeating: 8, count: 2_000)) == 0)
    let different = Array(0..<20_000)
    #expect(longestCommonRun(different, Array(different.reversed())) == 1)
    #expect(longestCommonRun(different, Array(different.dropFirst(5_000))) == 15_000)
  }
}
