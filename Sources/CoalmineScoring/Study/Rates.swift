// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Rates over canaries and samples with their intervals.
enum Rates {
  /// The two-sided Clopper-Pearson interval.
  static func interval(_ hits: Int, of trials: Int) throws -> Interval {
    try clopperPearson(hits, of: trials, confidence: ScoringRules.confidence)
  }

  /// Counts the values that hold; where none is measured, the reason of the first.
  static func rate(_ outcomes: [Outcome<Bool>]) -> Outcome<Rate> {
    let measured = outcomes.compactMap(\.value)
    guard !measured.isEmpty else {
      return outcomes.first?.withoutValue()
        ?? .notMeasurable(Reason("no-canaries", "the study has no such canary"))
    }
    let hits = measured.count { $0 }
    return Fallible.outcome {
      Rate(hits: hits, trials: measured.count, interval: try interval(hits, of: measured.count))
    }
  }
}
