// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension ReportTables {
  /// The curves with a point, one table per decoding; empty where nothing was sampled.
  static func extractionByBudget(_ budgets: [ExtractionBudget]) -> [ReportTable] {
    ExtractionBudget.Decoding.allCases.compactMap { decoding in
      let curves = budgets.filter { $0.decoding == decoding && $0.curve.value != nil }
      let samples = Set(curves.flatMap { $0.curve.value?.map(\.samples) ?? [] }).sorted()
      guard !samples.isEmpty else { return nil }
      return ReportTable(
        "Share of secrets found within so many samples, \(words(decoding)): mean over canaries of the "
          + "unbiased estimate per canary, with its 95% interval over canaries. By chance: the most "
          + "that a model which never saw the secrets finds on average",
        ["samples"] + curves.map { ReportProse.level($0.role, $0.repetitions) } + ["by chance"],
        samples.map { budget in
          let points = curves.map { curve in
            curve.curve.value?.first { $0.samples == budget }
          }
          return [String(budget)]
            + zip(points, curves).map { point, curve in
              point.map { cell($0, of: curve) } ?? "not measured"
            }
            + [
              points.compactMap { $0?.chance }.max().map(chance) ?? "not known"
            ]
        }, style: .tight)
    }
  }

  static func words(_ decoding: ExtractionBudget.Decoding) -> String {
    switch decoding {
    case .sampled: "at temperature 1"
    case .defaults: "with the endpoint's defaults"
    }
  }

  /// Two digits that count, so that a small chance is not printed as none.
  private static func chance(_ share: Double) -> String {
    share >= 0.000_1 ? Prose.decimal(share * 100, 2) + "%" : "below 0.01%"
  }

  /// A share in words: nothing found is no 0%, and a small share is not printed as one.
  static func found(_ share: Double) -> String {
    if share == 0 { return "none" }
    return share < 0.000_5 ? "below 0.1%" : Prose.decimal(share * 100, 1) + "%"
  }

  private static func cell(_ point: ExtractionBudget.Point, of curve: ExtractionBudget) -> String {
    let (lower, upper) = (point.interval.lower, point.interval.upper)
    let interval =
      point.share == 0
      ? " (true share below \(Prose.percent(upper, .up)))"
      : " (\(Prose.decimal(lower * 100, 1, .down))–\(Prose.percent(upper, .up)))"
    return found(point.share) + interval
      + (point.canaries == curve.canaries
        ? "" : "; from \(Prose.count(point.canaries, "canary", "canaries"))")
  }
}
