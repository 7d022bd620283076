// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Exponential of four` {
  @Test func `it is the library's to 4 units in the last place, lane by lane`() {
    var random = seeded(60)
    var worst = 0.0
    for trial in 0..<50_000 {
      // Near 0, near the ends of a step of ½ ln 2, and anywhere.
      let reach = [1e-6, 3, 40, 708][trial % 4]
      var x = SIMD4<Double>.zero
      for lane in 0..<4 { x[lane] = -reach * random.unitInterval() }
      if trial % 8 == 1 { x[trial / 8 % 4] = -(Double(trial % 900) + 0.5) * 0.6931471805599453 }
      let result = exponential(x)
      for lane in 0..<4 {
        let expected = exp(x[lane])
        worst = max(worst, abs(result[lane] - expected) / expected.ulp)
      }
    }
    print("measured: exponential of four: \(worst) units in the last place")
    #expect(worst <= 4)
  }

  @Test func `the ends are exact or nearly so`() {
    #expect(exponential(.zero) == SIMD4(repeating: 1))
    #expect(exponential(SIMD4(repeating: -0.0)) == SIMD4(repeating: 1))
    let least = exponential(SIMD4(repeating: -708))[0]
    #expect(abs(least / exp(-708) - 1) < 1e-15 && least.isNormal)
  }

  @Test func `sums of logarithms are products`() {
    var random = seeded(61)
    for _ in 0..<2_000 {
      let (x, y) = (-300 * random.unitInterval(), -300 * random.unitInterval())
      let both = exponential(SIMD4(x, y, x + y, 0))
      #expect(isNear(both[0] * both[1], both[2], relative: 1e-13))
    }
  }
}
