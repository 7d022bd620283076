// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Testing

@Suite struct `ROUGE` {
  /// Common n-grams by striking out each match once.
  static func naive(_ order: Int, _ reference: [Int], _ candidate: [Int])
    -> (common: Int, reference: Int, candidate: Int)
  {
    func grams(_ symbols: [Int]) -> [[Int]] {
      guard symbols.count >= order else { return [] }
      return (0...(symbols.count - order)).map { Array(symbols[$0..<($0 + order)]) }
    }
    var left = grams(reference)
    var common = 0
    for gram in grams(candidate) {
      guard let place = left.firstIndex(of: gram) else { continue }
      left.remove(at: place)
      common += 1
    }
    return (common, grams(reference).count, grams(candidate).count)
  }

  @Test func `precision and recall equal those of striking out matches`() throws {
    var draws = ScoreDraws(31)
    for _ in 0..<600 {
      let alphabet = 1 + draws.below(5)
      let reference = draws.symbols(draws.below(30), of: alphabet)
      let candidate = draws.symbols(draws.below(30), of: alphabet)
      for order in 1...5 {
        let rouge = try Rouge.nGram(order: order, reference: reference, candidate: candidate)
        let count = Self.naive(order, reference, candidate)
        let precision = count.candidate == 0 ? 0 : Double(count.common) / Double(count.candidate)
        let recall = count.reference == 0 ? 0 : Double(count.common) / Double(count.reference)
        #expect(rouge.precision == precision)
        #expect(rouge.recall == recall)
      }
    }
  }

  @Test func `F1 is twice the common symbols over all of them`() {
    var draws = ScoreDraws(32)
    for _ in 0..<300 {
      let reference = draws.symbols(1 + draws.below(40), of: 4)
      let candidate = draws.symbols(1 + draws.below(40), of: 4)
      let rouge = Rouge.longestCommonSubsequence(reference: reference, candidate: candidate)
      let common = commonSubsequenceLength(reference, candidate)
      let all = reference.count + candidate.count
      #expect(scoresAgree(rouge.f1, 2 * Double(common) / Double(all)))
    }
  }

  @Test func `exchanging the sides exchanges precision and recall`() throws {
    var draws = ScoreDraws(33)
    for order in 1...3 {
      let a = draws.symbols(25, of: 3)
      let b = draws.symbols(14, of: 3)
      let one = try Rouge.nGram(order: order, reference: a, candidate: b)
      let other = try Rouge.nGram(order: order, reference: b, candidate: a)
      #expect(one.precision == other.recall)
      #expect(one.recall == other.precision)
      #expect(scoresAgree(one.f1, other.f1))
    }
  }

  @Test func `the parts without a denominator are 0`() throws {
    for (reference, candidate) in [([], [1]), ([1], []), ([], [])] as [([Int], [Int])] {
      let rouge = try Rouge.nGram(order: 1, reference: reference, candidate: candidate)
      #expect([rouge.precision, rouge.recall, rouge.f1] == [0, 0, 0])
    }
    #expect(try Rouge.nGram(order: 64, reference: [1], candidate: [1]).f1 == 0)
  }

  @Test(arguments: [0, -1, 65, Int.max, Int.min])
  func `an order outside 1…64 is refused`(order: Int) {
    #expect(
      refusal { () throws(StatisticsError) in
        try Rouge.nGram(order: order, reference: [1], candidate: [1])
      } == "invalid_parameter")
  }
}
