// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The standard normal distribution.
package enum Normal {
  /// P(Z ≤ x).
  package static func cdf(_ x: Double) -> Double {
    0.5 * erfc(-x * 0.707106781186547524400844362105)
  }

  /// P(Z > x).
  package static func sf(_ x: Double) -> Double { cdf(-x) }

  /// ln P(Z ≤ x), without underflow.
  ///
  /// Below −10 by the asymptotic series of Mills' ratio; the error of its last term kept is below
  /// one part in 10^15 there.
  package static func logCDF(_ x: Double) -> Double {
    if x > 0 { return log1p(-sf(x)) }
    if x > -10 { return log(cdf(x)) }
    return -0.5 * x * x - log(-x) - 0.918938533204672741780329736406 + log(millsSeries(x))
  }

  /// P(Z > x) e^(x²/2), Mills' ratio but for a constant factor, for x ≥ 0.
  static func scaledTail(_ x: Double) -> Double {
    if x < 10 { return sf(x) * exp(0.5 * x * x) }
    return 0.398942280401432677939946059934 / x * millsSeries(x)
  }

  /// 1 − 1/x² + 3/x⁴ − …, up to its smallest term: |x| times Mills' ratio far out.
  private static func millsSeries(_ x: Double) -> Double {
    let square = 1 / (x * x)
    var term = 1.0
    var sum = 1.0
    for step in 1...24 {
      let next = -term * Double(2 * step - 1) * square
      if abs(next) >= abs(term) { break }
      term = next
      sum += term
    }
    return sum
  }

  /// φ(x) / Φ(x), the derivative of ln Φ, without underflow.
  static func inverseMills(_ x: Double) -> Double {
    // Where Φ nears the smallest doubles the ratio of logarithms takes over.
    if x < -30 { return exp(-0.5 * x * x - 0.918938533204672741780329736406 - logCDF(x)) }
    return 0.398942280401432677939946059934 * exp(-0.5 * x * x) / cdf(x)
  }

  /// The x with P(Z ≤ x) = p, for p in 0…1; infinite at the ends.
  ///
  /// Newton's method on ln P from the tail's own expansion; exact to rounding.
  package static func quantile(_ p: Double) -> Double {
    if p <= 0 { return -.infinity }
    if p >= 1 { return .infinity }
    if p > 0.5 { return -lowerQuantile(log1p(-p)) }
    return lowerQuantile(log(p))
  }

  /// The x ≤ 0 with ln P(Z ≤ x) = `logP`, for logP ≤ ln ½.
  package static func lowerQuantile(_ logP: Double) -> Double {
    if logP >= -0.693147180559945 { return 0 }
    // Leading term of the tail, good for small p; near ½ a straight line.
    let far = -2 * logP - 1.837877066409345
    var x =
      logP > -1.2
      ? (logP + 0.693147180559945) * 1.2533
      : -sqrt(max(far - log(max(far, 1)), 0.01))
    for _ in 0..<60 {
      let value = logCDF(x)
      let slope = exp(-0.5 * x * x - 0.918938533204672741780329736406 - value)
      let step = (value - logP) / slope
      x -= max(-1, min(1, step))
      if x > 0 { x = -1e-12 }
      if abs(step) <= 1e-16 * max(1, abs(x)) { break }
    }
    return x
  }
}
