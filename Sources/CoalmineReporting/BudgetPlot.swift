// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Extraction by budget as one static SVG: a panel per decoding, the share of secrets found over the
/// number of samples, a curve per group of canaries.
///
/// ```
/// share │          ●──◆ 8 x
///       │     ●───●
///       │ ●──●    ○──○ held out (bars: 95 % intervals)
///       └ ─ ─ ─ ─ ─ ─ by chance
///         1  2  4  8   samples (doubling)
/// ```
struct BudgetPlot {
  private let panels: [Panel]

  private let width = 800.0
  private let left = 58.0
  private let right = 150.0
  private let top = 30.0
  private let panelHeight = 190.0
  private let gap = 74.0

  /// How many strokes the style sheet has.
  private static let strokes = 5

  private struct Panel {
    let decoding: ExtractionBudget.Decoding
    let curves: [(budget: ExtractionBudget, points: [ExtractionBudget.Point])]
    /// Every number of samples of a curve, rising: a column each.
    let samples: [Int]
  }

  init(_ budgets: [ExtractionBudget]) {
    panels = ExtractionBudget.Decoding.allCases.compactMap { decoding in
      let curves = budgets.compactMap { budget -> (ExtractionBudget, [ExtractionBudget.Point])? in
        guard budget.decoding == decoding, let points = budget.curve.value, !points.isEmpty else {
          return nil
        }
        return (budget, points)
      }
      guard !curves.isEmpty else { return nil }
      return Panel(
        decoding: decoding, curves: curves,
        samples: Set(curves.flatMap { $0.1.map(\.samples) }).sorted())
    }
  }

  /// The picture, or `nil` where nothing was sampled.
  func svg() -> String? {
    guard !panels.isEmpty else { return nil }
    let height = top + Double(panels.count) * (panelHeight + gap)
    var parts = [
      "<svg viewBox=\"0 0 \(Drawing.n(width)) \(Drawing.n(height))\" role=\"img\" "
        + "aria-labelledby=\"budget-title budget-text\">",
      "<title id=\"budget-title\">Secrets found by number of samples</title>",
      "<desc id=\"budget-text\">\(PageText(description()).renderText)</desc>",
    ]
    for (place, panel) in panels.enumerated() {
      parts += draw(panel, top + Double(place) * (panelHeight + gap))
    }
    parts.append("</svg>")
    return parts.joined(separator: "\n")
  }

  private func draw(_ panel: Panel, _ y: Double) -> [String] {
    func up(_ share: Double) -> Double { y + panelHeight * (1 - min(max(share, 0), 1)) }
    func across(_ samples: Int) -> Double {
      let place = panel.samples.firstIndex(of: samples) ?? 0
      return left + (width - right - left) * (Double(place) + 0.5) / Double(panel.samples.count)
    }
    var parts = [
      Drawing.text(
        "name", (left + width - right) / 2, y - 12, "sampled " + ReportTables.words(panel.decoding)),
      Drawing.upward("name", 14, y + panelHeight / 2, "share found"),
    ]
    for share in [0.0, 0.25, 0.5, 0.75, 1] {
      parts.append(Drawing.line("grid", left, up(share), width - right, up(share)))
      parts.append(Drawing.text("tick end", left - 8, up(share) + 4, Prose.decimal(share, 2)))
    }
    for samples in panel.samples {
      parts.append(Drawing.text("tick", across(samples), y + panelHeight + 18, String(samples)))
    }
    parts.append(
      Drawing.text("name", (left + width - right) / 2, y + panelHeight + 36, "samples per canary"))
    let chances = panel.samples.compactMap { samples -> (Double, Double)? in
      panel.curves.compactMap { curve in
        curve.points.first { $0.samples == samples }?.chance
      }.max().map { (across(samples), up($0)) }
    }
    if !chances.isEmpty { parts.append(polyline("rule null", chances)) }
    let step = min(7, (width - right - left) / Double(panel.samples.count * panel.curves.count) / 2)
    var labels: [Label] = []
    if let last = chances.last { labels.append(Label(end: last, text: "by chance, at most")) }
    for (place, curve) in panel.curves.enumerated() {
      // Side by side, so that intervals can be told apart.
      let shift = (Double(place) - Double(panel.curves.count - 1) / 2) * step
      let isHeldOut = curve.budget.role == .heldOut
      let drawn = curve.points.map { (across($0.samples) + shift, up($0.share)) }
      // Curves that meet are told apart by their strokes.
      let style = "curve stroke-\(place % Self.strokes)"
      parts.append(polyline(style, drawn))
      for (point, at) in zip(curve.points, drawn) {
        parts.append(
          Drawing.range("bar", x: at.0, up(point.interval.upper), up(point.interval.lower), cap: 3))
        parts.append(Drawing.mark(isHeldOut ? .heldOut : .inserted, at.0, at.1))
      }
      labels.append(
        Label(
          end: drawn.last ?? (left, up(0)),
          text: ReportProse.level(curve.budget.role, curve.budget.repetitions), style: style))
    }
    return parts + named(labels, above: y + panelHeight + 48)
  }

  /// A name, and the end of the curve that it belongs to.
  private struct Label {
    let end: (x: Double, y: Double)
    let text: String
    /// How the curve is drawn; `nil` where the name needs no line to it.
    var style: String?
  }

  /// The names right of their curves, kept apart and above `bottom`, each with a line to its curve.
  private func named(_ labels: [Label], above bottom: Double) -> [String] {
    let sorted = labels.enumerated().sorted {
      ($0.element.end.y, $0.offset) < ($1.element.end.y, $1.offset)
    }.map(\.element)
    var heights: [Double] = []
    for label in sorted { heights.append(max(label.end.y + 4, (heights.last ?? -100) + 15)) }
    var limit = bottom
    for place in heights.indices.reversed() {
      heights[place] = min(heights[place], limit)
      limit = heights[place] - 15
    }
    return zip(sorted, heights).flatMap { label, height in
      let x = width - right + 8
      let line = label.style.map {
        Drawing.line($0, label.end.x + 6, label.end.y, x - 4, height - 4)
      }
      return [line].compactMap(\.self) + [Drawing.text("note", x, height, label.text)]
    }
  }

  private func polyline(_ style: String, _ points: [(Double, Double)]) -> String {
    let places = points.map { "\(Drawing.n($0.0)),\(Drawing.n($0.1))" }.joined(separator: " ")
    return "<polyline class=\"\(style)\" points=\"\(places)\"/>"
  }

  /// The same for a reader without eyes.
  private func description() -> String {
    panels.map { panel in
      let curves = panel.curves.map { curve in
        let shares = curve.points.map {
          "\(ReportTables.found($0.share)) within \($0.samples)"
        }
        return ReportProse.level(curve.budget.role, curve.budget.repetitions) + ": "
          + shares.joined(separator: ", ")
      }
      return "Sampled \(ReportTables.words(panel.decoding)): \(curves.joined(separator: "; "))."
    }.joined(separator: " ")
  }
}
