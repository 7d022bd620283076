// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The Tobit log-likelihood with its gradient and Hessian in Olsen's coordinates, in which it is
/// concave: γ = 1/σ, δ = (intercept, slope)/σ.
///
///     measured:  ln γ − ½ ln 2π − r²/2,   r = γy − δ0 − δ1 x
///     at least:  ln Φ(u),                 u = δ0 + δ1 x − γc
///     at most:   ln Φ(−u)
///
/// Source: Olsen 1978.
struct TobitLikelihood {
  typealias Point = (intercept: Double, slope: Double, precision: Double)

  let value: Double
  /// By intercept, slope and precision.
  let gradient: (Double, Double, Double)
  /// Minus the Hessian: 00, 01, 0γ, 11, 1γ, γγ.
  let information: (Double, Double, Double, Double, Double, Double)

  init(_ point: Point, _ doses: [Double], _ responses: [TobitDoseResponse.Response]) {
    var value = 0.0
    var (g0, g1, gp) = (0.0, 0.0, 0.0)
    var (i00, i01, i0p, i11, i1p, ipp) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for (x, response) in zip(doses, responses) {
      let line = point.intercept + point.slope * x
      let y: Double
      // First and minus second derivative by the line.
      let (first, second): (Double, Double)
      switch response {
      case .measured(let bits):
        y = bits
        let rest = point.precision * y - line
        value += log(point.precision) - 0.918938533204672741780329736406 - 0.5 * rest * rest
        (first, second) = (rest, 1)
        gp += 1 / point.precision
        ipp += 1 / (point.precision * point.precision)
      case .atLeast(let bits), .atMost(let bits):
        y = bits
        let sign: Double = if case .atLeast = response { 1 } else { -1 }
        let u = sign * (line - point.precision * y)
        let mills = Normal.inverseMills(u)
        value += Normal.logCDF(u)
        (first, second) = (sign * mills, mills * (u + mills))
      }
      g0 += first
      g1 += first * x
      gp -= first * y
      i00 += second
      i01 += second * x
      i0p -= second * y
      i11 += second * x * x
      i1p -= second * x * y
      ipp += second * y * y
    }
    self.value = value
    gradient = (g0, g1, gp)
    information = (i00, i01, i0p, i11, i1p, ipp)
  }
}
