// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The dose-response plot as one static SVG: median exposure with quartiles by copies in the
/// corpus, and below it the share of secrets that come out, with intervals.
///
/// ```
/// bits  ┌ ceiling ───────▲──▲────────
///       │ largest of all, nothing leaked ─ ─
///       │          ●──●
///       │    ●──●       (bars: quartiles)
///       │ ○  mean, nothing leaked ─ ─ ─
/// share │ ○  ●  ●  ●  ◆  (bars: 95 % intervals)
///       └ 0  1  2  4  8 …  copies (doubling)
/// ```
struct Plot {
  private let levels: [RepetitionLevelResult]
  private let chanceBaseline: ChanceBaseline
  /// The lowest ceiling of each row, beside ``levels``.
  private let ceilings: [Double?]
  private let ceiling: Double?
  private let ceilingsDiffer: Bool
  private let hasExposure: Bool
  private let hasRates: Bool

  private let width = 800.0
  private let left = 58.0
  private let right = 245.0
  private let top = 14.0
  private let exposureHeight = 240.0
  private let rateHeight = 96.0
  private let gap = 28.0

  init(_ result: StudyResult) {
    levels = result.levels.filter { $0.role != .indexOnly }
    chanceBaseline = result.chanceBaseline
    let canaries = result.canaries.filter { $0.role != .indexOnly }
    ceilings = levels.map { level in
      canaries.lazy.filter { $0.role == level.role && $0.repetitions == level.repetitions }
        .compactMap(\.exposure.value?.ceilingBits).min()
    }
    let all = canaries.compactMap(\.exposure.value?.ceilingBits)
    ceiling = all.max()
    ceilingsDiffer = (all.max() ?? 0) - (all.min() ?? 0) > 0.05
    hasExposure = levels.contains { $0.medianInWords != nil }
    hasRates = levels.contains { $0.greedy.value != nil || $0.sampled.value != nil }
  }

  /// The picture, or `nil` where nothing was measured.
  func svg() -> String? {
    guard hasExposure || hasRates else { return nil }
    let labels = rateBase + 18
    let total = labels + 86
    var parts = [
      "<svg viewBox=\"0 0 \(Drawing.n(width)) \(Drawing.n(total))\" role=\"img\" "
        + "aria-labelledby=\"plot-title plot-text\">",
      "<title id=\"plot-title\">Exposure and extraction by copies in the corpus</title>",
      "<desc id=\"plot-text\">\(PageText(description()).renderText)</desc>",
    ]
    if hasExposure { parts += exposures() }
    if hasRates { parts += rates() }
    for (place, level) in levels.enumerated() {
      let (number, role) = columnLabel(level)
      parts.append(Drawing.text("tick", column(place), labels, number))
      if let role { parts.append(Drawing.text("tick", column(place), labels + 14, role)) }
    }
    parts.append(
      Drawing.text("name", (left + width - right) / 2, labels + 34, "copies in the corpus"))
    parts += legend(labels + 58)
    parts.append("</svg>")
    return parts.joined(separator: "\n")
  }

  // MARK: - Exposure

  private func exposures() -> [String] {
    var parts = [
      Drawing.upward("name", 14, top + exposureHeight / 2, "median exposure, bits")
    ]
    for tick in ticks() {
      parts.append(Drawing.line("grid", left, y(tick), width - right, y(tick)))
      parts.append(Drawing.text("tick end", left - 8, y(tick) + 4, Prose.decimal(tick, 0)))
    }
    parts += rules()
    var points: [String] = []
    for (place, level) in levels.enumerated() where level.role != .control {
      guard let median = level.medianExposureBits.value else { continue }
      points.append("\(Drawing.n(column(place))),\(Drawing.n(y(median)))")
    }
    parts.append("<polyline class=\"curve\" points=\"\(points.joined(separator: " "))\"/>")
    for (place, level) in levels.enumerated() {
      if level.exposures.count > 1 {
        parts += sideBySide(level, column(place))
      } else if let median = level.medianExposureBits.value {
        let isBound =
          level.exposures.first?.median.isLowerBound
          ?? ceilings[place].map { median >= $0 - 1e-9 } ?? false
        parts += drawn(level, column(place), median, level.quartilesBits.value, isBound)
      } else {
        parts.append(Drawing.mark(.absent, column(place), y(0)))
      }
    }
    return parts
  }

  /// One mark per ceiling: they have no median together.
  private func sideBySide(_ level: RepetitionLevelResult, _ x: Double) -> [String] {
    let step = min(14, (width - right - left) / Double(levels.count * level.exposures.count))
    return level.exposures.enumerated().flatMap { number, group in
      drawn(
        level, x + (Double(number) - Double(level.exposures.count - 1) / 2) * step,
        group.median.bits, group.firstQuartile.bits...group.thirdQuartile.bits,
        group.median.isLowerBound)
    }
  }

  private func drawn(
    _ level: RepetitionLevelResult, _ x: Double, _ median: Double,
    _ quartiles: ClosedRange<Double>?, _ isBound: Bool
  ) -> [String] {
    (quartiles.map { [Drawing.range("bar", x: x, y($0.upperBound), y($0.lowerBound))] } ?? [])
      + [Drawing.mark(isBound ? .atCeiling : mark(level), x, y(median))]
  }

