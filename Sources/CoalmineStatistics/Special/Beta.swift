// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The beta function and its incomplete integrals, in log space where a tail can be small.
package enum Beta {
  /// ln B(a, b) for positive a and b.
  ///
  /// Where an argument is at least 10, Stirling's series takes the place of the difference of
  /// large log-gammas, which would cancel.
  package static func log(_ a: Double, _ b: Double) -> Double {
    let small = min(a, b)
    let large = max(a, b)
    guard large >= 10 else { return lgamma(a) + lgamma(b) - lgamma(a + b) }
    let share = small / (small + large)
    if small >= 10 {
      let correction = stirling(small) + stirling(large) - stirling(small + large)
      return -0.5 * Glibc.log(large) + 0.918938533204672741780329736406 + correction
        + (small - 0.5) * Glibc.log(share) + large * log1p(-share)
    }
    let correction = stirling(large) - stirling(small + large)
    return lgamma(small) + correction + small - small * Glibc.log(small + large)
      + (large - 0.5) * log1p(-share)
  }

  /// ln Γ(x) − [(x − ½) ln x − x + ½ ln 2π] for x ≥ 10.
  private static func stirling(_ x: Double) -> Double {
    let square = 1 / (x * x)
    let coefficients = [
      1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360_360, 1.0 / 156,
    ]
    return coefficients.reversed().reduce(0) { $0 * square + $1 } / x
  }

  /// ln I_x(a, b), the regularised incomplete beta function, and ln of its complement.
  ///
  /// - Parameters: a, b positive; x in 0…1.
  /// - Complexity: O(√max(a, b)) steps of the continued fraction.
  package static func logRegularized(_ a: Double, _ b: Double, at x: Double)
    -> (lower: Double, upper: Double)
  {
    if x <= 0 { return (-.infinity, 0) }
    if x >= 1 { return (0, -.infinity) }
    // The fraction converges fast on this side of the mean.
    if x < (a + 1) / (a + b + 2) {
      let lower = logFraction(a, b, x)
      return (min(lower, 0), log1pOfMinusExp(lower))
    }
    let upper = logFraction(b, a, 1 - x, complement: x)
    return (log1pOfMinusExp(upper), min(upper, 0))
  }

  /// ln(1 − e^v) for v ≤ 0.
  static func log1pOfMinusExp(_ value: Double) -> Double {
    if value >= 0 { return -.infinity }
    return value > -0.693147180559945 ? Glibc.log(-expm1(value)) : log1p(-exp(value))
  }

  /// ln of x^a (1−x)^b / (a B(a, b)) times the continued fraction, by Lentz's method.
  private static func logFraction(
    _ a: Double, _ b: Double, _ x: Double, complement: Double? = nil
  ) -> Double {
    let logX = complement.map { log1p(-$0) } ?? Glibc.log(x)
    let logY = complement.map { Glibc.log($0) } ?? log1p(-x)
    let front = a * logX + b * logY - log(a, b) - Glibc.log(a)
    let tiny = 1e-300
    var c = 1.0
    var d = 1 - (a + b) * x / (a + 1)
    d = 1 / (abs(d) < tiny ? tiny : d)
    var fraction = d
    for step in 1...100_000 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 + even * d
      c = 1 + even / c
      d = 1 / (abs(d) < tiny ? tiny : d)
      if abs(c) < tiny { c = tiny }
      fraction *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 + odd * d
      c = 1 + odd / c
      d = 1 / (abs(d) < tiny ? tiny : d)
      if abs(c) < tiny { c = tiny }
      let factor = d * c
      fraction *= factor
      if abs(factor - 1) < 1e-16 { break }
    }
    return front + Glibc.log(fraction)
  }

  /// The x at which ln I_x(a, b) is `logTarget`, for a target below 0.
  ///
  /// Halley's method on the logit of x, kept inside a shrinking bracket, from the normal
  /// approximation where both parameters exceed 1, else from the mean.
  package static func quantile(_ a: Double, _ b: Double, logTarget: Double) -> Double {
    var low = -750.0
    var high = 750.0
    var logit = firstLogit(a, b, logTarget)
    let logBeta = log(a, b)
    for _ in 0..<200 {
      let x = 1 / (1 + exp(-logit))
      let y = 1 / (1 + exp(logit))
      let value = logit > 40 ? 0 : logRegularized(a, b, at: x).lower
      let difference = value - logTarget
      if difference > 0 { high = logit } else { low = logit }
      // s = d ln I / d logit = x^a (1−x)^b / (B · I), and s′ = s (a y − b x − s).
      let slope = exp(a * Glibc.log(x) + b * Glibc.log(y) - logBeta - value)
      let newton = difference / slope
      let bend = 1 - 0.5 * newton * (a * y - b * x - slope)
      var next = logit - (bend > 0.5 && bend < 2 ? newton / bend : newton)
      let isHalley = next > low && next < high
      if !isHalley { next = (low + high) / 2 }
      let step = abs(next - logit)
      // A step with so little bend has left an error of its own size times the bend squared.
      let isLast =
        isHalley && step <= 1e-6 && step <= 1e-6 * abs(logit) && abs(bend - 1) < 1e-5
      if isLast || step <= 1e-15 * max(1, abs(logit)) { return 1 / (1 + exp(-next)) }
      logit = next
    }
    return 1 / (1 + exp(-logit))
  }

  /// Source: Abramowitz and Stegun 1964.
  private static func firstLogit(_ a: Double, _ b: Double, _ logTarget: Double) -> Double {
    let mean = Glibc.log(a) - Glibc.log(b)
    guard a > 1, b > 1 else { return mean }
    let z =
      logTarget < -ln2
      ? Normal.lowerQuantile(logTarget) : -Normal.lowerQuantile(log1pOfMinusExp(logTarget))
    let (one, other) = (1 / (2 * a - 1), 1 / (2 * b - 1))
    let h = 2 / (one + other)
    let lambda = (z * z - 3) / 6
    let w = -z * (h + lambda).squareRoot() / h - (other - one) * (lambda + 5.0 / 6 - 2 / (3 * h))
    return w.isFinite && abs(2 * w) < 700 - abs(mean) ? mean - 2 * w : mean
  }
}
