// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The μ of Gaussian differential privacy that a pair of error rates lies on.
///
///     μ = −Φ⁻¹(FPR) − Φ⁻¹(FNR)
///
/// Negative where guessing would be better. With upper confidence bounds put in, max(0, μ) is a
/// lower bound.
///
/// - Parameters: rates in 0…1.
/// - Throws: `invalid_parameter`.
/// - Returns: a number, +∞ for an error rate of 0 (−∞ for one of 1, 0 for one of each).
/// Source: Dong, Roth and Su 2022; Nasr et al. 2023.
public func gaussianMu(falsePositiveRate: Double, falseNegativeRate: Double)
  throws(StatisticsError) -> Double
{
  for rate in [falsePositiveRate, falseNegativeRate] {
    guard rate >= 0, rate <= 1 else { throw .parameter("an error rate must be in 0…1") }
  }
  let sum = -Normal.quantile(falsePositiveRate) - Normal.quantile(falseNegativeRate)
  return sum.isNaN ? 0 : sum
}

/// Gaussian differential privacy with parameter μ as (ε, δ) pairs.
///
/// Exact for one Gaussian release, an approximation for training by noisy gradients: results are
/// labelled "GDP-assumed".
public struct GaussianPrivacy: Sendable, Equatable {
  /// At least 0, finite.
  public let mu: Double

  /// - Throws: `invalid_parameter` for a negative or infinite μ.
  public init(mu: Double) throws(StatisticsError) {
    guard mu >= 0, mu.isFinite else { throw .parameter("mu must be at least 0") }
    self.mu = mu
  }

  /// ln δ(ε), the smallest δ for which μ-GDP is (ε, δ)-DP.
  ///
  ///     δ = Φ(−ε/μ + μ/2) − e^ε Φ(−ε/μ − μ/2)
  ///       = φ(x) · (M(−x) − M(μ − x)),  x = −ε/μ + μ/2,  M = Mills' ratio
  ///
  /// −∞ at μ = 0. The second form is the one computed: the first one cancels.
  ///
  /// - Parameter epsilon: at least 0, finite.
  /// - Throws: `invalid_parameter`.
  /// Source: Dong, Roth and Su 2022, corollary 1.
  public func logDelta(epsilon: Double) throws(StatisticsError) -> Double {
    guard epsilon >= 0, epsilon.isFinite else { throw .parameter("epsilon must be at least 0") }
    if mu == 0 { return -.infinity }
    let near = -epsilon / mu + mu / 2
    let far = -epsilon / mu - mu / 2
    guard far.isFinite else { return -.infinity }
    let logNear = Normal.logCDF(near)
    if near < 0 {
      // ε + ln Φ(far) − ln Φ(near) as a ratio of Mills' ratios: no difference of large squares.
      let (one, two) = (Normal.scaledTail(-near), Normal.scaledTail(-far))
      let share = (one - two) / one
      return share > 0 ? logNear + log(share) : -.infinity
    }
    return logNear + Beta.log1pOfMinusExp(epsilon + Normal.logCDF(far) - logNear)
  }

  /// δ(ε); underflows to 0 where ``logDelta(epsilon:)`` does not.
  public func delta(epsilon: Double) throws(StatisticsError) -> Double {
    exp(try logDelta(epsilon: epsilon))
  }

  /// The smallest ε ≥ 0 for which μ-GDP is (ε, δ)-DP, by bisection; 0 where δ(0) is at most δ.
  ///
  /// - Parameter delta: in 0…1 open.
  /// - Throws: `invalid_parameter`.
  /// - Complexity: about 70 evaluations of ``logDelta(epsilon:)``.
  public func epsilon(delta: Double) throws(StatisticsError) -> Double {
    guard delta > 0, delta < 1 else { throw .parameter("delta must be in 0…1") }
    let target = log(delta)
    if try logDelta(epsilon: 0) <= target { return 0 }
    var low = 0.0
    var high = 1.0
    while high < 1e300, try logDelta(epsilon: high) > target { (low, high) = (high, 2 * high) }
    for _ in 0..<200 {
      let middle = low + (high - low) / 2
      if middle <= low || middle >= high { break }
      if try logDelta(epsilon: middle) > target { low = middle } else { high = middle }
    }
    return high
  }

  /// The trade-off curve: the smallest FNR that a test with this FPR can have.
  ///
  ///     f(x) = Φ(Φ⁻¹(1 − x) − μ)
  ///
  /// - Parameter rate: 0…1.
  /// - Throws: `invalid_parameter`.
  public func falseNegativeRate(atFalsePositiveRate rate: Double) throws(StatisticsError)
    -> Double
  {
    guard rate >= 0, rate <= 1 else { throw .parameter("an error rate must be in 0…1") }
    return Normal.cdf(-Normal.quantile(rate) - mu)
  }
}
