// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

/// |x − y| ≤ relative · |y| + absolute.
func isNear(_ x: Double, _ y: Double, relative: Double = 0, absolute: Double = 0) -> Bool {
  x == y || abs(x - y) <= relative * abs(y) + absolute
}

/// Simpson's rule on an even number of intervals.
func simpson(_ from: Double, _ to: Double, _ intervals: Int, _ f: (Double) -> Double) -> Double {
  let width = (to - from) / Double(intervals)
  var sum = f(from) + f(to)
  for step in 1..<intervals {
    sum += (step % 2 == 1 ? 4 : 2) * f(from + Double(step) * width)
  }
  return sum * width / 3
}

@Suite struct `Special functions` {
  @Test(arguments: [0.5, 1, 2.5, 10, 60])
  func `The incomplete gamma function is the integral of its density`(a: Double) {
    for x in [0.3, 1, 4, 11, 55, 70] {
      // Substituted t = u² against the pole at 0 for a < 1.
      let whole = simpson(0, x.squareRoot(), 4000) { u in
        u == 0 ? (a == 0.5 ? 2 : 0) : 2 * exp((2 * a - 1) * log(u) - u * u)
      }
      let lower = exp(Gamma.logRegularized(a, at: x).lower)
      #expect(isNear(lower, whole / tgamma(a), relative: 1e-9, absolute: 1e-12), "a \(a) x \(x)")
    }
  }

  @Test func `Both tails of the gamma distribution sum to one`() {
    var generator = seeded(20)
    for _ in 0..<500 {
      let a = exp(generator.unitInterval() * 14 - 4)
      let x = a * exp(generator.unitInterval() * 4 - 2)
      let (lower, upper) = Gamma.logRegularized(a, at: x)
      #expect(isNear(exp(lower) + exp(upper), 1, absolute: 1e-12))
      #expect(lower <= 0 && upper <= 0)
    }
  }

  @Test func `Far gamma tails keep their digits`() {
    // Q(1, x) = e^−x, Q(2, x) = (1 + x) e^−x.
    #expect(isNear(Gamma.logRegularized(1, at: 2000).upper, -2000, relative: 1e-13))
    #expect(isNear(Gamma.logRegularized(2, at: 900).upper, -900 + log(901), relative: 1e-13))
    #expect(Gamma.logRegularized(3, at: 0).lower == -.infinity)
    #expect(Gamma.logRegularized(3, at: .infinity).upper == -.infinity)
  }

  @Test func `The chi-square tail has its textbook values and refuses nonsense`() throws {
    #expect(isNear(exp(try ChiSquare.logSF(3.841458820694124, degrees: 1)), 0.05, relative: 1e-10))
    #expect(isNear(exp(try ChiSquare.logSF(18.307038053275146, degrees: 10)), 0.05, relative: 1e-9))
    #expect(isNear(try ChiSquare.logSF(5000, degrees: 2), -2500, relative: 1e-13))
    #expect(throws: StatisticsError.self) { try ChiSquare.logSF(.nan, degrees: 1) }
    #expect(throws: StatisticsError.self) { try ChiSquare.logSF(1, degrees: 0) }
    #expect(throws: StatisticsError.self) { try ChiSquare.logSF(1, degrees: .infinity) }
  }

  @Test func `Student's t with one and two degrees has its closed forms`() throws {
    for t in [-1e200, -1e10, -30, -2, -0.4, -1e-9, 0, 1e-9, 0.4, 1, 2, 30, 1e5] {
      // The arctangent of 1/|t| keeps the digits of the tail.
      let tail = t == 0 ? 0.5 : atan(1 / abs(t)) / .pi
      let one = exp(try StudentT.logSF(t, degrees: 1))
      #expect(isNear(one, t > 0 || t == 0 ? tail : 1 - tail, relative: 1e-12), "t \(t)")
      guard abs(t) < 1e8 else { continue }
      let root = (2 + t * t).squareRoot()
      let two = t > 0 ? 1 / (root * (root + t)) : 0.5 - t / (2 * root)
      #expect(isNear(exp(try StudentT.logSF(t, degrees: 2)), two, relative: 1e-12), "t \(t)")
    }
    #expect(isNear(try StudentT.logSF(1e200, degrees: 1), -log(.pi * 1e200), relative: 1e-14))
    #expect(try StudentT.logSF(.infinity, degrees: 3) == -.infinity)
    #expect(try StudentT.logSF(-.infinity, degrees: 3) == 0)
  }

