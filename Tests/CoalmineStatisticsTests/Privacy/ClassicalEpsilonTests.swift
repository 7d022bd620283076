// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Classical epsilon` {
  /// P(Bin(n, p) ≤ k), term by term.
  static func atMost(_ k: Int, of n: Int, p: Double) -> Double {
    var term = pow(1 - p, Double(n))
    var sum = term
    for i in 0..<k {
      term *= Double(n - i) / Double(i + 1) * p / (1 - p)
      sum += term
    }
    return sum
  }

  /// The rate at which so few are just as rare as `tail`, by halving.
  static func upper(_ k: Int, of n: Int, tail: Double) -> Double {
    if k == n { return 1 }
    var (low, high) = (0.0, 1.0)
    for _ in 0..<80 {
      let p = (low + high) / 2
      if atMost(k, of: n, p: p) > tail { low = p } else { high = p }
    }
    return high
  }

  @Test func `it is the definition over bounds found by halving`() throws {
    for (tp, fp, n) in [(9, 1, 10), (10, 0, 10), (5, 5, 12), (0, 12, 12), (30, 2, 40), (12, 0, 40)]
    {
      for delta in [0, 1e-5, 0.01, 0.3] {
        let bound = try ClassicalEpsilon(
          truePositives: tp, members: n, falsePositives: fp, nonmembers: n, delta: delta)
        let missed = Self.upper(n - tp, of: n, tail: 0.025)
        let mistaken = Self.upper(fp, of: n, tail: 0.025)
        let one = 1 - missed - delta > 0 ? max(0, log((1 - missed - delta) / mistaken)) : 0
        let two = 1 - mistaken - delta > 0 ? max(0, log((1 - mistaken - delta) / missed)) : 0
        #expect(near(bound.fromPositives, one, 1e-8) && near(bound.fromNegatives, two, 1e-8))
        #expect(bound.lowerBound == max(bound.fromPositives, bound.fromNegatives))
        #expect(bound.muLowerBound >= 0)
      }
    }
  }

  @Test func `nothing wrong reaches the ceiling`() throws {
    for trials in [1, 10, 100, 5000] {
      let bound = try ClassicalEpsilon(
        truePositives: trials, members: trials, falsePositives: 0, nonmembers: trials)
      #expect(near(bound.lowerBound, try classicalEpsilonCeiling(trials: trials), 1e-8))
    }
    #expect(refusal { try classicalEpsilonCeiling(trials: 0) } == "invalid_parameter")
    #expect(refusal { try classicalEpsilonCeiling(trials: 9, alpha: 1) } == "invalid_parameter")
  }

  @Test func `more delta or more confidence never gives more epsilon`() throws {
    var random = EvaluationTrials.generator(71)
    for _ in 0..<100 {
      let (tp, fp) = (random.hits(50, p: 0.7), random.hits(50, p: 0.1))
      func bound(_ delta: Double, _ alpha: Double) throws -> Double {
        try ClassicalEpsilon(
          truePositives: tp, members: 50, falsePositives: fp, nonmembers: 50, delta: delta,
          alpha: alpha
        ).lowerBound
      }
      #expect(try bound(0.01, 0.05) <= bound(0, 0.05))
      #expect(try bound(0, 0.01) <= bound(0, 0.05))
    }
  }

  @Test func `impossible counts are refused`() throws {
    for (tp, m, fp, n) in [(3, 2, 0, 2), (-1, 2, 0, 2), (0, -2, 0, 2), (0, 2, 3, 2), (0, 2, 0, -1)]
    {
      #expect(
        refusal {
          try ClassicalEpsilon(truePositives: tp, members: m, falsePositives: fp, nonmembers: n)
        } == "invalid_parameter")
    }
    #expect(
      refusal {
        try ClassicalEpsilon(truePositives: 0, members: 0, falsePositives: 0, nonmembers: 2)
      } == "empty_input")
    for (delta, alpha) in [(-1, 0.05), (1, 0.05), (.nan, 0.05), (0, 0), (0, 1), (0, Double.nan)] {
      #expect(
        refusal {
          try ClassicalEpsilon(
            truePositives: 1, members: 2, falsePositives: 0, nonmembers: 2, delta: delta,
            alpha: alpha)
        } == "invalid_parameter")
    }
    let large = try ClassicalEpsilon(
      truePositives: 900_000_000, members: 1_000_000_000, falsePositives: 10_000_000,
      nonmembers: 1_000_000_000)
    #expect(abs(large.lowerBound - log(90)) < 0.01)
  }

  @Test func `a true epsilon of 1 is seldom exceeded`() throws {
    let right = 1 / (1 + exp(-1.0))
    let share = try EvaluationTrials.share("classical epsilon above the truth, 200", seed: 72) {
      random in
      try ClassicalEpsilon(
        truePositives: random.hits(200, p: right), members: 200,
        falsePositives: random.hits(200, p: 1 - right), nonmembers: 200
      ).lowerBound > 1
    }
    #expect(try share <= EvaluationTrials.most(0.05))
    // The threshold halfway between two normal distributions one apart: a true μ of 1.
    let wrong = 0.5 * erfc(0.5 / 2.0.squareRoot())
    let mu = try EvaluationTrials.share("classical mu above the truth, 200", seed: 73) { random in
      try ClassicalEpsilon(
        truePositives: random.hits(200, p: 1 - wrong), members: 200,
        falsePositives: random.hits(200, p: wrong), nonmembers: 200
      ).muLowerBound > 1
    }
    #expect(try mu <= EvaluationTrials.most(0.05))
  }
}
