// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The exact one-sided binomial test that a rate exceeds a null rate, planned.
///
/// Source: exact tails of the binomial distribution.
public struct RatePower: Sendable, Equatable {
  /// c: the smallest count with P(Bin(n, null) ≥ c) ≤ α; n + 1 where no count rejects.
  public let criticalCount: Int
  /// P(Bin(n, null) ≥ c), at most α.
  public let size: Double
  /// P(Bin(n, true) ≥ c).
  public let power: Double

  /// - Parameters: rates in 0…1; `trials` at least 1; `alpha` in 0…1 open.
  /// - Throws: `nan`, `invalid_parameter`.
  /// - Complexity: O(log n) tails.
  public init(nullRate: Double, trueRate: Double, trials: Int, alpha: Double)
    throws(StatisticsError)
  {
    try StatisticsError.refuseNaN([nullRate, trueRate, alpha])
    guard nullRate >= 0, nullRate <= 1, trueRate >= 0, trueRate <= 1, trials >= 1, alpha > 0,
      alpha < 1, trials < Int.max
    else { throw .parameter("a rate, alpha or number of trials is out of range") }
    var low = 0
    var high = trials + 1
    // Invariant: low does not reject, high does; 0 never rejects as alpha is below 1.
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if try Binomial.logAtLeast(middle, of: trials, p: nullRate) <= log(alpha) {
        high = middle
      } else {
        low = middle
      }
    }
    criticalCount = high
    size = exp(try Binomial.logAtLeast(high, of: trials, p: nullRate))
    power = exp(try Binomial.logAtLeast(high, of: trials, p: trueRate))
  }

  /// The fewest trials from which on the power never falls below the wanted one again.
  ///
  /// Power is a saw-tooth in n: the first n that reaches it is not safe. For TPR at a fixed FPR the
  /// null rate is the FPR and the trials are members.
  ///
  /// - Throws: `nan`, `invalid_parameter`; `not_reachable` beyond 20,000 trials.
  /// - Complexity: O(n log n) tails.
  public static func trialsNeeded(
    nullRate: Double, trueRate: Double, alpha: Double, power: Double
  ) throws(StatisticsError) -> Int {
    if power.isNaN { throw .nan }
    guard power > 0, power < 1, trueRate > nullRate else {
      throw .parameter("power must be in 0…1 and the true rate above the null rate")
    }
    var needed = 1
    var trials = 1
    // Past four times the last failure the teeth are far above the wanted power.
    while trials <= 4 * needed + 20 {
      let plan = try RatePower(
        nullRate: nullRate, trueRate: trueRate, trials: trials, alpha: alpha)
      if plan.power < power { needed = trials + 1 }
      guard needed <= 20_000 else {
        throw StatisticsError(code: "not_reachable", "more than 20,000 trials are needed")
      }
      trials += 1
    }
    return needed
  }
}

/// The fewest trials, none of them a hit, that bound a rate from above: ⌈ln α / ln(1 − rate)⌉.
///
/// - Throws: `nan`, `invalid_parameter` for a rate or alpha outside 0…1 open; `not_reachable`.
/// Source: inverts 1 − α^(1/n), Clopper and Pearson 1934.
public func trialsForZeroHits(rate: Double, alpha: Double) throws(StatisticsError) -> Int {
  try StatisticsError.refuseNaN([rate, alpha])
  guard rate > 0, rate < 1, alpha > 0, alpha < 1 else {
    throw .parameter("a rate and alpha must be in 0…1")
  }
  return try wholeNumber(log(alpha) / log1p(-rate))
}
