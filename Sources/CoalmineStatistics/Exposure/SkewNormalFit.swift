// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The skew normal of greatest likelihood.
///
/// Maximises Σ ln f over (a, ξ, ln ω) of the standardised values by damped Newton steps with the
/// analytic gradient and Hessian, from the moment estimate and from δ = ±0.9, ±0.5, 0.05. Never
/// from a = 0, which is stationary for every sample.
///
/// Source: Azzalini and Capitanio 1999.
public struct SkewNormalFit: Sendable, Equatable {
  /// The fitted distribution.
  public let distribution: SkewNormal
  /// −Σ ln f at the fit, in nats.
  public let negativeLogLikelihood: Double
  /// Whether |a| > 30: the likelihood may rise without limit, and the tail is not to be read off.
  public var isShapeUnbounded: Bool { abs(distribution.shape) > 30 }

  /// The fewest values that a fit takes.
  public static let fewest = 10

  /// Fits finite values.
  ///
  /// - Parameter values: at least ``fewest``, in any unit.
  /// - Throws: `nan`; `invalid_parameter` for an infinite value; `too_few_references`;
  ///   `degenerate_references` for values that are all equal.
  /// - Complexity: O(values), about a hundred passes.
  public init(_ values: [Double]) throws(StatisticsError) {
    try self.init(values, near: nil)
  }

  /// Fits from the moment estimate and one other distribution only: for resamples of a known fit.
  init(_ values: [Double], near known: SkewNormal?) throws(StatisticsError) {
    try StatisticsError.refuseNaN(values)
    guard values.allSatisfy(\.isFinite) else { throw .parameter("a value is infinite") }
    guard values.count >= Self.fewest else {
      throw StatisticsError(
        code: "too_few_references", "a fit needs at least \(Self.fewest) values")
    }
    let count = Double(values.count)
    let mean = values.reduce(0) { $0 + $1 / count }
    // In units of the farthest value, so that no square overflows.
    let farthest = values.reduce(0) { max($0, abs($1 - mean)) }
    let share = values.reduce(0) { $0 + (($1 - mean) / farthest) * (($1 - mean) / farthest) }
    let spread = farthest * (share / count).squareRoot()
    guard farthest > 0, spread > abs(mean) * 1e-14, spread.isFinite else {
      throw StatisticsError(code: "degenerate_references", "the values do not differ")
    }
    let standard = values.map { ($0 - mean) / spread }
    let skewness = standard.reduce(0) { $0 + $1 * $1 * $1 } / count
    var starts = [SkewNormalPoint(delta: Self.momentDelta(skewness))]
    if let known {
      starts.append(
        SkewNormalPoint(
          shape: known.shape, location: (known.location - mean) / spread,
          logScale: log(known.scale / spread)))
    } else {
      starts += [0.9, -0.9, 0.5, -0.5, 0.05].map { SkewNormalPoint(delta: $0) }
    }
    var best = SkewNormalPoint(delta: 0.05)
    var least = Double.infinity
    for start in starts {
      let (point, value) = standard.withUnsafeBufferPointer { start.descended($0) }
      if value < least { (best, least) = (point, value) }
    }
    distribution = try SkewNormal(
      shape: best.shape, location: mean + spread * best.location,
      scale: spread * exp(best.logScale))
    negativeLogLikelihood = least + count * log(spread)
  }

  /// δ of the moment estimate, the sample skewness clamped to what a skew normal can have.
  private static func momentDelta(_ skewness: Double) -> Double {
    let clamped = min(0.95, max(-0.95, skewness))
    let power = pow(abs(clamped), 2.0 / 3)
    let limit = pow((4 - Double.pi) / 2, 2.0 / 3)
    let size = min(0.99, (.pi / 2 * power / (power + limit)).squareRoot())
    return clamped < 0 ? -max(size, 0.05) : max(size, 0.05)
  }
}

/// A point of the search: parameters of standardised values.
struct SkewNormalPoint: Sendable {
  var shape: Double
  var location: Double
  var logScale: Double

  init(shape: Double, location: Double, logScale: Double) {
    self.shape = shape
    self.location = location
    self.logScale = logScale
  }

  /// The skew normal of mean 0 and variance 1 with a = δ/√(1 − δ²).
  init(delta: Double) {
    let scale = 1 / (1 - 2 * delta * delta / .pi).squareRoot()
    self.init(
      shape: delta / (1 - delta * delta).squareRoot(),
      location: -scale * delta * (2 / Double.pi).squareRoot(), logScale: log(scale))
  }

  /// The nearest minimum of −Σ ln f by Newton steps, damped until they descend.
  func descended(_ values: UnsafeBufferPointer<Double>) -> (SkewNormalPoint, Double) {
    var point = self
    var state = SkewNormalSlope(point, values)
    var damping = 1e-3
    let flat = 1e-10 * Double(values.count)
    for _ in 0..<200 where state.steepness > flat && abs(point.shape) < 1e4 {
      guard let step = state.step(damping: damping) else {
        damping = max(damping * 10, 1e-6)
        if damping > 1e12 { break }
        continue
      }
      var next = point
      next.shape += step.0
      next.location += step.1
      next.logScale += max(-1, min(1, step.2))
      let there = SkewNormalSlope(next, values)
      if there.value < state.value {
        let gain = state.value - there.value
        (point, state) = (next, there)
        damping = max(damping / 10, 1e-12)
        if gain < 1e-13 * abs(state.value) && damping <= 1e-9 { break }
      } else {
        damping *= 10
        if damping > 1e12 { break }
      }
    }
    return (point, state.value)
  }
}
