// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What a rank among m references can show.
///
/// The test rejects when 1 + b ≤ α(m + 1), and b ~ Bin(m, 2^−e) for a true exposure of e bits:
///
///     power = P(Bin(m, 2^−e) ≤ ⌊α(m + 1)⌋ − 1)
///
/// Source: Phipson and Smyth 2010 for the test.
public struct RankPower: Sendable, Equatable {
  /// log2(m + 1), in bits.
  public let ceilingBits: Double
  /// 1/(m + 1).
  public let smallestP: Double
  /// The most better references with which the test still rejects; −1 where it never does.
  public let criticalBetter: Int
  /// ln of the power; −∞ where the test never rejects.
  public let logPower: Double
  /// 0…1.
  public var power: Double { exp(logPower) }

  /// - Parameters: `references` m, at least 1; `trueBits` e, at least 0; `alpha` in 0…1 open.
  /// - Throws: `nan`, `invalid_parameter`.
  public init(references: Int, trueBits: Double, alpha: Double) throws(StatisticsError) {
    if trueBits.isNaN || alpha.isNaN { throw .nan }
    guard references >= 1, trueBits >= 0, alpha > 0, alpha < 1 else {
      throw .parameter("references, bits or alpha are out of range")
    }
    let ranks = Double(references) + 1
    ceilingBits = log2(ranks)
    smallestP = 1 / ranks
    // The product may fall short of an integer by rounding only.
    criticalBetter = Int((alpha * ranks * (1 + 1e-14)).rounded(.down)) - 1
    logPower =
      criticalBetter < 0
      ? -.infinity
      : try Binomial.logAtMost(criticalBetter, of: references, p: exp2(-trueBits))
  }

  /// The fewest references with which any of `tests` can be significant by Holm: ⌈K/α⌉ − 1.
  ///
  /// - Throws: `invalid_parameter`.
  public static func referencesNeeded(alpha: Double, tests: Int = 1) throws(StatisticsError) -> Int
  {
    guard alpha > 0, alpha < 1, tests >= 1 else { throw .parameter("alpha or tests out of range") }
    return try wholeNumber(Double(tests) / alpha * (1 - 1e-14)) - 1
  }

  /// The standard deviation of a sampled exposure of e bits among m references:
  /// √((1 − q)/(m q))/ln 2 with q = 2^−e.
  ///
  /// - Throws: `invalid_parameter`.
  public static func exposureDeviation(references: Int, trueBits: Double) throws(StatisticsError)
    -> Double
  {
    guard references >= 1, trueBits >= 0, trueBits.isFinite else {
      throw .parameter("references or bits are out of range")
    }
    // (1 − q)/q = 2^e − 1.
    return (expm1(trueBits * ln2) / Double(references)).squareRoot()
      * 1.4426950408889634074
  }
}

/// A number rounded up, refused where it is no count.
func wholeNumber(_ value: Double) throws(StatisticsError) -> Int {
  guard let number = Int(exactly: value.rounded(.up)) else {
    throw StatisticsError(code: "not_reachable", "no number that can be counted would do")
  }
  return number
}
