// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The dose-response plot: median exposure with quartiles by copies in the corpus, and the share
/// of secrets that the greedy continuation gives, as one static SVG.
///
/// ```
/// bits  ┌ ceiling ───────────────────
///       │ largest of all under no leakage ─ ─
///       │          ●──●
///       │    ●──●       (bars: quartiles)
///       │ ●  null mean ─ ─ ─
///       └ 0  1  2  4  8 …  copies (doubling)
/// ```
struct Plot {
  private let doses: [DoseResult]
  private let nullLine: NullLine
  private let ceiling: Double

  private let width = 720.0
  private let left = 56.0
  private let right = 150.0
  private let top = 16.0
  private let height = 240.0
  private let gap = 46.0
  private let rateHeight = 90.0

  init(_ result: StudyResult) {
    doses = result.doses.filter { $0.role != .indexOnly }
    nullLine = result.nullLine
    let ceilings = result.canaries.compactMap(\.exposure.value?.ceilingBits)
    ceiling = ceilings.max() ?? max(1, result.nullLine.medianMaximumBits)
  }

  /// The picture, or `nil` where no exposure was measured.
  func svg() -> String? {
    let measured = doses.filter { $0.medianExposureBits.value != nil }
    guard !measured.isEmpty else { return nil }
    let total = top + height + gap + rateHeight + 44
    var parts: [String] = []
    parts.append(
      "<svg viewBox=\"0 0 \(n(width)) \(n(total))\" role=\"img\" aria-labelledby=\"plot-title "
        + "plot-text\" xmlns=\"http://www.w3.org/2000/svg\">")
    parts.append("<title id=\"plot-title\">Exposure and extraction by copies in the corpus</title>")
    parts.append("<desc id=\"plot-text\">\(description(measured))</desc>")
    parts += axis()
    parts += [
      rule(ceiling, "ceiling", "ceiling"),
      rule(nullLine.medianMaximumBits, "null", "largest of all, no leak"),
      rule(nullLine.meanBits, "null", "mean, no leak"),
    ]
    var points: [String] = []
    for (place, dose) in doses.enumerated() {
      let x = column(place)
      parts.append(label(x, top + height + 18, doseLabel(dose)))
      guard let median = dose.medianExposureBits.value else { continue }
      if let range = dose.quartilesBits.value {
        parts.append(
          "<line class=\"bar\" x1=\"\(n(x))\" x2=\"\(n(x))\" y1=\"\(n(y(range.lowerBound)))\" "
            + "y2=\"\(n(y(range.upperBound)))\"/>")
      }
      if dose.role == .inserted { points.append("\(n(x)),\(n(y(median)))") }
    }
    parts.append("<polyline class=\"curve\" points=\"\(points.joined(separator: " "))\"/>")
    for (place, dose) in doses.enumerated() {
      guard let median = dose.medianExposureBits.value else { continue }
      let mark = dose.role == .inserted ? "dot" : "dot open"
      parts.append(
        "<circle class=\"\(mark)\" cx=\"\(n(column(place)))\" cy=\"\(n(y(median)))\" r=\"4.5\"/>")
    }
    parts += rates()
    parts.append("</svg>")
    return parts.joined(separator: "\n")
  }

  private func axis() -> [String] {
    var parts = [
      "<text class=\"name\" x=\"\(n(left - 44))\" y=\"\(n(top + height / 2))\" "
        + "transform=\"rotate(-90 \(n(left - 44)) \(n(top + height / 2)))\">exposure, bits</text>"
    ]
    let step = ceiling > 12 ? 4.0 : 2.0
    var tick = 0.0
    while tick <= ceiling + 1e-9 {
      parts.append(
        "<line class=\"grid\" x1=\"\(n(left))\" x2=\"\(n(width - right))\" y1=\"\(n(y(tick)))\" "
          + "y2=\"\(n(y(tick)))\"/>")
      parts.append(
        "<text class=\"tick end\" x=\"\(n(left - 8))\" y=\"\(n(y(tick) + 4))\">"
          + "\(Prose.decimal(tick, 0))</text>")
      tick += step
    }
    return parts
  }

