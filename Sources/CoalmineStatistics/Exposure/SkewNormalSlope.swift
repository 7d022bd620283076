// SPDX-License-Identifier: Apache-2.0

import Glibc

/// −Σ ln f of a skew normal with its gradient and Hessian in (a, ξ, ln ω).
///
/// With z = (x − ξ)/ω, W = φ(az)/Φ(az) and V = dW/d(az) = −W (az + W):
///
///     ∂ℓ/∂a = Σ zW,  ∂ℓ/∂z = −z + aW,  ∂²ℓ/∂a² = Σ z²V,  ∂²ℓ/∂z² = −1 + a²V,  ∂²ℓ/∂a∂z = W + azV
///
/// and the chain rule with ∂z/∂ξ = −1/ω, ∂z/∂ln ω = −z.
struct SkewNormalSlope {
  let value: Double
  private let gradient: (Double, Double, Double)
  /// Row by row: aa, aξ, aλ, ξξ, ξλ, λλ.
  private let curvature: (Double, Double, Double, Double, Double, Double)

  init(_ point: SkewNormalPoint, _ values: UnsafeBufferPointer<Double>) {
    let a = point.shape
    let inverse = exp(-point.logScale)
    var logs = 0.0
    var (ga, gx, gl) = (0.0, 0.0, 0.0)
    var (aa, ax, al, xx, xl, ll) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for x in values {
      let z = (x - point.location) * inverse
      let t = a * z
      let mills: Double
      if t < -30 {
        let edge = Normal.logCDF(t)
        mills = exp(-0.5 * t * t - 0.918938533204672741780329736406 - edge)
        logs += 0.5 * z * z - edge
      } else {
        let below = 0.5 * erfc(-t * 0.707106781186547524400844362105)
        mills = 0.398942280401432677939946059934 * exp(-0.5 * t * t) / below
        logs += 0.5 * z * z - log(below)
      }
      let bend = -mills * (t + mills)
      let dz = -z + a * mills
      let dzz = -1 + a * a * bend
      let daz = mills + t * bend
      ga -= z * mills
      gx += dz * inverse
      gl += 1 + z * dz
      aa -= z * z * bend
      ax += daz * inverse
      al += z * daz
      xx -= dzz * inverse * inverse
      xl -= (z * dzz + dz) * inverse
      ll -= z * dz + z * z * dzz
    }
    // ln f = ½ ln(2/π) − ln ω − z²/2 + ln Φ(az)
    value = logs + Double(values.count) * (point.logScale + 0.225791352644727432363097614947)
    gradient = (ga, gx, gl)
    curvature = (aa, ax, al, xx, xl, ll)
  }

  /// The largest component of the gradient.
  var steepness: Double { max(abs(gradient.0), abs(gradient.1), abs(gradient.2)) }

  /// −(H + damping · D)⁻¹ g by Cholesky, D the scale of each coordinate; `nil` where that matrix
  /// is not positive definite.
  func step(damping: Double) -> (Double, Double, Double)? {
    let (aa, ax, al, xx, xl, ll) = curvature
    let floor = 1e-8 * (abs(aa) + abs(xx) + abs(ll))
    let d0 = aa + damping * max(abs(aa), floor)
    let d1 = xx + damping * max(abs(xx), floor)
    let d2 = ll + damping * max(abs(ll), floor)
    return Cholesky3((d0, ax, al, d1, xl, d2))?
      .solve((-gradient.0, -gradient.1, -gradient.2))
  }
}
