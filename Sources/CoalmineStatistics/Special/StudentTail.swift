// SPDX-License-Identifier: Apache-2.0

import Glibc

extension Beta {
  /// ln P(T > t) for Student's t with `freedom` degrees of freedom, without underflow.
  ///
  ///     P(T > t) = ½ I_x(ν/2, ½),   x = ν / (ν + t²),   t ≥ 0
  ///
  /// - Parameters: t not NaN, infinite allowed; freedom positive and finite.
  package static func logStudentTail(_ t: Double, freedom: Double) -> Double {
    if t < 0 { return log1pOfMinusExp(logStudentTail(-t, freedom: freedom)) }
    if t.isInfinite { return -.infinity }
    let half = -0.693147180559945309417
    // The ratio on the scale of t, since t² may overflow.
    let ratio = t / freedom.squareRoot()
    if ratio > 1 {
      let inverse = 1 / ratio
      if inverse * inverse < 1e-290 { return logFarTail(inverse, freedom) }
      let x = inverse * inverse / (1 + inverse * inverse)
      return half + logRegularized(freedom / 2, 0.5, at: x).lower
    }
    // Near the middle x is close to 1 and its complement is the exact one.
    let y = ratio * ratio / (1 + ratio * ratio)
    return half + log1pOfMinusExp(logRegularized(0.5, freedom / 2, at: y).lower)
  }

  /// Leading term of the tail where x itself would underflow.
  private static func logFarTail(_ inverse: Double, _ freedom: Double) -> Double {
    -0.693147180559945309417 + freedom * Glibc.log(inverse) - log(freedom / 2, 0.5)
      - Glibc.log(freedom / 2)
  }
}
