// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Skew-normal distribution` {
  @Test(arguments: [-40.0, -5, -0.7, 0, 0.3, 2, 9, 50])
  func `The cdf is the integral of the density`(shape: Double) throws {
    let distribution = try SkewNormal(shape: shape, location: 0, scale: 1)
    for x in [-2.0, -0.4, -0.01, 0.01, 0.3, 1.2, 3] {
      let from = min(-9, x - 1)
      let integral = simpson(from, x, 40_000) {
        2 * exp(-0.5 * $0 * $0) / (2 * Double.pi).squareRoot() * 0.5
          * erfc(-shape * $0 / 2.0.squareRoot())
      }
      let value = try distribution.cdf(x)
      #expect(isNear(value, integral, relative: 1e-7, absolute: 1e-13), "x \(x)")
    }
  }

  @Test func `Both tails sum to one and mirror each other`() throws {
    var generator = seeded(21)
    for _ in 0..<400 {
      let shape = (generator.unitInterval() - 0.5) * 60
      let x = (generator.unitInterval() - 0.5) * 12
      let one = try SkewNormal(shape: shape, location: 0, scale: 1)
      let other = try SkewNormal(shape: -shape, location: 0, scale: 1)
      #expect(isNear(exp(try one.logCDF(x)) + exp(try one.logSF(x)), 1, absolute: 1e-11))
      #expect(try one.logSF(x) == other.logCDF(-x))
    }
  }

  @Test func `The far left tail follows its leading term`() throws {
    for (shape, x) in [(2.0, -200.0), (10, -60), (0.5, -1000)] {
      let distribution = try SkewNormal(shape: shape, location: 0, scale: 1)
      let steep = 1 + shape * shape
      let leading = -x * x * steep / 2 - log(.pi * shape * x * x * steep)
      #expect(isNear(try distribution.logCDF(x), leading, absolute: 1e-2))
    }
  }

  @Test func `The cdf rises through 0 without a step`() throws {
    for shape in [-50.0, -1, 1, 50, 1e4] {
      let distribution = try SkewNormal(shape: shape, location: 0, scale: 1)
      let middle = try distribution.cdf(0)
      #expect(isNear(try distribution.cdf(-1e-12), middle, relative: 1e-7))
      #expect(isNear(try distribution.cdf(1e-12), middle, relative: 1e-7))
    }
  }

  @Test func `Huge and infinite values give ends of the range, never NaN`() throws {
    for shape in [-1e300, -3, 0, 3, 1e300] {
      let distribution = try SkewNormal(shape: shape, location: 0, scale: 1e-3)
      for x in [-Double.infinity, -1e300, -1, 0, 1, 1e300, .infinity] {
        let values = [
          try distribution.logCDF(x), try distribution.logSF(x), try distribution.logDensity(x),
        ]
        #expect(!values.contains { $0.isNaN })
        #expect(try distribution.logCDF(x) <= 0)
      }
      #expect(try distribution.logCDF(-.infinity) == -.infinity)
      #expect(try distribution.logCDF(.infinity) == 0)
    }
  }

  @Test func `Parameters that are no distribution are refused`() {
    for (shape, location, scale) in [
      (Double.nan, 0.0, 1.0), (0, .nan, 1), (0, 0, .nan), (0, 0, 0), (0, 0, -1),
      (.infinity, 0, 1), (0, .infinity, 1), (0, 0, .infinity),
    ] {
      #expect(throws: StatisticsError.self) {
        try SkewNormal(shape: shape, location: location, scale: scale)
      }
    }
  }
}
