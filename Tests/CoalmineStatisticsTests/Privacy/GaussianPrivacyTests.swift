// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Gaussian privacy` {
  /// ∫ max(0, φ(x − μ) − e^ε φ(x)) dx, the definition of δ for two normals, by Simpson's rule over
  /// the part where it is positive.
  static func delta(_ mu: Double, _ epsilon: Double) -> Double {
    let start = epsilon / mu + mu / 2
    func excess(_ x: Double) -> Double {
      (exp(-0.5 * (x - mu) * (x - mu)) - exp(epsilon - 0.5 * x * x)) / (2 * Double.pi).squareRoot()
    }
    let steps = 20_000
    let width = (max(start, mu) + 12 - start) / Double(steps)
    var sum = excess(start)
    for step in 1..<steps {
      sum += excess(start + Double(step) * width) * (step % 2 == 1 ? 4 : 2)
    }
    return sum * width / 3
  }

  @Test func `delta is the integral of the excess density`() throws {
    for mu in [0.3, 1, 2.5, 6] {
      for epsilon in [0, 0.2, 1, 3, 9] {
        let expected = Self.delta(mu, epsilon)
        guard expected > 1e-200 else { continue }
        let value = try GaussianPrivacy(mu: mu).delta(epsilon: epsilon)
        #expect(abs(value / expected - 1) < 1e-6, "mu \(mu), epsilon \(epsilon)")
      }
    }
  }

  @Test func `at epsilon 0 it is 2 Φ(μ/2) − 1, however small μ is`() throws {
    for mu in [1e-9, 1e-3, 0.5, 1, 4, 30] {
      let value = try GaussianPrivacy(mu: mu).delta(epsilon: 0)
      #expect(near(value / erf(mu / 2 / 2.0.squareRoot()), 1, 1e-12 + 1e-15 / mu))
    }
  }

  @Test func `delta falls with epsilon, rises with mu, and epsilon inverts it`() throws {
    var random = EvaluationTrials.generator(73)
    for _ in 0..<300 {
      let mu = 0.01 + 5 * random.unitInterval()
      let epsilon = 20 * random.unitInterval()
      let privacy = try GaussianPrivacy(mu: mu)
      let here = try privacy.logDelta(epsilon: epsilon)
      #expect(try privacy.logDelta(epsilon: epsilon + 0.01) < here)
      #expect(try GaussianPrivacy(mu: mu * 1.01).logDelta(epsilon: epsilon) > here)
      if here > -700 {
        let back = try privacy.epsilon(delta: exp(here))
        #expect(abs(back - epsilon) < 1e-8 * max(1, epsilon))
      }
    }
  }

  @Test func `a pair of error rates on the curve gives back its mu`() throws {
    for mu in [0, 0.5, 1, 3.7] {
      for rate in [1e-3, 0.01, 0.3, 0.5, 0.9] {
        let missed = try GaussianPrivacy(mu: mu).falseNegativeRate(atFalsePositiveRate: rate)
        let back = try gaussianMu(falsePositiveRate: rate, falseNegativeRate: missed)
        #expect(abs(back - mu) < 1e-9)
      }
    }
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    for mu in [-1, .nan, .infinity] {
      #expect(refusal { try GaussianPrivacy(mu: mu) } == "invalid_parameter")
    }
    let privacy = try GaussianPrivacy(mu: 1)
    for epsilon in [-1, .nan, .infinity] {
      #expect(refusal { try privacy.logDelta(epsilon: epsilon) } == "invalid_parameter")
    }
    for delta in [0, 1, -1, .nan] {
      #expect(refusal { try privacy.epsilon(delta: delta) } == "invalid_parameter")
    }
    #expect(
      refusal { try privacy.falseNegativeRate(atFalsePositiveRate: 2) } == "invalid_parameter")
    #expect(
      refusal { try gaussianMu(falsePositiveRate: .nan, falseNegativeRate: 0) }
        == "invalid_parameter")
    #expect(try gaussianMu(falsePositiveRate: 0, falseNegativeRate: 1) == 0)
    #expect(try gaussianMu(falsePositiveRate: 0, falseNegativeRate: 0.5) == .infinity)
    #expect(try GaussianPrivacy(mu: 0).delta(epsilon: 0) == 0)
    #expect(try GaussianPrivacy(mu: 0).epsilon(delta: 1e-9) == 0)
    for mu in [1e-300, 1e-8, 1, 1e5, 1e300] {
      for epsilon in [0, 1e-9, 1, 1e6, 1e300] {
        let value = try GaussianPrivacy(mu: mu).logDelta(epsilon: epsilon)
        #expect(!value.isNaN && value <= 0)
      }
      #expect(try GaussianPrivacy(mu: mu).epsilon(delta: 1e-5) >= 0)
    }
  }
}

@Suite struct `Group privacy` {
  @Test func `the delta of a group is the sum over its members`() throws {
    // δ · Σ_{i<r} e^{iε}.
    for epsilon in [0, 0.1, 1, 3] {
      for copies in [1, 2, 7] {
        let sum = (0..<copies).reduce(0.0) { $0 + exp(Double($1) * epsilon) }
        let group = try groupPrivacy(epsilon: epsilon, delta: 1e-12, copies: copies)
        #expect(near(group.epsilon, Double(copies) * epsilon))
        #expect(abs(group.delta / (1e-12 * sum) - 1) < 1e-10)
      }
    }
    #expect(try groupPrivacy(epsilon: 500, delta: 0.1, copies: 1000).delta == 1)
    #expect(try groupPrivacy(epsilon: 500, delta: 0, copies: 1000).delta == 0)
  }

  @Test func `the record's epsilon is the largest that the group's bound excludes`() throws {
    #expect(try recordEpsilon(groupEpsilon: 6, groupDelta: 0, copies: 4, delta: 0) == 1.5)
    #expect(try recordEpsilon(groupEpsilon: 6, groupDelta: 1e-5, copies: 1, delta: 1e-5) == 6)
    #expect(try recordEpsilon(groupEpsilon: 6, groupDelta: 1e-5, copies: 4, delta: 1e-5) == 0)
    let own = try recordEpsilon(groupEpsilon: 60, groupDelta: 1e-5, copies: 4, delta: 1e-7)
    #expect(own > 0 && own < 15)
    #expect(near(try groupPrivacy(epsilon: own, delta: 1e-7, copies: 4).delta, 1e-5))
  }

  @Test func `hostile input is refused`() throws {
    for (epsilon, delta, copies) in [
      (-1, 0, 1), (.nan, 0, 1), (.infinity, 0, 1), (1, -1, 1), (1, 2, 1), (1, .nan, 1), (1, 0, 0),
      (1.0, 0.0, -3),
    ] {
      #expect(
        refusal { try groupPrivacy(epsilon: epsilon, delta: delta, copies: copies) }
          == "invalid_parameter")
      #expect(
        refusal {
          try recordEpsilon(
            groupEpsilon: epsilon, groupDelta: delta, copies: copies, delta: 0)
        } == "invalid_parameter")
    }
    #expect(
      refusal { try recordEpsilon(groupEpsilon: 1, groupDelta: 0, copies: 2, delta: 0.1) }
        == "invalid_parameter")
    #expect(try groupPrivacy(epsilon: 1e300, delta: 1e-300, copies: .max).delta == 1)
  }
}
