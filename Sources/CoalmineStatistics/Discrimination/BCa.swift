// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The bias-corrected and accelerated bootstrap interval from values that are already resampled.
///
///     z0 = Φ⁻¹((#{θ* < θ̂} + ½ #{θ* = θ̂}) / B), within 1/(B + 1) … B/(B + 1) before Φ⁻¹
///     a = Σd³ / (6 (Σd²)^1.5),  d_i = mean of θ_(i) − θ_(i)
///     level(z) = Φ(z0 + (z0 + z) / (1 − a (z0 + z))),  z = ∓z_{α/2}
///
/// The ends are order statistics of θ*: the ⌊level · (B + 1)⌋-th below, the ⌈level · (B + 1)⌉-th
/// above, within 1…B.
///
/// - Parameters:
///   - estimate: θ̂.
///   - resampled: θ*, B of them.
///   - leaveOneOut: θ_(i); of two samples, over both.
/// - Returns: `nil` where all θ* are equal: then there is nothing to read from them.
/// - Throws: `empty_input` for no θ* or θ_(i), `nan`, `invalid_parameter` for an infinite value or a
///   confidence outside 0…1 open.
/// - Complexity: O(B log B + n).
/// Source: Efron 1987; Efron and Tibshirani 1993.
public func bcaInterval(
  estimate: Double, resampled: [Double], leaveOneOut: [Double], confidence: Double = 0.95
) throws(StatisticsError) -> Interval? {
  guard !resampled.isEmpty, !leaveOneOut.isEmpty else { throw .empty }
  let all = [estimate] + resampled + leaveOneOut
  try StatisticsError.refuseNaN(all)
  guard all.allSatisfy(\.isFinite) else { throw .parameter("a value is infinite") }
  guard confidence > 0, confidence < 1 else { throw .parameter("a confidence must be in 0…1") }
  let sorted = resampled.sorted()
  let count = sorted.count
  guard sorted[0] < sorted[count - 1] else { return nil }
  let below = sorted.reduce(0.0) { $0 + ($1 < estimate ? 1 : $1 == estimate ? 0.5 : 0) }
  let least = 1 / Double(count + 1)
  let share = max(least, min(1 - least, below / Double(count)))
  let bias = Normal.quantile(share)
  let acceleration = acceleration(leaveOneOut)
  let z = Normal.quantile(0.5 + confidence / 2)
  func level(_ z: Double) -> Double {
    let moved = bias + z
    let shrunk = 1 - acceleration * moved
    // Past its pole the transformation means the extreme on that side.
    if shrunk <= 0 { return moved > 0 ? 1 : 0 }
    return Normal.cdf(bias + moved / shrunk)
  }
  // A rank that is whole but for rounding must not move the end by one.
  func place(_ rank: Double) -> Int { Int(max(1, min(Double(count), rank))) - 1 }
  let lower = sorted[place((level(-z) * Double(count + 1) + 1e-9).rounded(.down))]
  let upper = sorted[place((level(z) * Double(count + 1) - 1e-9).rounded(.up))]
  return Interval(lower: min(lower, upper), upper: max(lower, upper), level: confidence)
}

/// Of the jackknife; 0 where leaving one out changes nothing.
private func acceleration(_ leaveOneOut: [Double]) -> Double {
  let mean = leaveOneOut.reduce(0) { $0 + $1 / Double(leaveOneOut.count) }
  let largest = leaveOneOut.reduce(0) { max($0, abs(mean - $1)) }
  guard largest > 0 else { return 0 }
  var squares = 0.0
  var cubes = 0.0
  // In units of the largest, so that no power under- or overflows.
  for value in leaveOneOut {
    let d = (mean - value) / largest
    squares += d * d
    cubes += d * d * d
  }
  return cubes / (6 * squares * sqrt(squares))
}
