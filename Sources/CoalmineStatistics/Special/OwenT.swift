// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Owen's T function: P(X > h, 0 < Y < aX) for independent standard normal X and Y.
///
///     T(h, a) = 1/(2π) ∫_0^a exp(−h²(1 + x²)/2) / (1 + x²) dx
///
/// Even in h, odd in a. For |a| > 1 the reflection to T(ah, 1/a), with upper tails only so that
/// nothing cancels. Neither argument may be NaN.
///
/// - Complexity: at most ten panels of 20 nodes.
/// Source: Owen 1956.
package func owensT(_ h: Double, _ a: Double) -> Double {
  let h = abs(h)
  if a < 0 { return -owensT(h, -a) }
  if a == 0 || h > 1e4 { return 0 }
  if h == 0 { return atan(a) * 0.159154943091895335768883763373 }
  if a <= 1 { return direct(h, a) }
  let near = Normal.sf(h)
  let far = Normal.sf(a * h)
  let inner = a.isInfinite || a * h > 1e4 ? 0 : direct(a * h, 1 / a)
  return 0.5 * near + (0.5 * far - inner) - near * far
}

/// The defining integral for 0 < a ≤ 1, over panels no wider than two standard deviations.
private func direct(_ h: Double, _ a: Double) -> Double {
  // Beyond 9 deviations the integrand has lost all its digits.
  let end = min(a, 9 / h)
  let panels = Int(max(1, (end * max(h, 1) / 2).rounded(.up)))
  let edges = (0...panels).map { end * Double($0) / Double(panels) }
  let integral = GaussLegendre.integrate(edges) { exp(-0.5 * h * h * $0 * $0) / (1 + $0 * $0) }
  return exp(-0.5 * h * h) * integral * 0.159154943091895335768883763373
}
