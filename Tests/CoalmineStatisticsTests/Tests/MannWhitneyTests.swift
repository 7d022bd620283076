// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Mann-Whitney test` {
  /// By every choice of the first group.
  static func naive(_ first: [Double], _ second: [Double]) -> (u: Double, up: Double, down: Double)
  {
    let all = first + second
    func u(_ mask: Int) -> Double {
      var sum = 0.0
      for i in all.indices where mask >> i & 1 == 1 {
        for j in all.indices where mask >> j & 1 == 0 {
          sum += all[i] > all[j] ? 1 : all[i] == all[j] ? 0.5 : 0
        }
      }
      return sum
    }
    let observed = u((1 << first.count) - 1)
    var (up, down, total) = (0, 0, 0)
    for mask in 0..<(1 << all.count) where mask.nonzeroBitCount == first.count {
      total += 1
      if u(mask) >= observed { up += 1 }
      if u(mask) <= observed { down += 1 }
    }
    return (observed, Double(up) / Double(total), Double(down) / Double(total))
  }

  @Test func `the exact test is the enumeration of all splits, ties included`() throws {
    var random = EvaluationTrials.generator(21)
    for trial in 0..<60 {
      let first = random.digits(1 + trial % 5, below: trial % 2 == 0 ? 4 : 1000)
      let second = random.digits(1 + trial % 4, below: trial % 2 == 0 ? 4 : 1000)
      let expected = Self.naive(first, second)
      let test = try mannWhitney(first, second)
      #expect(test.u == expected.u)
      #expect(near(test.p.greater, expected.up) && near(test.p.less, expected.down))
      #expect(near(test.p.twoSided, min(1, 2 * min(expected.up, expected.down))))
      let single = try mannWhitneyExact(first, second)
      #expect(single.u == test.u && single.pGreater == test.p.greater)
    }
  }

  @Test func `complete separation has one chance in C(m + n, m)`() throws {
    let test = try mannWhitney((0..<6).map { Double($0) + 100 }, (0..<9).map { Double($0) })
    #expect(test.u == 54 && near(test.p.greater, 1 / 5005.0) && test.p.less == 1)
    let large = try mannWhitney(
      (0..<100).map { Double($0) + 100 }, (0..<100).map { Double($0) })
    #expect(near(large.p.logGreater, -(lgamma(201.0) - 2 * lgamma(101.0)), 1e-12))
  }

  @Test func `the groups swapped swap the tails`() throws {
    var random = EvaluationTrials.generator(22)
    for _ in 0..<50 {
      let x = random.digits(12, below: 8)
      let y = random.digits(7, below: 8)
      let (one, other) = (try mannWhitney(x, y), try mannWhitney(y, x))
      #expect(one.u + other.u == 84)
      #expect(near(one.p.greater, other.p.less) && near(one.p.less, other.p.greater))
      for correction in ContinuityCorrection.allCases {
        let a = try mannWhitneyNormal(x, y, correction: correction)
        let b = try mannWhitneyNormal(y, x, correction: correction)
        #expect(a.u == one.u && near(a.p.greater, b.p.less))
        #expect(abs(a.p.greater - one.p.greater) < 0.05)
      }
    }
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    #expect(refusal { try mannWhitney([], [1]) } == "empty_input")
    #expect(refusal { try mannWhitneyNormal([1], []) } == "empty_input")
    #expect(refusal { try mannWhitney([.nan], [1]) } == "nan")
    let many = [Double](repeating: 1, count: 200)
    #expect(refusal { try mannWhitney(many, [1]) } == "invalid_parameter")
    #expect(try mannWhitney([1], [1]).p.twoSided == 1)
    #expect(try mannWhitney([.infinity], [-.infinity]).p.greater == 0.5)
    for correction in ContinuityCorrection.allCases {
      #expect(try mannWhitneyNormal([1], [1], correction: correction).p.greater == 1)
      #expect(try mannWhitneyNormal(many, many, correction: correction).p.twoSided == 1)
    }
    let apart = try mannWhitneyNormal(many.map { $0 + 1 }, many)
    #expect(apart.p.logGreater < -190 && apart.p.less == 1)
  }

  @Test func `under the null it rejects seldom enough`() throws {
    let size = try EvaluationTrials.share("Mann-Whitney exact size, 12 + 9, ties", seed: 23) {
      random in
      try mannWhitney(random.digits(12, below: 8), random.digits(9, below: 8)).p.greater <= 0.05
    }
    #expect(try size <= EvaluationTrials.most(0.05) && size > 0.02)
    let normal = try EvaluationTrials.share("Mann-Whitney normal size, 40 + 30", seed: 24) {
      random in
      try mannWhitneyNormal(random.normals(40), random.normals(30)).p.twoSided <= 0.05
    }
    #expect(try normal <= EvaluationTrials.most(0.052))
  }
}
