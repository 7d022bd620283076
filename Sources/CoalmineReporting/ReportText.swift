// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Parts of a report as plain lines, for a terminal.
public enum ReportText {
  /// The findings of a result, most important first.
  public static func findings(_ result: StudyResult) -> [String] {
    result.findings.map { FindingText.sentence($0, in: result) }
  }

  /// What was not measured, and why.
  public static func notMeasured(_ result: StudyResult) -> [String] {
    result.notMeasured.map { FindingText.sentence($0, in: result) }
  }

  /// Every run of a tuned model with what it came to; empty where there is one run or none.
  public static func runs(_ result: StudyResult) -> [String] {
    guard result.runOutcomes.count > 1 else { return [] }
    return ["runs of tuned models on these canaries:"]
      + result.runOutcomes.map { run in
        "  run \(run.run), \(run.model), \(run.openedAt), \(run.probeSet), "
          + "\(run.isComplete ? "complete" : "not complete"): \(run.verdict.rawValue)"
          + (run.combinedP.map { ", \(Prose.pValue($0))" } ?? "")
      }
  }
}
