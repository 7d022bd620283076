// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The isotonic fit of exposure over repetition levels, for all kinds and for each.
///
/// Held-out canaries are level 0; controls and index-only canaries take no part. All exposures of a
/// fit are cut at the lowest ceiling of its canaries, so that none stands higher only because it
/// was ranked among more. The fit of values that are at least what is said is nowhere above the fit
/// of the true ones.
package enum DoseResponseScoring {
  /// The exposure that the threshold asks for: the secret ranks in the best sixteenth.
  package static let targetBits = 4.0
  /// Relabellings of the trend test, and resamples of the threshold's interval.
  package static let permutations = 999

  /// All kinds together first, then each, by name; none without canaries.
  package static func results(
    _ canaries: [CanaryResult], using generator: inout ChaCha8Rand
  ) -> [DoseResponseResult] {
    let taking = canaries.filter { $0.role == .heldOut || $0.role == .inserted }
      .sorted { $0.id < $1.id }
    guard !taking.isEmpty else { return [] }
    var results = [DoseResponseResult(kind: nil, curve: curve(taking, using: &generator))]
    let kinds = Dictionary(grouping: taking, by: \.kind).sorted { $0.key < $1.key }
    guard kinds.count > 1 else { return results }
    for (kind, own) in kinds {
      results.append(DoseResponseResult(kind: kind, curve: curve(own, using: &generator)))
    }
    return results
  }

  /// One exposure at one level, cut at the ceiling of the fit.
  private struct Point {
    let repetitions: Int
    let bits: Double
    let isCensored: Bool
  }

  private static func curve(
    _ canaries: [CanaryResult], using generator: inout ChaCha8Rand
  ) -> Outcome<DoseResponseResult.Curve> {
    let measured = canaries.compactMap { canary in
      canary.exposure.value.map { (repetitions: canary.repetitions, exposure: $0) }
    }
    guard let ceiling = measured.map(\.exposure.ceilingBits).min() else {
      return canaries.first?.exposure.withoutValue() ?? .failed(Reasons.wrongObservation)
    }
    let points = measured.map { repetitions, exposure in
      let bits = min(exposure.bits, ceiling)
      return Point(
        repetitions: repetitions, bits: bits, isCensored: exposure.highestBits > bits + 1e-9)
    }
    guard Set(points.map(\.repetitions)).count > 1, points.count > 2 else {
      return .notMeasurable(
        Reason(
          "too-few-levels", "a curve needs three exposures at two numbers of copies or more"))
    }
    do {
      return .measured(try fitted(points, ceiling: ceiling, using: &generator))
    } catch {
      return Fallible.outcome { throw error }
    }
  }

  private static func fitted(
    _ points: [Point], ceiling: Double, using generator: inout ChaCha8Rand
  ) throws -> DoseResponseResult.Curve {
    let doses = points.map { Double($0.repetitions) }
    let bits = points.map(\.bits)
    let fit = try IsotonicFit(doses: doses, responses: bits)
    let trend = try doseTrend(
      doses: doses, responses: bits, statistic: .isotonic, permutations: permutations,
      using: &generator)
    // What is at least its value can lift its own step and every later one.
    let blocks = Dictionary(grouping: points, by: \.repetitions)
    let bounded = points.filter(\.isCensored).map { Double($0.repetitions) }
    let lifted = zip(fit.doses, fit.fitted).filter { bounded.contains($0.0) }.map(\.1).min()
    let levels = zip(fit.doses, fit.fitted).map { dose, value in
      let own = blocks[Int(dose)] ?? []
      return DoseResponseResult.Level(
        repetitions: Int(dose), canaries: own.count,
        meanBits: own.reduce(0) { $0 + $1.bits } / Double(max(1, own.count)), fittedBits: value,
        isLowerBound: lifted.map { value >= $0 } ?? false)
    }
    return DoseResponseResult.Curve(
      canaries: points.count, censored: bounded.count, ceilingBits: ceiling, levels: levels,
      rSquared: fit.rSquared, pValue: trend.pValue,
      threshold: try threshold(doses, bits, ceiling: ceiling, using: &generator))
  }

  /// The fewest copies at which the fit reaches ``targetBits``, canaries resampled within levels.
  private static func threshold(
    _ doses: [Double], _ bits: [Double], ceiling: Double, using generator: inout ChaCha8Rand
  ) throws -> Outcome<DoseResponseResult.Threshold> {
    guard ceiling > targetBits else {
      return .notMeasurable(
        Reason(
          "ceiling-too-low",
          "the exposures can show \(Prose.decimal(ceiling, 1)) bits at most, and "
            + "\(Prose.decimal(targetBits, 0)) are asked for"))
    }
    let found = try ThresholdDose(
      doses: doses, responses: bits, target: targetBits, resamples: permutations,
      confidence: ScoringRules.confidence, using: &generator)
    func copies(_ dose: Double) -> Int? { dose.isFinite ? Int(dose) : nil }
    return .measured(
      DoseResponseResult.Threshold(
        bits: targetBits, repetitions: found.dose.flatMap { copies($0) },
        lower: copies(found.interval.lower), upper: copies(found.interval.upper)))
  }
}
