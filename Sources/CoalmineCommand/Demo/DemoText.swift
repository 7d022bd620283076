// SPDX-License-Identifier: Apache-2.0

import Coalmine

/// The demonstration's summary.
enum DemoText {
  static func lines(_ outcomes: [DemoOutcome], folder: String) -> [String] {
    var lines = [""]
    for outcome in outcomes {
      let mark = outcome.isAsPlanted ? "as expected" : "NOT as expected"
      lines.append(
        "\(outcome.arm.name): \(outcome.arm.summary) -> \(outcome.result.verdict.rawValue) (\(mark))"
      )
      if let finding = ReportText.findings(outcome.result).first { lines.append("  \(finding)") }
      lines.append("  " + exposures(outcome.result))
      lines.append("  \(folder)/\(outcome.arm.name)/report.html")
    }
    return lines
  }

  private static func exposures(_ result: StudyResult) -> String {
    let levels = result.levels.compactMap { row -> String? in
      guard row.role != .control, let bits = row.medianInWords else { return nil }
      return (row.role == .heldOut ? "held out " : "\(row.repetitions)x ") + bits
    }
    return "median exposure in bits: " + levels.joined(separator: ", ")
  }
}
