// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `One-run epsilon` {
  /// The formula, with every chance of the binomial written out.
  static func naive(_ m: Int, _ r: Int, _ v: Int, _ delta: Double, _ epsilon: Double) -> Double {
    let q = exp(epsilon) / (1 + exp(epsilon))
    let chances = (0...r).map { k -> Double in
      var value = 1.0
      for i in 0..<k { value *= Double(r - i) / Double(k - i) * q }
      for _ in k..<r { value *= 1 - q }
      return value
    }
    let beta = chances[v...].reduce(0, +)
    let alpha =
      (0..<v).map { start in
        chances[start..<v].reduce(0, +) / Double(v - start)
      }.max() ?? 0
    return min(1, beta + 2 * Double(m) * delta * alpha)
  }

  @Test func `the p-curve is the formula written out`() throws {
    var random = EvaluationTrials.generator(81)
    for _ in 0..<400 {
      let m = 1 + random.hits(60, p: 0.5)
      let r = random.hits(m, p: 0.7)
      let v = random.hits(r, p: 0.6)
      for delta in [0, 1e-6, 1e-3, 0.2] {
        for epsilon in [0, 0.4, 1.5, 4] {
          let audit = try OneRunEpsilon(canaries: m, guesses: r, correct: v, delta: delta)
          let p = exp(try audit.logP(epsilon: epsilon))
          #expect(near(p, Self.naive(m, r, v, delta, epsilon), 1e-8), "\(audit) \(epsilon)")
        }
      }
    }
  }

  @Test func `the window is found where the chances beside the mode underflow`() throws {
    // 4,000 guesses all right while ε = 0 says half: the mode is 2,000 away.
    for (r, v, epsilon) in [(4000, 4000, 0.0), (4000, 30, 8), (4000, 2000, 9)] {
      let audit = try OneRunEpsilon(canaries: r, guesses: r, correct: v, delta: 1e-9)
      let q = 1 / (1 + exp(-epsilon))
      var logs = (0..<v).map { k -> Double in
        let (right, wrong) = (Double(k), Double(r - k))
        let ways = lgamma(Double(r) + 1) - lgamma(right + 1) - lgamma(wrong + 1)
        return ways + right * log(q) - wrong * log1p(exp(epsilon))
      }
      let largest = logs.max()!
      logs = logs.map { exp($0 - largest) }
      var (sum, best) = (0.0, 0.0)
      for k in stride(from: v - 1, through: 0, by: -1) {
        sum += logs[k]
        best = max(best, sum / Double(v - k))
      }
      let window: Double = log(2 * Double(r) * 1e-9) + largest + log(best)
      let pure = try OneRunEpsilon(canaries: r, guesses: r, correct: v, delta: 0)
        .logP(epsilon: epsilon)
      let top = max(window, pure)
      let scaled: Double = exp(window - top) + exp(pure - top)
      let expected = min(0, top + log(scaled))
      #expect(near(try audit.logP(epsilon: epsilon), expected, 1e-8))
    }
  }

  @Test func `the bound is where p crosses alpha`() throws {
    var random = EvaluationTrials.generator(82)
    for _ in 0..<200 {
      let r = 1 + random.hits(200, p: 0.5)
      let audit = try OneRunEpsilon(
        canaries: 2 * r, guesses: r, correct: random.hits(r, p: 0.9), delta: 1e-5)
      let bound = try audit.lowerBound()
      if bound == 0 {
        #expect(try audit.logP(epsilon: 0) > log(0.05))
      } else {
        #expect(try audit.logP(epsilon: bound) <= log(0.05) + 1e-9)
        #expect(try audit.logP(epsilon: bound + 1e-9) >= log(0.05) - 1e-6)
      }
      #expect(try audit.lowerBound(alpha: 0.01) <= bound)
    }
  }

  @Test func `all guesses right reach the ceiling`() throws {
    for (r, ceiling) in [(10, 1.05), (20, 1.82), (50, 2.79), (100, 3.49), (1000, 5.81)] {
      let share = pow(0.05, 1 / Double(r))
      let value = log(share / (1 - share))
      #expect(abs(value - ceiling) < 0.006)
      let audit = try OneRunEpsilon(canaries: r, guesses: r, correct: r, delta: 0)
      #expect(near(try audit.lowerBound(), value, 1e-8))
    }
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    for (m, r, v) in [(10, 12, 5), (10, 5, 6), (10, 5, -1), (-1, -1, -1), (.max, .max, 1)] {
      #expect(
        refusal { try OneRunEpsilon(canaries: m, guesses: r, correct: v, delta: 0) }
          == "invalid_parameter")
    }
    #expect(
      refusal { try OneRunEpsilon(canaries: 0, guesses: 0, correct: 0, delta: 0) } == "empty_input")
    for delta in [-1, 1, .nan] {
      #expect(
        refusal { try OneRunEpsilon(canaries: 9, guesses: 1, correct: 1, delta: delta) }
          == "invalid_parameter")
    }
    let audit = try OneRunEpsilon(canaries: 9, guesses: 9, correct: 9, delta: 0.1)
    for epsilon in [-1, .nan, .infinity] {
      #expect(refusal { try audit.logP(epsilon: epsilon) } == "invalid_parameter")
    }
    for alpha in [0, 1, .nan] {
      #expect(refusal { try audit.lowerBound(alpha: alpha) } == "invalid_parameter")
    }
    for epsilon in [0, 30, 800, 1e300] { #expect(try audit.logP(epsilon: epsilon) <= 0) }
    let nothing = try OneRunEpsilon(canaries: 9, guesses: 0, correct: 0, delta: 0.1)
    #expect(try nothing.lowerBound() == 0)
    let large = try OneRunEpsilon(
      canaries: 10_000, guesses: 10_000, correct: 9_900, delta: 1e-7)
    #expect(try large.lowerBound() > 4)
  }

  @Test func `a true epsilon of 1 is seldom exceeded`() throws {
    let right = 1 / (1 + exp(-1.0))
    let share = try EvaluationTrials.share("one-run epsilon above the truth, 200", seed: 83) {
      random in
      try OneRunEpsilon(
        canaries: 200, guesses: 200, correct: random.hits(200, p: right), delta: 0
      ).lowerBound() > 1
    }
    #expect(try share <= EvaluationTrials.most(0.05) && share > 0.01)
  }
}

