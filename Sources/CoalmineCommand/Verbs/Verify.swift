// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a seeded corpus against the ledger, or the ledger against itself.",
    discussion: """
      With a corpus: checks that the file is what 'coalmine seed' wrote, with every copy in its \
      place. With --processed: counts the canaries in files that a pipeline made of it (shuffled, \
      split, deduplicated, written anew), and ends with 0 where the study can be scored, with 5 \
      where it cannot. Without a corpus: checks the digests of everything in the ledger, reads every stored \
      reply again and compares it with the stored observation; nothing is sent. Of a retired study it \
      checks the digests, and what the kept log-probabilities come to. With --commitment: \
      derives the commitment from the ledger again, or proves what was disclosed under it. Exits 0, or \
      5 and prints what differs.
      """)

  @Argument(
    help:
      "The seeded corpus: its files or their folder; with --processed any. Without it, the ledger.")
  var seeded: [String] = []

  @Flag(help: "Count the canaries in files that were made of the seeded corpus.")
  var processed = false

  @Option(help: "The study's ledger; with --commitment and --disclosed it can be left out.")
  var study: String?

  @Option(help: "A commitment of 'coalmine commit', as it was kept.")
  var commitment: String?

  @Option(help: "With --commitment: a file of 'coalmine disclose'.")
  var disclosed: String?

  @Option(help: "Write a new ledger of the current version with everything in the study.")
  var upgrade: String?

  @OptionGroup var result: OutputOptions

  func run() async throws {
    if let commitment {
      guard seeded.isEmpty, !processed, upgrade == nil else {
        throw ValidationError("'--commitment' goes with '--study' and '--disclosed' alone")
      }
      guard study != nil || disclosed != nil else {
        throw ValidationError("'--commitment' needs '--study', '--disclosed' or both")
      }
      return try CommitmentCheck.run(commitment, study: study, disclosed: disclosed, result)
    }
    guard disclosed == nil else { throw ValidationError("'--disclosed' needs '--commitment'") }
    guard let study else { throw ValidationError("'--study' names the study's ledger") }
    guard !seeded.isEmpty else {
      guard !processed else { throw ValidationError("--processed needs the files to look into") }
      return try await verifyStudy(study)
    }
    guard upgrade == nil else {
      throw ValidationError("'--upgrade' of 'coalmine verify' cannot be used with a corpus")
    }
    if processed { return try verifyProcessed(study) }
    let copies = try Progress.during {
      try CorpusVerbs.verify(seeded, study: study, progress: $0.report)
    }
    let name = seeded.joined(separator: " ")
    try result.print(["\(name) is the seeded corpus: all \(copies) copies are in their places"]) {
      try $0.field("verified", true)
      try $0.field("copies", copies)
    }
  }

  private func verifyProcessed(_ study: String) throws {
    let findings = try Progress.during {
      try CorpusVerbs.processed(seeded, study: study, progress: $0.report)
    }
    try result.print(ProcessedText.lines(findings)) { try ProcessedText.fields(findings, &$0) }
    switch findings.conclusion {
    case .complete, .repetitionsChanged: break
    case .controlsLost, .notThisCorpus: CoalmineCore.ExitCode.verificationFailed.leave()
    }
  }

  private func verifyStudy(_ study: String) async throws {
    var findings = try await Progress.whileWaiting {
      var reread = Reread(study: study)
      reread.progress = $0.report
      return try await reread.findings()
    }
    let kept = try findings.retired.map { _ in try RetireVerb.recompute(study) }
    findings.problems += kept?.problems ?? []
    let isRight = findings.problems.isEmpty
    if let upgrade, isRight {
      Interruption.removeUnfinished()
      try CorpusVerbs.upgrade(study, to: upgrade, note: Console.remark)
    }
    try result.print(
      RetirementText.verified(findings, study, values: kept?.values) ?? lines(findings, study)
    ) { fields in
      try fields.field("verified", isRight)
      try fields.field("sealed", findings.isSealed)
      try fields.field("runs", findings.runs)
      try fields.field("observations", findings.observations)
      try fields.array("earlier_runs") { list in
        for run in findings.earlierRuns { try list.value(run) }
      }
      try fields.array("problems") { list in
        for problem in findings.problems {
          try list.object { object in
            try object.field("object", problem.object)
            try object.field("fault", problem.fault)
          }
        }
      }
      try fields.field("upgraded", isRight ? upgrade : nil)
      try fields.field("values_recomputed", kept?.values)
      if let retired = findings.retired {
        try fields.object("retired") { try RetirementText.fields(retired, &$0) }
      }
    }
    if !isRight { CoalmineCore.ExitCode.verificationFailed.leave() }
  }

  private func lines(_ findings: Reread.Findings, _ study: String) -> [String] {
    guard findings.problems.isEmpty else {
      let shown = 20
      let more = findings.problems.count - shown
      return ["\(study) differs from what was stored:"]
        + findings.problems.prefix(shown).map { "  \($0.sentence)" }
        + (more > 0 ? ["  and \(more) more"] : [])
        + (upgrade == nil ? [] : ["no new ledger was written"])
    }
    var lines = [
      "\(study): \(Prose.count(findings.observations, "observation", "observations")) of "
        + "\(Prose.count(findings.runs, "run", "runs")) agree with the stored replies"
    ]
    lines.append(
      findings.isSealed
        ? "every digest in the ledger is correct"
        : "the ledger was written without digests: other changes cannot be detected")
    lines += findings.earlierRuns.map {
      "run \($0) was made by an earlier version: its endpoint check and the scores that it took token "
        + "by token were not derived again"
    }
    if let upgrade { lines.append("written: \(upgrade)") }
    return lines
  }
}
