// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension ReportTables {
  /// Extraction rates beside each other; `nil` where none was measured.
  static func rateComparisons(_ comparisons: [RateComparison]) -> ReportTable? {
    guard comparisons.contains(where: { $0.outcome.value != nil }) else { return nil }
    // Most services never say what they know.
    let shown = comparisons.filter { $0.name != .recitedInserted || $0.outcome.value != nil }
    return ReportTable(
      "Extraction rates compared. Inserted at the target repetitions against held out: one-sided "
        + "Fisher test. Greedy against sampled, the same inserted canaries: two-sided McNemar test",
      ["compared", "first", "second", "p"],
      shown.map { comparison in
        guard let value = comparison.outcome.value else {
          return [label(comparison.name), ReportProse.missing(comparison.outcome), "", ""]
        }
        return [
          label(comparison.name), ReportProse.rate(.measured(value.first)),
          ReportProse.rate(.measured(value.second)), Prose.pValue(value.pValue),
        ]
      }, style: .tight)
  }

  private static func label(_ name: RateComparison.Name) -> String {
    switch name {
    case .greedyInserted: "greedy: inserted, held out"
    case .sampledInserted: "sampled: inserted, held out"
    case .defaultsInserted: "endpoint's defaults: inserted, held out"
    case .recitedInserted: "held back or marked as known text: inserted, held out"
    case .greedySampled: "greedy, sampled"
    }
  }
}
