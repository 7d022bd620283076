// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Student t` {
  @Test func `with 1, 2 and 4 degrees of freedom it has closed forms`() throws {
    for t in stride(from: 0.0, through: 30, by: 0.37) {
      let one = try StudentT.logSF(t, degrees: 1)
      #expect(scoresAgree(one, log(atan2(1, t) / .pi), 1e-12))
      let two = try StudentT.logSF(t, degrees: 2)
      let root = sqrt(t * t + 2)
      #expect(scoresAgree(two, log(1 / (root * (root + t))), 1e-12))
      let four = try StudentT.logSF(t, degrees: 4)
      let u = t / sqrt(t * t + 4)
      #expect(scoresAgree(four, log((1 - u) * (1 - u) * (2 + u) / 4), 1e-9))
    }
  }

  @Test func `it equals the integral of the density`() throws {
    for freedom in [1.5, 3, 7, 30] {
      let scale = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / sqrt(freedom * .pi)
      func density(_ t: Double) -> Double {
        scale * pow(1 + t * t / freedom, -(freedom + 1) / 2)
      }
      for t in [0.3, 1, 2.5] {
        // Simpson's rule from 0 to t.
        let steps = 2_000
        let width = t / Double(steps)
        let inside = (1..<steps).reduce(0.0) { sum, step in
          sum + (step % 2 == 1 ? 4 : 2) * density(Double(step) * width)
        }
        let area = width / 3 * (density(0) + inside + density(t))
        #expect(scoresAgree(exp(try StudentT.logSF(t, degrees: freedom)), 0.5 - area, 1e-10))
      }
    }
  }

  @Test func `both tails add up to 1 and it falls with t`() throws {
    var draws = ScoreDraws(181)
    for _ in 0..<500 {
      let freedom = 0.5 + 40 * draws.unit()
      let t = 8 * draws.unit()
      let upper = try StudentT.logSF(t, degrees: freedom)
      let lower = try StudentT.logSF(-t, degrees: freedom)
      #expect(scoresAgree(exp(upper) + exp(lower), 1))
      #expect(try StudentT.logSF(t + 0.01, degrees: freedom) < upper)
    }
  }

  @Test func `many degrees of freedom give the normal tail`() throws {
    for t in [0, 0.5, 2, 5] {
      #expect(scoresAgree(try StudentT.logSF(t, degrees: 1e9), Normal.logCDF(-t), 1e-6))
    }
  }

  @Test func `far out it keeps its logarithm`() throws {
    #expect(scoresAgree(try StudentT.logSF(1e300, degrees: 1), -log(.pi) - 300 * log(10), 1e-12))
    #expect(scoresAgree(try StudentT.logSF(1e140, degrees: 1), -log(.pi) - 140 * log(10), 1e-12))
    #expect(scoresAgree(try StudentT.logSF(1e200, degrees: 2), -log(2) - 400 * log(10), 1e-12))
    // The leading term ½ x^25 / (25 B(25, ½)) with x = 50 / t².
    let logBeta = lgamma(25) + lgamma(0.5) - lgamma(25.5)
    let leading = 25 * (log(50) - 20 * log(10)) - log(50) - logBeta
    #expect(scoresAgree(try StudentT.logSF(1e10, degrees: 50), leading, 1e-12))
    #expect(scoresAgree(try StudentT.logSF(1e-300, degrees: 3), log(0.5)))
    #expect(try StudentT.logSF(.infinity, degrees: 3) == -.infinity)
    #expect(try StudentT.logSF(-.infinity, degrees: 3) == 0)
  }
}
