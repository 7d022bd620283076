// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The trend of a history as one static SVG: the rank AUC of each run, and below it the share of
/// secrets that came out, with intervals. A solid rule stands where the model changed.
///
/// ```
/// AUC 1.0 ┌         ┆   ●
///         │   ●  ●  ┆
///     0.5 │─ ─ ─ ─ ─┆─ ─ ─  chance
/// share   │ ┬   ┬   ┆   ┬
///         └ 1   2   ┆   3   runs in the order of their dates
/// ```
struct HistoryPlot {
  let rows: [HistoryRow]

  private let width = 800.0
  private let left = 58.0
  private let right = 24.0
  private let top = 16.0
  private let height = 180.0
  private let gap = 30.0

  /// The picture; `nil` without a value to draw.
  func svg() -> String? {
    guard rows.contains(where: { $0.rankAUC != nil || $0.extraction != nil }) else { return nil }
    let bottom = top + 2 * height + gap
    var parts = [
      "<svg viewBox=\"0 0 \(Drawing.n(width)) \(Drawing.n(bottom + 48))\" role=\"img\" "
        + "aria-labelledby=\"plot-title plot-text\">",
      "<title id=\"plot-title\">Leakage of \(Prose.count(rows.count, "run", "runs")) by date</title>",
      "<desc id=\"plot-text\">\(PageText(description).renderText)</desc>",
      Drawing.upward("name", 14, top + height / 2, "rank AUC"),
      Drawing.upward("name", 14, top + height + gap + height / 2, "secrets extracted"),
    ]
    for value in [0.0, 0.5, 1] {
      parts.append(
        Drawing.line(
          value == 0.5 ? "rule null" : "grid", left, y(auc: value), width - right, y(auc: value)))
      parts.append(Drawing.text("tick end", left - 8, y(auc: value) + 4, Prose.decimal(value, 1)))
      parts.append(Drawing.line("grid", left, y(share: value), width - right, y(share: value)))
      parts.append(
        Drawing.text(
          "tick end", left - 8, y(share: value) + 4, Prose.decimal(100 * value, 0) + " %"))
    }
    let step = max(1, (rows.count + 19) / 20)
    for (place, row) in rows.enumerated() {
      if row.change != nil, place > 0 {
        let between = (x(place) + x(place - 1)) / 2
        parts.append(Drawing.line("rule ceiling", between, top, between, bottom))
      }
      if let auc = row.rankAUC {
        parts.append(Drawing.mark(.inserted, x(place), y(auc: auc)))
      } else {
        parts.append(Drawing.mark(.absent, x(place), y(auc: 0.5)))
      }
      if let rate = row.extraction {
        parts.append(
          Drawing.range(
            "bar second", x: x(place), y(share: rate.interval.upper),
            y(share: rate.interval.lower)))
        parts.append(
          Drawing.mark(
            .sampled, x(place), y(share: Double(rate.hits) / Double(max(1, rate.trials)))))
      } else {
        parts.append(Drawing.mark(.absent, x(place), y(share: 0)))
      }
      if place % step == 0 {
        parts.append(Drawing.text("tick", x(place), bottom + 18, String(place + 1)))
      }
    }
    parts.append(
      Drawing.text(
        "name", (left + width - right) / 2, bottom + 38,
        "row of the table; a solid rule: the model changed; bars: 95 % intervals"))
    parts.append("</svg>")
    return parts.joined(separator: "\n")
  }

  /// The same in words, for readers who do not see the picture.
  private var description: String {
    rows.enumerated().map { place, row in
      let auc = row.rankAUC.map { Prose.decimal($0, 3) } ?? "not measured"
      let share = row.extraction.map { "\($0.hits) of \($0.trials)" } ?? "not measured"
      return "Row \(place + 1): rank AUC \(auc), extraction \(share)."
    }.joined(separator: " ")
  }

  private func x(_ place: Int) -> Double {
    let room = width - left - right
    return left + room * (Double(place) + 0.5) / Double(rows.count)
  }

  private func y(auc: Double) -> Double { top + height * (1 - auc) }
  private func y(share: Double) -> Double { top + height + gap + height * (1 - share) }
}