  /// The ceiling and the two chance baselines, each named at the right; names keep apart.
  private func rules() -> [String] {
    var lines = [
      (
        bits: chanceBaseline.medianMaximumBits, style: "rule null",
        text: "largest of \(chanceBaseline.canaries), nothing leaked"
      ),
      (bits: chanceBaseline.meanBits, style: "rule null", text: "mean, nothing leaked"),
    ]
    if let ceiling {
      lines.append((ceiling, "rule ceiling", ceilingsDiffer ? "highest ceiling" : "ceiling"))
    }
    lines.sort { $0.bits > $1.bits }
    var parts: [String] = []
    var free = -Double.infinity
    for line in lines {
      let height = y(line.bits)
      let label = max(height + 4, free)
      free = label + 15
      parts.append(Drawing.line(line.style, left, height, width - right, height))
      parts.append(
        Drawing.text(
          "note", width - right + 8, label, "\(line.text): \(Prose.decimal(line.bits, 1))"))
    }
    return parts
  }

  /// At most nine round numbers from 0 to the top.
  private func ticks() -> [Double] {
    let step = [1.0, 2, 4, 5, 10, 20, 50].first { highest / $0 <= 8 } ?? 100
    return Array(stride(from: 0, through: highest + 1e-9, by: step))
  }

  private var highest: Double { max(1, ceiling ?? 0, chanceBaseline.medianMaximumBits) }

  private func y(_ bits: Double) -> Double {
    top + exposureHeight * (1 - min(max(bits, 0), highest) / highest)
  }

  // MARK: - Extraction

  private var rateBase: Double {
    switch (hasExposure, hasRates) {
    case (true, true): top + exposureHeight + gap + rateHeight
    case (true, false): top + exposureHeight
    default: top + rateHeight
    }
  }

  private func rates() -> [String] {
    func height(_ share: Double) -> Double { rateBase - share * rateHeight }
    var parts = [Drawing.upward("name", 14, rateBase - rateHeight / 2, "share extracted")]
    for share in [0.0, 0.5, 1.0] {
      parts.append(Drawing.line("grid", left, height(share), width - right, height(share)))
      parts.append(
        Drawing.text("tick end", left - 8, height(share) + 4, Prose.decimal(share, 1)))
    }
    // Side by side, so that two intervals at one repetition level can be told apart.
    let aside = min(7, (width - right - left) / Double(max(1, levels.count)) / 4)
    for (place, level) in levels.enumerated() {
      for (outcome, shift, mark) in [
        (level.greedy, -aside, mark(level)), (level.sampled, aside, .sampled),
      ] {
        let x = column(place) + shift
        guard let rate = outcome.value else {
          parts.append(Drawing.mark(.absent, x, height(0)))
          continue
        }
        let style = mark == .sampled ? "bar second" : "bar"
        parts.append(
          Drawing.range(
            style, x: x, height(rate.interval.upper), height(rate.interval.lower), cap: 3))
        parts.append(
          Drawing.mark(mark, x, height(Double(rate.hits) / Double(max(1, rate.trials)))))
      }
    }
    return parts
  }

  // MARK: - Shared

  private func legend(_ y: Double) -> [String] {
    var entries: [(Drawing.Mark, String)] = [
      (.inserted, "inserted"), (.heldOut, "held out"), (.control, "control"),
    ]
    if hasExposure { entries.append((.atCeiling, "at ceiling: may be higher")) }
    if hasRates { entries.append((.sampled, "sampled (others greedy)")) }
    entries.append((.absent, "not measured"))
    var parts: [String] = []
    for (place, (mark, words)) in entries.enumerated() {
      let x = left + Double(place % 3) * 180
      let row = y + Double(place / 3) * 20
      parts.append(Drawing.mark(mark, x + 5, row - 4))
      parts.append(Drawing.text("note", x + 15, row, words))
    }
    return parts
  }

  private func mark(_ level: RepetitionLevelResult) -> Drawing.Mark {
    switch level.role {
    case .inserted, .indexOnly: .inserted
    case .heldOut: .heldOut
    case .control: .control
    }
  }

  private func columnLabel(_ level: RepetitionLevelResult) -> (String, String?) {
    switch level.role {
    case .heldOut, .indexOnly: ("0", "held out")
    case .inserted: ("\(level.repetitions)", nil)
    case .control: ("\(level.repetitions)", "control")
    }
  }

  /// Repetition levels double from one column to the next, so equal steps are a logarithmic axis.
  private func column(_ place: Int) -> Double {
    left + (width - right - left) * (Double(place) + 0.5) / Double(max(1, levels.count))
  }

  private func description() -> String {
    func list(_ value: (RepetitionLevelResult) -> String) -> String {
      levels.map { "\(ReportProse.level($0.role, $0.repetitions)) \(value($0))" }
        .joined(separator: ", ")
    }
    var text: [String] = []
    if hasExposure {
      text.append(
        "Median exposure in bits: \(list { ReportProse.median($0) }).")
      text.append(ReportProse.chanceBaseline(chanceBaseline))
    }
    if hasRates {
      text.append("Extracted greedily: \(list { ReportProse.rate($0.greedy) }).")
      text.append("Extracted by sampling: \(list { ReportProse.rate($0.sampled) }).")
    }
    return text.joined(separator: " ")
  }
}
