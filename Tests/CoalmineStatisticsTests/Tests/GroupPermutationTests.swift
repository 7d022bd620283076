// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Permutation of whole groups` {
  /// The share of pairs in which the member scores higher, ties half.
  private func auc(_ scores: [Double], _ isMember: [Bool]) -> Double {
    var (wins, pairs) = (0.0, 0.0)
    for one in scores.indices where isMember[one] {
      for other in scores.indices where !isMember[other] {
        pairs += 1
        wins += scores[one] == scores[other] ? 0.5 : scores[one] > scores[other] ? 1 : 0
      }
    }
    return wins / pairs
  }

  /// p over every labelling with as many groups in.
  private func enumerated(_ scores: [Double], _ isMember: [Bool], _ groups: [Int]) -> Double {
    let names = Set(groups).sorted()
    let inside = names.count { name in
      groups.indices.contains { groups[$0] == name && isMember[$0] }
    }
    let seen = auc(scores, isMember)
    var (total, atLeast) = (0, 0)
    for mask in 0..<(1 << names.count) where mask.nonzeroBitCount == inside {
      let labels = groups.map { mask >> (names.firstIndex(of: $0) ?? 0) & 1 == 1 }
      total += 1
      if auc(scores, labels) >= seen - 1e-12 { atLeast += 1 }
    }
    return Double(atLeast) / Double(total)
  }

  @Test func `p is near the share of all labellings of groups`() throws {
    var random = EvaluationTrials.generator(91)
    for trial in 0..<12 {
      let sizes = (0..<8).map { _ in 1 + Int(random.uniform(below: UInt64(4))) }
      let groups = sizes.enumerated().flatMap { Array(repeating: $0.offset * 7, count: $0.element) }
      let isMember = groups.map { $0 / 7 < 3 + trial % 3 }
      let scores = groups.map { _ in (random.unitInterval() * 6).rounded() }
      let test = try groupPermutation(
        scores: scores, isMember: isMember, groups: groups, permutations: 9_999, using: &random)
      #expect(abs(test.auc - auc(scores, isMember)) < 1e-12)
      // Four standard errors of 9,999 draws are 0.02.
      #expect(abs(test.pValue - enumerated(scores, isMember, groups)) < 0.021)
    }
  }

  @Test func `with groups of one it is the exact Mann-Whitney test but for the draws`() throws {
    var random = EvaluationTrials.generator(92)
    let members = (0..<15).map { _ in random.unitInterval() + 0.15 }
    let others = (0..<20).map { _ in random.unitInterval() }
    let test = try groupPermutation(
      scores: members + others, isMember: (0..<35).map { $0 < 15 }, groups: Array(0..<35),
      permutations: 9_999, using: &random)
    #expect(abs(test.pValue - (try mannWhitneyExact(members, others).pGreater)) < 0.021)
  }

  @Test func `alike records of one group count as one`() throws {
    var random = EvaluationTrials.generator(93)
    // Three groups a side, separated: one of twenty labellings.
    let groups = (0..<60).map { $0 / 10 }
    let test = try groupPermutation(
      scores: groups.map(Double.init), isMember: groups.map { $0 >= 3 }, groups: groups,
      permutations: 9_999, using: &random)
    #expect(test.auc == 1)
    #expect(abs(test.pValue - 0.05) < 0.01)
  }

  @Test func `what cannot be tested is refused`() {
    func code(_ scores: [Double], _ isMember: [Bool], _ groups: [Int], _ count: Int = 99) -> String?
    {
      var random = EvaluationTrials.generator(94)
      return refusal { () throws(StatisticsError) in
        try groupPermutation(
          scores: scores, isMember: isMember, groups: groups, permutations: count, using: &random
        ).pValue
      }
    }
    #expect(code([1, 2], [true, false], [0, 1]) == nil)
    #expect(code([-.infinity, .infinity], [true, false], [0, 1]) == nil)
    #expect(code([1, 2], [true, true], [0, 1]) == "empty_input")
    #expect(code([1, .nan], [true, false], [0, 1]) == "nan")
    #expect(code([1, 2], [true, false], [0, 0]) == "invalid_parameter")
    #expect(code([1, 2], [true, false], [0]) == "invalid_parameter")
    #expect(code([1, 2], [true, false], [0, 1], 98) == "invalid_parameter")
  }
}
