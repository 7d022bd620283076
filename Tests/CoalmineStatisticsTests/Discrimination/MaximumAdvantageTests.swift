// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Maximum advantage test` {
  /// The share of all labellings whose largest TPR − FPR is at least the observed one.
  static func naive(_ members: [Double], _ nonmembers: [Double]) -> Double {
    let all = members + nonmembers
    let (m, n) = (Double(members.count), Double(nonmembers.count))
    func most(_ mask: Int) -> Double {
      var best = 0.0
      for threshold in all {
        let found = all.indices.filter { all[$0] >= threshold }
        let own = Double(found.count { mask >> $0 & 1 == 1 })
        best = max(best, own / m - (Double(found.count) - own) / n)
      }
      return best
    }
    let observed = most((1 << members.count) - 1)
    var (atLeast, total) = (0, 0)
    for mask in 0..<(1 << all.count) where mask.nonzeroBitCount == members.count {
      total += 1
      if most(mask) >= observed - 1e-12 { atLeast += 1 }
    }
    return Double(atLeast) / Double(total)
  }

  @Test func `the exact p is that of all labellings, ties included`() throws {
    var random = EvaluationTrials.generator(131)
    for trial in 0..<60 {
      let bound: UInt64 = trial % 2 == 0 ? 5 : 1000
      let members = random.digits(1 + trial % 5, below: bound)
      let nonmembers = random.digits(1 + trial % 6, below: bound)
      let test = try maximumAdvantageTest(members: members, nonmembers: nonmembers)
      #expect(near(exp(test.logPValue), Self.naive(members, nonmembers)))
      let curve = try ROCCurve(members: members, nonmembers: nonmembers)
      #expect(test.advantage == curve.maximumAdvantage)
    }
  }

  @Test func `without ties and with equal groups it is Gnedenko and Koroljuk's quotient`() throws {
    // P(n D ≥ k) = C(2n, n + k) / C(2n, n).
    var random = EvaluationTrials.generator(132)
    for size in [3, 10, 40, 400] {
      let members = random.normals(size, mean: 0.7)
      let test = try maximumAdvantageTest(members: members, nonmembers: random.normals(size))
      let n = Double(size)
      let k = (test.advantage * n).rounded()
      let expected = 2 * lgamma(n + 1) - lgamma(n + k + 1) - lgamma(n - k + 1)
      #expect(near(test.logPValue, min(0, expected), 1e-9))
    }
  }

  @Test func `the logarithm lasts where p underflows`() throws {
    let test = try maximumAdvantageTest(
      members: (0..<1000).map { 5000 + Double($0) }, nonmembers: (0..<1000).map { Double($0) })
    #expect(test.advantage == 1)
    #expect(near(test.logPValue, 2 * lgamma(1001.0) - lgamma(2001.0), 1e-10))
  }

  @Test func `permutations agree with the exact test`() throws {
    var random = EvaluationTrials.generator(133)
    for _ in 0..<10 {
      let members = random.digits(15, below: 12).map { $0 + 1 }
      let nonmembers = random.digits(20, below: 12)
      let exact = try maximumAdvantageTest(members: members, nonmembers: nonmembers)
      let drawn = try maximumAdvantagePermutation(
        members: members, nonmembers: nonmembers, permutations: 4_000, using: &random)
      #expect(drawn.advantage == exact.advantage)
      #expect(abs(drawn.pValue - exp(exact.logPValue)) < 0.035)
    }
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    var random = EvaluationTrials.generator(134)
    #expect(refusal { try maximumAdvantageTest(members: [], nonmembers: [1]) } == "empty_input")
    #expect(refusal { try maximumAdvantageTest(members: [.nan], nonmembers: [1]) } == "nan")
    let many = [Double](repeating: 1, count: 2_001)
    #expect(
      refusal { try maximumAdvantageTest(members: many, nonmembers: many) } == "invalid_parameter")
    func drawn(_ x: [Double], _ y: [Double], _ count: Int = 99) throws -> Double {
      try maximumAdvantagePermutation(
        members: x, nonmembers: y, permutations: count, using: &random
      ).pValue
    }
    #expect(refusal { try drawn([], [1]) } == "empty_input")
    #expect(refusal { try drawn([1], [.nan]) } == "nan")
    #expect(refusal { try drawn([1], [1], 98) } == "invalid_parameter")
    #expect(try drawn([1, 1], [1, 1]) == 1 && drawn([0], [1]) == 1)
    for (member, nonmember) in [(1.0, 1.0), (0, 1), (-Double.infinity, .infinity)] {
      let test = try maximumAdvantageTest(members: [member], nonmembers: [nonmember])
      #expect(test.advantage == 0 && test.logPValue == 0)
    }
    let single = try maximumAdvantageTest(members: [.infinity], nonmembers: [-.infinity])
    #expect(single.advantage == 1 && near(exp(single.logPValue), 0.5))
  }

  @Test func `under the null it rejects seldom enough`() throws {
    let size = try EvaluationTrials.share("maximum advantage size, 25 + 30, ties", seed: 135) {
      random in
      try maximumAdvantageTest(
        members: random.digits(25, below: 30), nonmembers: random.digits(30, below: 30)
      ).logPValue <= log(0.05)
    }
    #expect(try size <= EvaluationTrials.most(0.05))
    let drawn = try EvaluationTrials.share(
      "maximum advantage by permutation, 15 + 15, B = 99", seed: 136
    ) { random in
      try maximumAdvantagePermutation(
        members: random.digits(15, below: 30), nonmembers: random.digits(15, below: 30),
        permutations: 99, using: &random
      ).pValue <= 0.05
    }
    #expect(try drawn <= EvaluationTrials.most(0.05))
  }
}