@Suite struct `One-run trade-off` {
  @Test func `its curve of approximate privacy is the trade-off of both sides`() throws {
    // A hypothesis that allows everything is never rejected, one that allows nothing is.
    let audit = try OneRunTradeOff(canaries: 100, guesses: 100, correct: 90)
    #expect(try audit.statistic(.approximate(epsilon: 50, delta: 0)) <= 0)
    #expect(try audit.statistic(.approximate(epsilon: 0, delta: 0)) > 0)
    #expect(try audit.statistic(.approximate(epsilon: 0, delta: 1)) <= 0)
  }

  @Test func `the bound is where the statistic changes sign`() throws {
    var random = EvaluationTrials.generator(84)
    for _ in 0..<40 {
      let guesses = 10 + random.hits(100, p: 0.5)
      let audit = try OneRunTradeOff(
        canaries: 120, guesses: guesses, correct: random.hits(guesses, p: 0.9))
      let mu = try audit.muLowerBound()
      if mu > 0 {
        #expect(try audit.statistic(.gaussian(mu: mu * (1 - 1e-9))) > 0)
      }
      #expect(try audit.statistic(.gaussian(mu: mu + 1e-9)) <= 0)
      #expect(try audit.muLowerBound(alpha: 0.01) <= mu)
      let epsilon = try audit.epsilonLowerBound(delta: 1e-5)
      #expect(near(epsilon, try GaussianPrivacy(mu: mu).epsilon(delta: 1e-5)))
    }
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    for (m, r, v) in [(10, 12, 5), (10, 5, 6), (10, 5, -1), (-1, -1, -1), (.max, .max, 1)] {
      #expect(
        refusal { try OneRunTradeOff(canaries: m, guesses: r, correct: v) } == "invalid_parameter")
    }
    #expect(refusal { try OneRunTradeOff(canaries: 0, guesses: 0, correct: 0) } == "empty_input")
    let audit = try OneRunTradeOff(canaries: 10, guesses: 10, correct: 10)
    for bad: OneRunTradeOff.Hypothesis in [
      .gaussian(mu: -1), .gaussian(mu: .nan), .gaussian(mu: .infinity),
      .approximate(epsilon: .nan, delta: 0), .approximate(epsilon: 1, delta: 2),
    ] {
      #expect(refusal { try audit.statistic(bad) } == "invalid_parameter")
    }
    for alpha in [0, 1, .nan] {
      #expect(refusal { try audit.muLowerBound(alpha: alpha) } == "invalid_parameter")
    }
    #expect(try audit.statistic(.gaussian(mu: 1e300)) < 0)
    #expect(try audit.statistic(.approximate(epsilon: 1e300, delta: 0)) < 0)
    let nothing = try OneRunTradeOff(canaries: 9, guesses: 0, correct: 0)
    #expect(try nothing.muLowerBound() == 0 && nothing.epsilonLowerBound(delta: 0.1) == 0)
    let large = try OneRunTradeOff(canaries: 10_000, guesses: 10_000, correct: 9_000)
    #expect(try large.muLowerBound() > 0.5)
  }

  @Test func `a true mu of 1 is seldom exceeded`() throws {
    // The best guess of one Gaussian release is right with probability Φ(½).
    let right = 0.5 * erfc(-0.5 / 2.0.squareRoot())
    let share = try EvaluationTrials.share("one-run mu above the truth, 200", seed: 85) { random in
      try OneRunTradeOff(canaries: 200, guesses: 200, correct: random.hits(200, p: right))
        .statistic(.gaussian(mu: 1)) > 0
    }
    #expect(try share <= EvaluationTrials.most(0.05))
  }
}
