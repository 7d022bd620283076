// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Planning` {
  @Test func `The power of a rank test is that of simulated ranks`() throws {
    let plan = try RankPower(references: 59, trueBits: 4, alpha: 0.05)
    #expect(plan.criticalBetter == 2)
    let share = try shareOfTrials(2000, seed: 100) { generator in
      let better = (0..<59).count { _ in generator.unitInterval() < 1.0 / 16 }
      return Double(better + 1) / 60 <= 0.05
    }
    #expect(isNear(share, plan.power, absolute: 0.05))
    #expect(try RankPower(references: 10, trueBits: 99, alpha: 0.05).power == 0)
    #expect(try RankPower(references: 19, trueBits: 1000, alpha: 0.05).power == 1)
    #expect(try RankPower.referencesNeeded(alpha: 0.05) == 19)
    #expect(try RankPower.referencesNeeded(alpha: 0.05, tests: 50) == 999)
    // ±1 bit at 95 % needs about 8 · 2^e references.
    let deviation = try RankPower.exposureDeviation(references: 8 * 1024, trueBits: 10)
    #expect(isNear(1.96 * deviation, 1, absolute: 0.02))
  }

  @Test func `The critical count is the first that rejects`() throws {
    for n in [1, 5, 30] {
      for rate in [0.0, 0.01, 0.3, 1] {
        let plan = try RatePower(nullRate: rate, trueRate: 0.5, trials: n, alpha: 0.05)
        let first =
          try (0...n).first { exp(try Binomial.logAtLeast($0, of: n, p: rate)) <= 0.05 } ?? n + 1
        #expect(plan.criticalCount == first && plan.size <= 0.05)
      }
    }
  }

  @Test func `Planned sizes are those of the tables`() throws {
    func members(_ fpr: Double, _ tpr: Double) throws -> Int {
      try RatePower.trialsNeeded(nullRate: fpr, trueRate: tpr, alpha: 0.05, power: 0.8)
    }
    #expect(try members(0.01, 0.05) == 110)
    #expect(try members(0.01, 0.1) == 42)
    #expect(try members(0.01, 0.2) == 14)
    // 299 is the first that reaches it; beyond 355 the power falls below again.
    func power(_ n: Int) throws -> Double {
      try RatePower(nullRate: 0.001, trueRate: 0.01, trials: n, alpha: 0.05).power
    }
    #expect(try power(298) < 0.8 && power(299) >= 0.8 && power(356) < 0.8)
    let safe = try members(0.001, 0.01)
    #expect(try power(safe - 1) < 0.8)
    for n in safe..<2000 { #expect(try power(n) >= 0.8) }
    #expect(try members(0.001, 0.05) == 59)
    for (auc, size) in [(0.55, 411), (0.6, 102), (0.7, 25), (0.8, 11)] {
      #expect(try groupSizeForAUC(auc, alpha: 0.05, power: 0.8) == size)
    }
    #expect(try pairsForChange(1, deviation: 1.5, alpha: 0.05, power: 0.8) == 18)
    #expect(try pairsForChange(-1, deviation: 3, alpha: 0.05, power: 0.8) == 71)
    let ranks = try pairsForChange(
      1, deviation: 3, alpha: 0.05, power: 0.8, test: .wilcoxon)
    #expect(ranks == 74)
    #expect(try trialsForZeroHits(rate: 0.01, alpha: 0.05) == 299)
  }

  @Test func `Epsilon needs as many guesses as certify it`() throws {
    for epsilon in [0.0, 0.1, 1, 3, 5, 8] {
      let guesses = try EpsilonPlanning.guessesNeeded(epsilon: epsilon, alpha: 0.05)
      #expect(try EpsilonPlanning.ceiling(guesses: guesses, alpha: 0.05) >= epsilon - 1e-9)
      if guesses > 1, epsilon > 0 {
        #expect(try EpsilonPlanning.ceiling(guesses: guesses - 1, alpha: 0.05) < epsilon)
      }
    }
    #expect(try EpsilonPlanning.guessesNeeded(epsilon: 5, alpha: 0.05) == 447)
    #expect(try EpsilonPlanning.ceiling(guesses: 1, alpha: 0.05) == 0)
    for (truth, guesses, shown) in [
      (1.0, 100, 0.43), (1, 400, 0.72), (1, 1600, 0.86), (4, 100, 2.50), (4, 400, 3.21),
      (4, 1600, 3.57), (8, 100, 3.49), (8, 400, 4.89), (8, 1600, 5.82),
    ] {
      let value = try EpsilonPlanning.detectable(
        trueEpsilon: truth, guesses: guesses, alpha: 0.05, power: 0.8)
      #expect(isNear(value, shown, absolute: 0.006), "\(truth) \(guesses): \(value)")
    }
  }

  @Test func `The standard errors agree with a simulated AUC under no difference`() throws {
    let errors = try AUCErrors(auc: 0.5, members: 12, nonmembers: 20)
    #expect(isNear(errors.error, errors.nullError, relative: 1e-12))
    #expect(try AUCErrors(auc: 1, members: 3, nonmembers: 4).error == 0)
  }

  @Test func `Nonsense is refused`() {
    let bad = "invalid_parameter"
    #expect(
      refusal { try RankPower(references: 0, trueBits: 1, alpha: 0.05) } == bad)
    #expect(
      refusal { try RankPower(references: 9, trueBits: .nan, alpha: 0.05) } == "nan")
    #expect(refusal { try RankPower.referencesNeeded(alpha: 0) } == bad)
    #expect(refusal { try RankPower.referencesNeeded(alpha: 1e-300) } == "not_reachable")
    #expect(
      refusal {
        try RatePower(nullRate: 0.1, trueRate: 0.2, trials: .max, alpha: 0.05)
      } == bad)
    #expect(
      refusal {
        try RatePower.trialsNeeded(nullRate: 0.2, trueRate: 0.1, alpha: 0.05, power: 0.8)
      } == bad)
    #expect(refusal { try trialsForZeroHits(rate: 1e-300, alpha: 0.05) } == "not_reachable")
    #expect(refusal { try trialsForZeroHits(rate: .nan, alpha: 0.05) } == "nan")
    #expect(
      refusal { try EpsilonPlanning.guessesNeeded(epsilon: 800, alpha: 0.05) }
        == "not_reachable")
    #expect(refusal { try EpsilonPlanning.ceiling(guesses: 0, alpha: 0.05) } == bad)
    #expect(refusal { try groupSizeForAUC(0.5, alpha: 0.05, power: 0.8) } == bad)
    #expect(
      refusal { try pairsForChange(0, deviation: 1, alpha: 0.05, power: 0.8) } == bad)
    #expect(
      refusal { try pairsForChange(1e-200, deviation: 1, alpha: 0.05, power: 0.8) }
        == "not_reachable")
  }
}
