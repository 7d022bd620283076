// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The ROC curves of the membership scores as one static SVG: a panel per score, both axes
/// logarithmic, so that members found at few false positives can be seen.
///
/// A rate of zero has no logarithm: it stands at the axis, which is labelled 0. Between two
/// thresholds the line stays at the lower share of members, since nothing was measured there.
struct ROCPlot {
  private let scores: [MembershipResult]
  /// Decades below 1 that the axes show above their zero.
  private let decades: Int

  private let side = 170.0
  private let left = 58.0
  private let top = 34.0
  private let panelWidth = 266.0
  private let panelHeight = 256.0
  private let panelsPerRow = 3
  private static let log10OfTwo = 0.301_029_995_663_981_2

  init(_ scores: [MembershipResult]) {
    self.scores = scores.filter { $0.curve.count > 1 }
    let records = self.scores.map { max($0.members, $0.nonmembers) }.max() ?? 1
    var decades = 1
    var largest = 10
    while largest < records, decades < 4 {
      decades += 1
      largest *= 10
    }
    self.decades = decades
  }

  /// The picture, or `nil` where no score was measured.
  func svg() -> String? {
    guard !scores.isEmpty else { return nil }
    let rows = (scores.count + panelsPerRow - 1) / panelsPerRow
    let width = panelWidth * Double(panelsPerRow)
    let height = panelHeight * Double(rows)
    var parts = [
      "<svg viewBox=\"0 0 \(Drawing.n(width)) \(Drawing.n(height))\" role=\"img\" "
        + "aria-labelledby=\"roc-title roc-text\">",
      "<title id=\"roc-title\">Members found by false positives, on logarithmic axes</title>",
      "<desc id=\"roc-text\">\(PageText(description()).renderText)</desc>",
    ]
    for (place, score) in scores.enumerated() {
      parts += panel(
        score, x: left + Double(place % panelsPerRow) * panelWidth,
        y: top + Double(place / panelsPerRow) * panelHeight)
    }
    parts.append("</svg>")
    return parts.joined(separator: "\n")
  }

  private func panel(_ score: MembershipResult, x: Double, y: Double) -> [String] {
    func across(_ rate: Double) -> Double { x + side * position(rate) }
    func up(_ rate: Double) -> Double { y + side * (1 - position(rate)) }
    var parts = [
      Drawing.text("name", x + side / 2, y - 20, score.score),
      Drawing.text(
        "tick", x + side / 2, y - 6,
        Prose.count(score.members, "member", "members") + ", "
          + Prose.count(score.nonmembers, "non-member", "non-members")),
    ]
    for tick in ticks() {
      parts.append(Drawing.line("grid", x, up(tick.rate), x + side, up(tick.rate)))
      parts.append(Drawing.line("grid", across(tick.rate), y, across(tick.rate), y + side))
      parts.append(Drawing.text("tick end", x - 6, up(tick.rate) + 4, tick.label))
      if tick.isLabelledBelow {
        parts.append(Drawing.text("tick", across(tick.rate), y + side + 15, tick.label))
      }
    }
    parts.append(Drawing.text("tick", x + side / 2, y + side + 31, "false positives"))
    parts.append(Drawing.upward("tick", x - 48, y + side / 2, "members found"))
    // Guessing: both rates are equal.
    parts.append(Drawing.line("rule null", x, y + side, x + side, y))
    var points: [(Double, Double)] = []
    var height = 0.0
    for point in score.curve {
      points.append((point.falsePositiveRate, height))
      points.append((point.falsePositiveRate, point.truePositiveRate))
      height = point.truePositiveRate
    }
    let line = points.map { "\(Drawing.n(across($0.0))),\(Drawing.n(up($0.1)))" }
    parts.append("<polyline class=\"curve\" points=\"\(line.joined(separator: " "))\"/>")
    return parts
  }

  /// Where a rate stands on its axis, 0…1: 0 at the axis, then a decade per step.
  private func position(_ rate: Double) -> Double {
    let steps = Double(decades + 1)
    // What is below the last decade stands between it and zero.
    guard rate > 0 else { return 0 }
    return min(1, max(0.5 / steps, 1 + Binary.log2(rate) * Self.log10OfTwo / steps))
  }

  private struct Tick {
    let rate: Double
    let label: String
    /// Labels below would run into each other where there are many decades.
    let isLabelledBelow: Bool
  }

  private func ticks() -> [Tick] {
    [Tick(rate: 0, label: "0", isLabelledBelow: true)]
      + (0...decades).map { power in
        let rate = Binary.exp10(-Double(power))
        return Tick(
          rate: rate, label: Prose.decimal(rate, power),
          isLabelledBelow: decades < 3 || power.isMultiple(of: 2))
      }
  }

  /// The same for a reader without eyes.
  private func description() -> String {
    let found = scores.map { "\($0.score): \(MembershipProse.found($0))" }
    return "Members found where at most "
      + "\(Prose.decimal(MembershipResult.falsePositiveRate * 100, 0))% of the non-members are taken "
      + "for members. \(found.joined(separator: "; "))."
  }
}
