// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Student's t distribution.
package enum StudentT {
  /// ln P(T > t).
  ///
  /// Half of the incomplete beta function at ν/(ν + t²), so that far tails keep their digits.
  ///
  /// - Parameters: `t` infinite or finite; `degrees` of freedom ν, positive.
  /// - Throws: `nan`, `invalid_parameter`.
  package static func logSF(_ t: Double, degrees: Double) throws(StatisticsError) -> Double {
    try check(t, degrees)
    if t < 0 { return Beta.log1pOfMinusExp(try logSF(-t, degrees: degrees)) }
    if t.isInfinite { return -.infinity }
    // On the scale of t, since t² may overflow.
    let ratio = t / degrees.squareRoot()
    let half = -ln2
    if ratio > 1e8 {
      // The leading term, exact to rounding here.
      let front = Glibc.log(degrees / 2) + Beta.log(degrees / 2, 0.5)
      return half - degrees * Glibc.log(ratio) - front
    }
    let odds = ratio * ratio
    if ratio > 1 {
      return half + Beta.logRegularized(degrees / 2, 0.5, at: 1 / (1 + odds)).lower
    }
    return half + Beta.logRegularized(0.5, degrees / 2, at: odds / (1 + odds)).upper
  }

  /// P(T ≤ t).
  package static func cdf(_ t: Double, degrees: Double) throws(StatisticsError) -> Double {
    exp(try logSF(-t, degrees: degrees))
  }

  /// The t with P(T ≤ t) = p, for p in 0…1; infinite at the ends.
  ///
  /// - Throws: `nan`, `invalid_parameter`.
  package static func quantile(_ p: Double, degrees: Double) throws(StatisticsError) -> Double {
    try check(p, degrees)
    guard p >= 0, p <= 1 else { throw .parameter("a probability must be in 0…1") }
    if p == 0.5 { return 0 }
    if p < 0.5 { return -(try upperQuantile(p, degrees)) }
    return try upperQuantile(1 - p, degrees)
  }

  /// The t > 0 with P(T > t) = tail.
  private static func upperQuantile(_ tail: Double, _ degrees: Double) throws(StatisticsError)
    -> Double
  {
    if tail <= 0 { return .infinity }
    if tail > 0.25 {
      let share = Beta.quantile(0.5, degrees / 2, logTarget: log1p(-2 * tail))
      return sqrt(degrees * share / (1 - share))
    }
    let share = Beta.quantile(degrees / 2, 0.5, logTarget: log(2 * tail))
    return sqrt(degrees * (1 - share) / share)
  }

  private static func check(_ value: Double, _ degrees: Double) throws(StatisticsError) {
    if value.isNaN || degrees.isNaN { throw .nan }
    guard degrees > 0, degrees.isFinite else {
      throw .parameter("degrees of freedom must be positive")
    }
  }
}
