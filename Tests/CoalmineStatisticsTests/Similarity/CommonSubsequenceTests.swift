// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import CoalmineTesting
import Testing

@Suite struct `Common subsequence` {
  /// By the definition: the first symbols match, or one of them is left out.
  static func naive(_ a: [Int], _ b: [Int]) -> Int {
    var table = [[Int]](
      repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in a.indices.reversed() {
      for j in b.indices.reversed() {
        table[i][j] =
          a[i] == b[j] ? table[i + 1][j + 1] + 1 : max(table[i + 1][j], table[i][j + 1])
      }
    }
    return table[0][0]
  }

  static func compare(trials: Int, seed: UInt8, longest: Int) {
    var draws = ScoreDraws(seed)
    for _ in 0..<trials {
      let alphabet = 1 + draws.below(8)
      let a = draws.symbols(draws.below(longest), of: alphabet)
      let b = draws.symbols(draws.below(longest), of: alphabet)
      #expect(commonSubsequenceLength(a, b) == naive(a, b))
    }
  }

  @Test func `it equals the full table`() {
    Self.compare(trials: 1_500, seed: 11, longest: 40)
    Self.compare(trials: 150, seed: 12, longest: 280)
  }

  @Test(.enabled(if: isDeep)) func `it equals the full table in 10,000 draws`() {
    Self.compare(trials: 10_000, seed: 13, longest: 200)
  }

  @Test func `of a sequence and its reverse without repeats it is one symbol`() {
    #expect(commonSubsequenceLength(Array(0..<300), Array((0..<300).reversed())) == 1)
  }

  @Test func `inserting symbols anywhere keeps the whole sequence common`() {
    var draws = ScoreDraws(14)
    for _ in 0..<200 {
      let text = draws.symbols(draws.below(150), of: 4)
      let padded = text.flatMap { [draws.coin() ? 9 : $0, $0] }
      #expect(commonSubsequenceLength(text, padded) == text.count)
    }
  }

  @Test func `an empty sequence shares nothing`() {
    #expect(commonSubsequenceLength([Int](), [Int]()) == 0)
    #expect(commonSubsequenceLength([1], [Int]()) == 0)
  }
}
