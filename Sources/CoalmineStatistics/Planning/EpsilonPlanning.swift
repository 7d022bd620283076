// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What an audit of pure differential privacy in one run can certify (δ = 0).
///
/// Source: Steinke, Nasr and Jagielski 2023, with δ = 0.
public enum EpsilonPlanning {
  /// The largest ε that r guesses certify, all of them right:
  /// ln α / r − ln(1 − α^(1/r)), at least 0.
  ///
  /// - Throws: `nan`, `invalid_parameter`.
  public static func ceiling(guesses: Int, alpha: Double) throws(StatisticsError) -> Double {
    try check(alpha)
    guard guesses >= 1 else { throw .parameter("at least one guess") }
    let root = log(alpha) / Double(guesses)
    return max(0, root - Beta.log1pOfMinusExp(root))
  }

  /// The fewest guesses, all of them right, that certify ε: ⌈ln α / ln(e^ε/(1 + e^ε))⌉.
  ///
  /// - Throws: `nan`, `invalid_parameter` for ε below 0; `not_reachable`.
  public static func guessesNeeded(epsilon: Double, alpha: Double) throws(StatisticsError) -> Int {
    try check(alpha)
    if epsilon.isNaN { throw .nan }
    guard epsilon >= 0 else { throw .parameter("epsilon is negative") }
    return try wholeNumber(log(alpha) / -log1p(exp(-epsilon)))
  }

  /// The ε that an audit certifies with the wanted power where randomised response with the true ε
  /// is as bad as it may be: each of r guesses right with probability e^ε/(1 + e^ε).
  ///
  /// - Returns: 0…``ceiling(guesses:alpha:)``.
  /// - Throws: `nan`, `invalid_parameter`.
  /// - Complexity: O(log r) tails.
  public static func detectable(
    trueEpsilon: Double, guesses: Int, alpha: Double, power: Double
  ) throws(StatisticsError) -> Double {
    try check(alpha)
    try StatisticsError.refuseNaN([trueEpsilon, power])
    guard guesses >= 1, trueEpsilon >= 0, power > 0, power < 1 else {
      throw .parameter("guesses, epsilon or power are out of range")
    }
    let right = 1 / (1 + exp(-trueEpsilon))
    // The most right guesses that come with at least the wanted power.
    var low = 0
    var high = guesses + 1
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if try Binomial.logAtLeast(middle, of: guesses, p: right) >= log(power) {
        low = middle
      } else {
        high = middle
      }
    }
    if low == guesses { return try ceiling(guesses: guesses, alpha: alpha) }
    if low == 0 { return 0 }
    let bound = try clopperPearsonLower(low, of: guesses, confidence: 1 - alpha)
    return max(0, log(bound) - log1p(-bound))
  }

  /// The smallest ε of randomised response that so many guesses bound above 0 with the wanted power.
  ///
  /// - Returns: at least 0; `nil` where not even a guess that is always right does.
  /// - Throws: `nan`, `invalid_parameter`.
  /// - Complexity: O(log r + 60) tails.
  public static func distinguishable(guesses: Int, alpha: Double, power: Double)
    throws(StatisticsError) -> Double?
  {
    try check(alpha)
    if power.isNaN { throw .nan }
    guard guesses >= 1, power > 0, power < 1 else { throw .parameter("guesses or power") }
    // The fewest right guesses that chance gives seldom enough.
    var (low, high) = (0, guesses + 1)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if try Binomial.logAtLeast(middle, of: guesses, p: 0.5) <= log(alpha) {
        high = middle
      } else {
        low = middle
      }
    }
    guard high <= guesses else { return nil }
    func reaches(_ epsilon: Double) throws(StatisticsError) -> Bool {
      try Binomial.logAtLeast(high, of: guesses, p: 1 / (1 + exp(-epsilon))) >= log(power)
    }
    var (below, above) = (0.0, 1.0)
    while above < 512, try !reaches(above) { (below, above) = (above, 2 * above) }
    for _ in 0..<60 {
      let middle = (below + above) / 2
      if try reaches(middle) { above = middle } else { below = middle }
    }
    return above
  }

  private static func check(_ alpha: Double) throws(StatisticsError) {
    if alpha.isNaN { throw .nan }
    guard alpha > 0, alpha < 1 else { throw .parameter("alpha must be in 0…1") }
  }
}
