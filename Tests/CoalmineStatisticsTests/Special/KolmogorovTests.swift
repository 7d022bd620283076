// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Kolmogorov distribution` {
  @Test func `One and two observations have their closed forms`() {
    for d in stride(from: 0.51, to: 1, by: 0.07) {
      // n = 1: P(D < d) = 2d − 1.
      #expect(isNear(exp(Kolmogorov.logSF(1, d)), 2 - 2 * d, relative: 1e-12))
      // n = 2, d ≥ ½: P(D ≥ d) = 2(1 − d)².
      #expect(isNear(exp(Kolmogorov.logSF(2, d)), 2 * (1 - d) * (1 - d), relative: 1e-12))
    }
    // n = 2, ¼ ≤ d ≤ ½: P(D < d) = 2(2d − ½)².
    #expect(isNear(exp(Kolmogorov.logSF(2, 0.4)), 1 - 2 * 0.09, relative: 1e-12))
  }

  @Test(arguments: [5, 30, 140, 141, 1000])
  func `The tail falls with d, from 1 to 0`(n: Int) {
    let tails = stride(from: 0.0, through: 1, by: 0.01).map { Kolmogorov.logSF(n, $0) }
    #expect(tails.first == 0 && tails.last == -.infinity)
    #expect(zip(tails, tails.dropFirst()).allSatisfy { $0 >= $1 - 1e-6 })
  }

  @Test func `Branches meet where they change over`() {
    // At n d² = 4, at 140 observations, at the end of the matrix.
    for (n, d) in [(100, 0.2), (140, 0.1), (141, 0.1), (400, 0.07416), (2000, 0.0331)] {
      let below = Kolmogorov.logSF(n, d - 1e-7)
      let above = Kolmogorov.logSF(n, d + 1e-7)
      #expect(isNear(below, above, absolute: 2e-4), "n \(n) d \(d)")
    }
  }

  @Test func `Large samples approach the limit, small tails do not underflow`() {
    #expect(
      isNear(Kolmogorov.logSF(1_000_000, 0.001), Kolmogorov.logLimitSF(1), absolute: 1e-3))
    #expect(isNear(Kolmogorov.logSF(10_000, 0.3), -2 * 10_000 * 0.09, relative: 0.05))
    #expect(Kolmogorov.logLimitSF(0) == 0 && Kolmogorov.logLimitSF(1e9).isFinite)
    #expect(Kolmogorov.logLimitSF(.infinity) == -.infinity)
  }

  @Test func `Both series of the limit agree where they meet`() {
    #expect(
      isNear(Kolmogorov.logLimitSF(1 - 1e-12), Kolmogorov.logLimitSF(1), relative: 1e-10))
  }
}
