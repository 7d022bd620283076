// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// How many canaries each measure was taken of, and how many it was not taken of, by why.
///
/// Values that are missing are in no rate and no median; a reader must see how many those are.
struct ReportCoverage {
  /// One measure over all canaries.
  struct Row {
    let measure: String
    var measured = 0
    var notMeasurable = 0
    var censored = 0
    var failed = 0

    /// What was seen where there is no value, most frequent first, each with its number.
    var reasons: [(evidence: String, canaries: Int)] = []

    var missing: Int { notMeasurable + censored + failed }

    init<Value>(_ measure: String, _ outcomes: some Sequence<Outcome<Value>>) {
      self.measure = measure
      var counts: [String: Int] = [:]
      for outcome in outcomes {
        switch outcome {
        case .measured: measured += 1
        case .notMeasurable: notMeasurable += 1
        case .censored: censored += 1
        case .failed: failed += 1
        }
        if let reason = outcome.reason { counts[reason.evidence, default: 0] += 1 }
      }
      reasons = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { (evidence: $0.key, canaries: $0.value) }
    }

    /// The reasons as one line; at most three, since hostile or broken endpoints can give many.
    var why: String {
      let shown = reasons.prefix(3).map { reason in
        reason.canaries == missing ? reason.evidence : "\(reason.evidence) (\(reason.canaries))"
      }
      let rest = reasons.count - shown.count
      return (shown + (rest > 0 ? [Prose.count(rest, "other reason", "other reasons")] : []))
        .joined(separator: "; ")
    }
  }

  let rows: [Row]

  init(_ result: StudyResult) {
    let canaries = result.canaries
    rows = [
      Row("log-probability of the secret", canaries.map(\.secretLogProbability)),
      Row("the same, minus the base model's", canaries.map(\.tunedMinusBase)),
      Row("exposure", canaries.map(\.exposure)),
      Row("greedy extraction", canaries.map(\.greedy)),
      Row("sampled extraction, temperature 1", canaries.map(\.sampled)),
      Row("extraction with the endpoint's defaults", canaries.map(\.defaults)),
    ]
  }

  /// Whether every measure was taken of every canary.
  var isComplete: Bool { rows.allSatisfy { $0.missing == 0 } }
}