@Suite struct `Best of several scores` {
  @Test func `one score alone is the permutation test of its AUC`() throws {
    var random = EvaluationTrials.generator(141)
    let score = random.normals(10)
    let labels = (0..<10).map { $0 % 2 == 0 }
    let members = score.indices.filter { labels[$0] }.map { score[$0] }
    let nonmembers = score.indices.filter { !labels[$0] }.map { score[$0] }
    let exact = try mannWhitney(members, nonmembers)
    let test = try BestOfScores(
      scores: [score], isMember: labels, permutations: 20_000, using: &random)
    #expect(near(test.aucs[0], exact.u / 25))
    #expect(abs(test.adjusted[0] - exact.p.greater) < 0.015)
  }

  @Test func `adjusted p-values are those of a naive step-down over the same idea`() throws {
    // All 20 labellings of 3 in 6 counted; drawing must come near.
    var random = EvaluationTrials.generator(142)
    for _ in 0..<5 {
      let scores = (0..<3).map { _ in random.digits(6, below: 5) }
      let labels = [true, true, true, false, false, false]
      func auc(_ score: [Double], _ mask: Int) -> Double {
        var sum = 0.0
        for i in 0..<6 where mask >> i & 1 == 1 {
          for j in 0..<6 where mask >> j & 1 == 0 {
            sum += score[i] > score[j] ? 1 : score[i] == score[j] ? 0.5 : 0
          }
        }
        return sum / 9
      }
      let masks = (0..<64).filter { $0.nonzeroBitCount == 3 }
      let observed = scores.map { auc($0, 7) }
      let order = (0..<3).sorted { observed[$0] > observed[$1] }
      var before = 0.0
      let test = try BestOfScores(
        scores: scores, isMember: labels, permutations: 20_000, using: &random)
      for (rank, score) in order.enumerated() {
        let share =
          Double(
            masks.count { mask in
              order[rank...].contains { auc(scores[$0], mask) >= observed[score] - 1e-9 }
            }) / 20
        before = max(before, share)
        #expect(near(test.aucs[score], observed[score]))
        #expect(abs(test.adjusted[score] - before) < 0.02)
      }
      #expect(test.adjusted[test.best] == test.adjusted.min())
    }
  }

  @Test func `strata keep their labels`() throws {
    // The score only tells the strata apart: within them there is nothing to see.
    var random = EvaluationTrials.generator(143)
    let strata = (0..<40).map { $0 / 20 }
    let labels = (0..<40).map { $0 < 15 || (20..<25).contains($0) }
    let test = try BestOfScores(
      scores: [strata.map { -Double($0) }], isMember: labels, strata: strata, permutations: 999,
      using: &random)
    #expect(test.aucs[0] > 0.7 && test.adjusted[0] == 1)
  }

  @Test func `hostile input is refused`() throws {
    var random = EvaluationTrials.generator(144)
    func test(_ scores: [[Double]], _ labels: [Bool], _ strata: [Int]?, _ count: Int = 99) throws {
      _ = try BestOfScores(
        scores: scores, isMember: labels, strata: strata, permutations: count, using: &random)
    }
    #expect(refusal { try test([], [true, false], nil) } == "empty_input")
    #expect(refusal { try test([[1]], [true], nil) } == "empty_input")
    #expect(refusal { try test([[]], [], nil) } == "empty_input")
    #expect(refusal { try test([[1]], [true, false], nil) } == "invalid_parameter")
    #expect(refusal { try test([[1, 2]], [true, false], [1]) } == "invalid_parameter")
    #expect(refusal { try test([[1, 2]], [true, false], nil, 98) } == "invalid_parameter")
    #expect(refusal { try test([[1, .nan]], [true, false], nil) } == "nan")
    let tied = try BestOfScores(
      scores: [[1, 1, 1], [2, 2, 2]], isMember: [true, false, false], permutations: 99,
      using: &random)
    #expect(tied.adjusted == [1, 1] && tied.best == 0 && tied.aucs == [0.5, 0.5])
  }

  @Test func `the best of useless scores is seldom called good`() throws {
    let labels = (0..<24).map { $0 % 2 == 0 }
    let size = try EvaluationTrials.share("max-T family-wise error, 5 scores", seed: 145) {
      random in
      let common = random.normals(24)
      let scores = (0..<5).map { _ in common.map { $0 + random.normal() } }
      return try BestOfScores(
        scores: scores, isMember: labels, permutations: 199, using: &random
      ).adjusted.min()! <= 0.05
    }
    #expect(try size <= EvaluationTrials.most(0.05) && size > 0.02)
  }
}