  @Test(arguments: [0.7, 1, 3, 10, 58, 1e6])
  func `Student's quantile undoes the cdf`(degrees: Double) throws {
    for p in [1e-12, 1e-4, 0.025, 0.2, 0.3, 0.5, 0.55, 0.8, 0.975, 0.9999] {
      let t = try StudentT.quantile(p, degrees: degrees)
      #expect(
        isNear(try StudentT.cdf(t, degrees: degrees), p, relative: degrees > 1e5 ? 1e-8 : 1e-10),
        "p \(p)")
    }
    #expect(try StudentT.quantile(0, degrees: degrees) == -.infinity)
    #expect(try StudentT.quantile(1, degrees: degrees) == .infinity)
  }

  @Test func `Student's quantile has its textbook values and refuses nonsense`() throws {
    #expect(isNear(try StudentT.quantile(0.975, degrees: 4), 2.7764451051977987, relative: 1e-11))
    #expect(isNear(try StudentT.quantile(0.975, degrees: 28), 2.048407141795244, relative: 1e-11))
    #expect(isNear(try StudentT.quantile(0.9, degrees: 1e9), 1.2815515655446, relative: 1e-7))
    #expect(throws: StatisticsError.self) { try StudentT.quantile(1.5, degrees: 3) }
    #expect(throws: StatisticsError.self) { try StudentT.quantile(.nan, degrees: 3) }
    #expect(throws: StatisticsError.self) { try StudentT.logSF(1, degrees: -1) }
  }

  @Test func `Owen's T is its integral, odd in a, even in h`() {
    for h in [0.0, 0.3, 1, 2.5, 4] {
      for a in [0.2, 1, 1.0001, 3, 20] {
        let integral = simpson(0, a, 20_000) { exp(-0.5 * h * h * (1 + $0 * $0)) / (1 + $0 * $0) }
        let value = owensT(h, a)
        #expect(isNear(value, integral / (2 * .pi), relative: 1e-9), "h \(h) a \(a)")
        #expect(owensT(-h, a) == value && owensT(h, -a) == -value)
      }
    }
    #expect(isNear(owensT(1.3, .infinity), 0.5 * Normal.sf(1.3), relative: 1e-14))
    #expect(owensT(2, 0) == 0 && owensT(.infinity, 2) == 0)
    #expect(isNear(owensT(1.1, 1), 0.5 * Normal.cdf(1.1) * Normal.sf(1.1), relative: 1e-13))
  }

  @Test func `The logarithm of the normal cdf is smooth where its branches meet`() {
    for x in [-10.0, 0, 5] {
      let step = 1e-7
      let slope = (Normal.logCDF(x + step) - Normal.logCDF(x - step)) / (2 * step)
      let density = exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
      #expect(isNear(slope, density / Normal.cdf(x), relative: 1e-5, absolute: 1e-9))
    }
    #expect(Normal.logCDF(-.infinity) == -.infinity && Normal.logCDF(.infinity) == 0)
    #expect(Normal.logCDF(-1e200) == -.infinity)
  }

  @Test func `The binomial tails agree with plain sums`() throws {
    for n in [1, 2, 7, 20] {
      for p in [0.0, 0.03, 0.5, 0.9, 1] {
        var masses: [Double] = []
        for k in 0...n {
          let ways = (0..<k).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }
          masses.append(ways * pow(p, Double(k)) * pow(1 - p, Double(n - k)))
        }
        for k in 0...n {
          let upper = masses[k...].reduce(0, +)
          let lower = masses[...k].reduce(0, +)
          #expect(isNear(exp(try Binomial.logAtLeast(k, of: n, p: p)), upper, absolute: 1e-12))
          #expect(isNear(exp(try Binomial.logAtMost(k, of: n, p: p)), lower, absolute: 1e-12))
        }
      }
    }
    #expect(try Binomial.logAtLeast(-3, of: 2, p: 0.5) == 0)
    #expect(try Binomial.logAtMost(-3, of: 2, p: 0.5) == -.infinity)
    #expect(throws: StatisticsError.self) { try Binomial.logAtMost(1, of: -1, p: 0.5) }
    #expect(throws: StatisticsError.self) { try Binomial.logAtMost(1, of: 2, p: -0.1) }
  }
}
