// SPDX-License-Identifier: Apache-2.0

import Coalmine
import CoalmineCore

/// The last line of a verb that took a step in a study: what is next.
enum NextLine {
  /// As `coalmine status` says it, so that no two verbs name different steps.
  ///
  /// - Throws: `CoalmineError`, as reading a ledger does.
  static func after(_ study: String) throws -> [String] {
    try StatusVerb.status(study).next.command.map { ["next: \($0)"] } ?? []
  }

  /// When a run is complete; its ledger is not read again.
  static func after(_ role: RunRole, _ study: String) -> String {
    let word = ShellWord.path(study) ?? "STUDY"
    return role == .tuned
      ? "next: coalmine score --study \(word)"
      : "next: coalmine probe --study \(word) --endpoint URL --model NAME"
  }

  /// When the verdict is there: what is missing, or the page about it.
  static func after(_ verdict: Verdict, _ study: String) -> String {
    let word = ShellWord.path(study) ?? "STUDY"
    return verdict == .incomplete
      ? "next: coalmine status \(word)"
      : "next: coalmine report --study \(word) --format html --output report.html"
  }
}
