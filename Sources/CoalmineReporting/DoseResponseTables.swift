// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension ReportTables {
  /// How exposure rises with the copies; `nil` where there is no curve.
  static func doseResponse(_ results: [DoseResponseResult]) -> ReportTable? {
    guard results.contains(where: { $0.curve.value != nil }) else { return nil }
    return ReportTable(
      "How exposure rises with the copies: steps that never fall, fitted to the canaries; held-out "
        + "canaries are 0 copies, and no exposure counts for more than the ceiling. ≥: the true value "
        + "may be higher",
      [
        "kind", "canaries", "fit by copies, bits", "ceiling, bits", "p, against no rise",
        "copies that reach \(Prose.decimal(targetBits(results), 0)) bits, 95% interval",
      ],
      results.map { result in
        let kind = result.kind ?? "all kinds"
        guard let curve = result.curve.value else {
          return [kind, "", ReportProse.missing(result.curve), "", "", ""]
        }
        return [
          kind, String(curve.canaries), fit(curve), Prose.decimal(curve.ceilingBits, 1),
          Prose.pValue(curve.pValue), threshold(curve),
        ]
      }, style: .dense)
  }

  /// What chance gives by what exposures can reach; `nil` where one line says it all.
  static func chanceBaselines(_ line: ChanceBaseline) -> ReportTable? {
    guard line.rows.count > 1 else { return nil }
    return ReportTable(
      "Exposure where nothing leaked, by what a secret was ranked among",
      ["ranked among", "ceiling, bits", "canaries", "mean, bits", "median of the largest, bits"],
      line.rows.map {
        [
          $0.ranking.rawValue, Prose.decimal($0.ceilingBits, 1), String($0.canaries),
          Prose.decimal($0.meanBits, 2), Prose.decimal($0.medianMaximumBits, 1),
        ]
      })
  }

  private static func targetBits(_ results: [DoseResponseResult]) -> Double {
    results.lazy.compactMap { $0.curve.value?.threshold.value?.bits }.first ?? 4
  }

  /// `0: 1.4, 1: 1.9, 8: ≥ 7.8`
  private static func fit(_ curve: DoseResponseResult.Curve) -> String {
    curve.levels.map {
      "\($0.repetitions): \($0.isLowerBound ? "≥ " : "")\(Prose.decimal($0.fittedBits, 1))"
    }.joined(separator: ", ")
  }

  /// `8 (4 to 16)`; `more than 32` where the fit does not get there.
  private static func threshold(_ curve: DoseResponseResult.Curve) -> String {
    guard let threshold = curve.threshold.value else { return ReportProse.missing(curve.threshold) }
    func copies(_ count: Int?) -> String {
      count.map { String($0) } ?? "more than \(curve.levels.last?.repetitions ?? 0)"
    }
    let found = copies(threshold.repetitions)
    return threshold.lower == nil
      ? found : "\(found) (\(copies(threshold.lower)) to \(copies(threshold.upper)))"
  }
}
