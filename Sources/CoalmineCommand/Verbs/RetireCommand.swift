// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

struct Retire: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Drop the secrets, the record texts and the replies from a study, for good.",
    discussion: """
      What stays: every number with its interval, the log-probabilities, and the digests of what was \
      dropped. 'score', 'report' and 'history' give the same results as before; 'probe', 'scan', 'unseed', \
      'compare' and 'monitor' need what was dropped and are refused. First everything is verified as by \
      'coalmine verify --study'; where something differs, nothing is dropped (exit code 5). The reduced ledger takes \
      the place of the old one in one step: a killed run leaves the old one whole. Copies of the ledger \
      elsewhere stay as they are.
      """)

  @Argument(help: "The study's ledger.")
  var study: String

  @Option(
    help: ArgumentHelp(
      "Do nothing before this day (UTC), such as 2027-03-31; run the command daily.",
      valueName: "day"))
  var after: String?

  @Flag(help: "Also where a run has answers missing or no model was asked; it can never go on.")
  var unfinished = false

  @OptionGroup var result: OutputOptions

  func validate() throws {
    guard let after else { return }
    guard CalendarDay.isDay(after) else {
      throw ValidationError(
        "'--after' takes a day such as 2027-03-31, not '\(terminalSafe(after))'")
    }
  }

  func run() async throws {
    let now = WallClock.now()
    if let after, now.prefix(10) < after {
      // A name that is misspelled is told today, and not on that day.
      try RetireVerb.expectLedger(study)
      return try result.print(["nothing is dropped from \(study) before \(after)"]) { fields in
        try fields.field("retired", false)
        try fields.field("after", after)
      }
    }
    let findings = try await Progress.whileWaiting {
      var reread = Reread(study: study)
      reread.progress = $0.report
      return try await reread.findings()
    }
    if let problem = findings.problems.first {
      throw CoalmineError(
        code: "retire-not-verified", "\(study) differs from what was stored: \(problem.sentence)",
        details: ["nothing was dropped"],
        help: "'coalmine verify --study STUDY' lists everything that differs",
        exit: .verificationFailed)
    }
    Interruption.removeUnfinished()
    let retired = try Progress.during { progress in
      progress.show(WorkDone("scoring, and writing the reduced ledger"))
      return try RetireVerb.retire(
        study: study, unfinished: unfinished, now: now, version: CoalmineVersion.current,
        note: Console.remark)
    }
    try result.print(["retired: \(study)"] + RetirementText.lines(retired)) { fields in
      try fields.field("retired", true)
      try fields.field("study", study)
      try RetirementText.fields(retired, &fields)
    }
  }
}