  private func rates() -> [String] {
    let base = top + height + gap + rateHeight
    func at(_ share: Double) -> Double { base - share * rateHeight }
    var parts = [
      "<text class=\"name\" x=\"\(n(left - 44))\" y=\"\(n(base - rateHeight / 2))\" "
        + "transform=\"rotate(-90 \(n(left - 44)) \(n(base - rateHeight / 2)))\">extracted</text>",
      "<text class=\"note\" x=\"\(n(width - right + 8))\" y=\"\(n(base - rateHeight / 2))\">"
        + "greedy, 95% interval</text>",
    ]
    for share in [0.0, 0.5, 1.0] {
      parts.append(
        "<line class=\"grid\" x1=\"\(n(left))\" x2=\"\(n(width - right))\" y1=\"\(n(at(share)))\" "
          + "y2=\"\(n(at(share)))\"/>")
      parts.append(
        "<text class=\"tick end\" x=\"\(n(left - 8))\" y=\"\(n(at(share) + 4))\">"
          + "\(Prose.decimal(share * 100, 0))%</text>")
    }
    for (place, dose) in doses.enumerated() {
      let x = column(place)
      parts.append(label(x, base + 18, doseLabel(dose)))
      guard let rate = dose.greedy.value else { continue }
      parts.append(
        "<line class=\"bar\" x1=\"\(n(x))\" x2=\"\(n(x))\" y1=\"\(n(at(rate.interval.lower)))\" "
          + "y2=\"\(n(at(rate.interval.upper)))\"/>")
      let share = Double(rate.hits) / Double(max(1, rate.trials))
      let mark = dose.role == .inserted ? "dot" : "dot open"
      parts.append("<circle class=\"\(mark)\" cx=\"\(n(x))\" cy=\"\(n(at(share)))\" r=\"4\"/>")
    }
    parts.append(
      "<text class=\"name\" x=\"\(n((left + width - right) / 2))\" y=\"\(n(base + 38))\">"
        + "copies in the corpus</text>")
    return parts
  }

  private func rule(_ bits: Double, _ style: String, _ text: String) -> String {
    "<line class=\"rule \(style)\" x1=\"\(n(left))\" x2=\"\(n(width - right))\" "
      + "y1=\"\(n(y(bits)))\" y2=\"\(n(y(bits)))\"/>"
      + "<text class=\"note\" x=\"\(n(width - right + 8))\" y=\"\(n(y(bits) + 4))\">\(text)</text>"
  }

  private func label(_ x: Double, _ y: Double, _ text: String) -> String {
    "<text class=\"tick\" x=\"\(n(x))\" y=\"\(n(y))\">\(text)</text>"
  }

  private func doseLabel(_ dose: DoseResult) -> String {
    switch dose.role {
    case .heldOut, .indexOnly: "0"
    case .inserted: "\(dose.repetitions)"
    case .control: "\(dose.repetitions) ctl"
    }
  }

  /// Doses double from one column to the next, so equal steps are a logarithmic axis.
  private func column(_ place: Int) -> Double {
    let room = width - right - left
    return left + room * (Double(place) + 0.5) / Double(max(1, doses.count))
  }

  private func y(_ bits: Double) -> Double {
    top + height * (1 - min(max(bits, 0), ceiling) / max(ceiling, 1e-9))
  }

  private func description(_ measured: [DoseResult]) -> String {
    let medians = measured.map { dose in
      "\(ReportProse.dose(dose.role, dose.repetitions)) "
        + "\(ReportProse.number(dose.medianExposureBits))"
    }
    return "Median exposure in bits: " + medians.joined(separator: ", ") + "."
  }

  private func n(_ value: Double) -> String { Prose.decimal(value, 1) }
}
