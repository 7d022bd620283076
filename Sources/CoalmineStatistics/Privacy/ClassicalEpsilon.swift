// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The lower bound of epsilon from independent training runs with and without a record.
///
/// With the one-sided Clopper-Pearson upper bounds FNR_u and FPR_u, each at α/2,
///
///     ε̂ = max(0, ln((1 − FNR_u − δ) / FPR_u), ln((1 − FPR_u − δ) / FNR_u))
///
/// The threshold is fixed beforehand and the trials are independent training runs. Many canaries of
/// one run are not: then this is an estimate and ``OneRunEpsilon`` is the bound. Never an upper
/// bound. In 2,000 studies of randomised response at ε = 1 with 200 trials a side it exceeded 1 in
/// 0.8 % at α = 5 %; of two normal distributions at μ = 1 the bound on μ did in 0.3 %.
public struct ClassicalEpsilon: Sendable, Equatable {
  /// At most so many of the members are missed.
  public let falseNegativeUpper: Double
  /// At most so many of the nonmembers are taken for members.
  public let falsePositiveUpper: Double
  /// From members found against nonmembers mistaken, at least 0.
  public let fromPositives: Double
  /// From nonmembers found against members missed, at least 0.
  public let fromNegatives: Double
  /// The larger of both, with confidence 1 − alpha.
  public var lowerBound: Double { max(fromPositives, fromNegatives) }
  /// The same evidence as a bound on μ; valid for Gaussian-like mechanisms only.
  public let muLowerBound: Double

  /// - Parameters:
  ///   - truePositives: trials with the record that were called so, of `members`.
  ///   - falsePositives: trials without it that were called so, of `nonmembers`.
  ///   - delta: in 0…1, 1 left out.
  ///   - alpha: in 0…1 open; for both bounds together.
  /// - Throws: `empty_input` without trials on a side, `invalid_parameter`.
  /// - Complexity: two inverse incomplete beta functions.
  /// Source: Jagielski, Ullman and Oprea 2020; Nasr et al. 2021.
  public init(
    truePositives: Int, members: Int, falsePositives: Int, nonmembers: Int, delta: Double = 0,
    alpha: Double = 0.05
  ) throws(StatisticsError) {
    guard delta >= 0, delta < 1 else { throw .parameter("delta must be in 0…1") }
    guard alpha > 0, alpha < 1 else { throw .parameter("alpha must be in 0…1") }
    guard members != 0, nonmembers != 0 else { throw .empty }
    guard members > 0, nonmembers > 0, truePositives >= 0, truePositives <= members,
      falsePositives >= 0, falsePositives <= nonmembers
    else { throw .parameter("a count is impossible") }
    let confidence = 1 - alpha / 2
    let missed = members - truePositives
    falseNegativeUpper = try clopperPearsonUpper(missed, of: members, confidence: confidence)
    falsePositiveUpper = try clopperPearsonUpper(
      falsePositives, of: nonmembers, confidence: confidence)
    // 1 − FNR_u and 1 − FPR_u, without the cancellation.
    let found = try clopperPearsonLower(truePositives, of: members, confidence: confidence)
    let cleared = try clopperPearsonLower(
      nonmembers - falsePositives, of: nonmembers, confidence: confidence)
    func bound(_ rate: Double, against mistake: Double) -> Double {
      rate > delta ? max(0, log((rate - delta) / mistake)) : 0
    }
    fromPositives = bound(found, against: falsePositiveUpper)
    fromNegatives = bound(cleared, against: falseNegativeUpper)
    let mu = try gaussianMu(
      falsePositiveRate: falsePositiveUpper, falseNegativeRate: falseNegativeUpper)
    muLowerBound = max(0, mu)
  }
}

/// The most that ``ClassicalEpsilon`` can show with `trials` on each side, none of them wrong.
///
///     ln((1 − u) / u),   u = 1 − (α/2)^(1/n)
///
/// - Throws: `invalid_parameter` for no trials or alpha outside 0…1 open.
public func classicalEpsilonCeiling(trials: Int, alpha: Double = 0.05) throws(StatisticsError)
  -> Double
{
  guard trials > 0 else { throw .parameter("there must be trials") }
  guard alpha > 0, alpha < 1 else { throw .parameter("alpha must be in 0…1") }
  let logRight = log(alpha / 2) / Double(trials)
  return max(0, logRight - log(-expm1(logRight)))
}
