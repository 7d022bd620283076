// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `BCa interval` {
  @Test func `it is the formula, worked by hand`() throws {
    // 99 resamples 1…99, estimate 50: no bias; the jackknife is even: no acceleration.
    let resampled = (1...99).map { Double($0) }
    let plain = try #require(
      try bcaInterval(estimate: 50, resampled: resampled, leaveOneOut: [1, 2, 3], confidence: 0.9))
    #expect(plain.lower == 5 && plain.upper == 95)
    // 30 below: z0 = Φ⁻¹((29 + ½) / 99); levels Φ(2 z0 ∓ 1.645).
    let z0 = -0.530_874_6
    let biased = try #require(
      try bcaInterval(estimate: 30, resampled: resampled, leaveOneOut: [1, 2, 3], confidence: 0.9))
    func cdf(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }
    #expect(biased.lower == max(1, (100 * cdf(2 * z0 - 1.644_853_6)).rounded(.down)))
    #expect(biased.upper == (100 * cdf(2 * z0 + 1.644_853_6)).rounded(.up))
    // Leave-one-out 0, 0, 0, 4: d = 1, 1, 1, −3, so a = −24 / (6 · 12^1.5).
    let a = -24 / (6 * pow(12, 1.5))
    let skewed = try #require(
      try bcaInterval(
        estimate: 50, resampled: resampled, leaveOneOut: [0, 0, 0, 4], confidence: 0.9))
    let low = -1.644_853_6 / (1 + a * 1.644_853_6)
    let high = 1.644_853_6 / (1 - a * 1.644_853_6)
    #expect(skewed.lower == (100 * cdf(low)).rounded(.down))
    #expect(skewed.upper == (100 * cdf(high)).rounded(.up))
  }

  @Test func `all resamples alike give no interval`() throws {
    #expect(
      try bcaInterval(estimate: 1, resampled: [1, 1, 1], leaveOneOut: [1, 2]) == nil)
    var random = EvaluationTrials.generator(111)
    #expect(
      try AUC.bcaInterval(members: [3, 4, 5], nonmembers: [1, 2], using: &random) == nil)
    #expect(try AUC.bcaInterval(members: [3], nonmembers: [1, 2], using: &random) == nil)
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    #expect(
      refusal { try bcaInterval(estimate: 1, resampled: [], leaveOneOut: [1]) } == "empty_input")
    #expect(
      refusal { try bcaInterval(estimate: 1, resampled: [1], leaveOneOut: []) } == "empty_input")
    #expect(refusal { try bcaInterval(estimate: .nan, resampled: [1], leaveOneOut: [1]) } == "nan")
    #expect(
      refusal { try bcaInterval(estimate: 1, resampled: [1, .infinity], leaveOneOut: [1]) }
        == "invalid_parameter")
    for level in [0, 1, .nan] {
      #expect(
        refusal {
          try bcaInterval(estimate: 1, resampled: [1, 2], leaveOneOut: [1], confidence: level)
        } == "invalid_parameter")
    }
    // An estimate outside all resamples, and a jackknife with one wild value.
    for estimate in [-5.0, 5] {
      for wild in [-1e300, 1e300] {
        let interval = try #require(
          try bcaInterval(
            estimate: estimate, resampled: [0, 1, 2], leaveOneOut: [0, 0, wild], confidence: 0.999))
        #expect(interval.lower <= interval.upper)
      }
    }
    var random = EvaluationTrials.generator(112)
    #expect(
      refusal { try AUC.bcaInterval(members: [], nonmembers: [1], using: &random) } == "empty_input"
    )
    #expect(
      refusal {
        try AUC.bcaInterval(members: [1, 2], nonmembers: [1], resamples: 99, using: &random)
      } == "invalid_parameter")
    #expect(
      refusal { try AUC.bcaInterval(members: [1, .nan], nonmembers: [1], using: &random) } == "nan")
    let ordered = try #require(
      try AUC.bcaInterval(
        members: [.infinity, 1, 0], nonmembers: [-.infinity, 0.5, 2], using: &random))
    #expect(ordered.lower >= 0 && ordered.upper <= 1)
  }

  @Test func `the same seed gives the same interval, and scores only count by their order`() throws
  {
    var draws = EvaluationTrials.generator(113)
    let members = draws.digits(30, below: 12)
    let nonmembers = draws.digits(25, below: 10)
    func interval(_ f: (Double) -> Double) throws -> Interval? {
      var random = EvaluationTrials.generator(114)
      return try AUC.bcaInterval(
        members: members.map(f), nonmembers: nonmembers.map(f), using: &random)
    }
    #expect(try interval { $0 } == interval { exp($0) })
  }

  @Test func `it covers the truth`() throws {
    let truth = 0.5 * erfc(-0.5)
    let covered = try EvaluationTrials.share(
      "BCa coverage, 30 + 30, B = 999", of: EvaluationTrials.resampled, seed: 115
    ) { random in
      guard
        let interval = try AUC.bcaInterval(
          members: random.normals(30, mean: 1), nonmembers: random.normals(30), resamples: 999,
          using: &random)
      else { return true }
      return interval.lower <= truth && truth <= interval.upper
    }
    #expect(try covered >= EvaluationTrials.least(0.95, of: EvaluationTrials.resampled))
  }
}
