// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The gamma function and its incomplete integrals in log space.
package enum Gamma {
  /// ln Γ(x) for x > 0.
  package static func log(_ x: Double) -> Double { lgamma(x) }

  /// ln P(a, x), the regularised lower incomplete gamma function, and ln Q(a, x), its complement.
  ///
  /// The power series below x = a + 1, Lentz's continued fraction above.
  ///
  /// - Parameters: a positive and finite; x at least 0.
  /// - Complexity: O(√a) terms near x = a.
  /// Source: Abramowitz and Stegun 1964, 6.5.29 for the series.
  package static func logRegularized(_ a: Double, at x: Double) -> (lower: Double, upper: Double) {
    if x <= 0 { return (-.infinity, 0) }
    if x.isInfinite { return (0, -.infinity) }
    let front = a * Glibc.log(x) - x - lgamma(a)
    if x < a + 1 {
      var term = 1 / a
      var sum = term
      var denominator = a
      for _ in 0..<1_000_000 {
        denominator += 1
        term *= x / denominator
        sum += term
        if term < sum * 1e-17 { break }
      }
      let lower = min(0, front + Glibc.log(sum))
      return (lower, Beta.log1pOfMinusExp(lower))
    }
    let tiny = 1e-300
    var b = x + 1 - a
    var c = 1 / tiny
    var d = 1 / (abs(b) < tiny ? tiny : b)
    var fraction = d
    for step in 1...1_000_000 {
      let n = Double(step)
      let numerator = -n * (n - a)
      b += 2
      d = numerator * d + b
      c = b + numerator / c
      d = 1 / (abs(d) < tiny ? tiny : d)
      if abs(c) < tiny { c = tiny }
      fraction *= d * c
      if abs(d * c - 1) < 1e-16 { break }
    }
    let upper = min(0, front + Glibc.log(fraction))
    return (Beta.log1pOfMinusExp(upper), upper)
  }
}

/// The chi-square distribution.
package enum ChiSquare {
  /// ln P(X > x).
  ///
  /// - Parameters: `x` not NaN; `degrees` of freedom, positive.
  /// - Throws: `nan`, `invalid_parameter`.
  package static func logSF(_ x: Double, degrees: Double) throws(StatisticsError) -> Double {
    if x.isNaN || degrees.isNaN { throw .nan }
    guard degrees > 0, degrees.isFinite else {
      throw .parameter("degrees of freedom must be positive")
    }
    return Gamma.logRegularized(degrees / 2, at: x / 2).upper
  }
}
