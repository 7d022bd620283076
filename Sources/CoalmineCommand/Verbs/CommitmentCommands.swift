// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineBytes
import CoalmineCore

struct Commit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Bind the study before training: a file without secrets, and one digest.",
    discussion: """
      Give the file, or its SHA-256, to somebody who keeps it, before the model is trained. It stands \
      for every canary, the random assignment, the references, the protocol and the seeded corpus, and \
      tells none of them. The ledger notes when it was first made, for reports. 'coalmine verify \
      --commitment' derives it from the ledger again; 'coalmine \
      disclose' shows single canaries with the proof that it stands for them.
      """)

  @Option(help: "The study's ledger.")
  var study: String

  @Option(help: "Where to write the commitment; '-' is standard output.")
  var output: String

  @OptionGroup var existing: ForceOption
  @OptionGroup var result: OutputOptions

  func run() throws {
    let outputs = Outputs(reading: [study], note: Console.remark)
    let (commitment, runs, isPredictable) = try Commitment.made(ofStudy: study)
    try outputs.write(
      try commitment.file(), to: output, existing: .init(force: existing.force), mode: 0o644)
    let note = try commitment.note(
      inStudy: study, now: WallClock.now(), version: CoalmineVersion.current)
    var lines = [
      "commitment to \(Prose.count(commitment.canaries, "canary", "canaries")) and "
        + Prose.count(commitment.inContextControls, "in-context control", "in-context controls"),
      "SHA-256 of the file: \(try commitment.digest())",
      "give it to somebody who keeps it, before the model is trained",
    ]
    lines.append(
      note.map { "noted in the ledger, for reports: first made \($0.at)" }
        ?? "not noted in the ledger: it is of an earlier version, which is only read")
    if runs > 0 {
      lines.append(
        "warning: \(Prose.count(runs, "run", "runs")) asked a model already: a commitment that nobody "
          + "had before shows nothing about what was planned")
    }
    if isPredictable {
      lines.append(
        "warning: all randomness comes from a small number on the command line of 'coalmine seed': who has "
          + "the corpus and guesses the number makes the same study, and knows its secrets")
    }
    lines.append("written: \(output)")
    try result.print(beside: output, lines) { fields in
      try fields.field("commitment_sha256", try commitment.digest())
      try fields.field("root", commitment.root)
      try fields.field("canaries", commitment.canaries)
      try fields.field("in_context_controls", commitment.inContextControls)
      try fields.field("runs", runs)
      try fields.field("noted_at", note?.at)
    }
  }
}

struct Disclose: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Show canaries of a study in clear, with the proof that its commitment stands for them.",
    discussion: """
      The file holds secrets. A model that is tuned on the same canaries later can no longer be audited \
      with those that were disclosed.
      """)

  @Option(help: "The study's ledger.")
  var study: String

  @Option(parsing: .upToNextOption, help: "The canaries' identifiers.")
  var canary: [String] = []

  @Flag(help: "Disclose every canary and every in-context control.")
  var all = false

  @Option(help: "Where to write the disclosure; '-' is standard output.")
  var output: String

  @OptionGroup var existing: ForceOption
  @OptionGroup var result: OutputOptions

  func run() throws {
    guard all != !canary.isEmpty else {
      throw ValidationError("give '--canary ID' one or more times, or '--all'")
    }
    let outputs = Outputs(reading: [study], note: Console.remark)
    let disclosure = try Disclosure(ofStudy: study, all ? nil : canary)
    try outputs.write(
      try disclosure.revealedFile(), to: output, existing: .init(force: existing.force))
    try result.print(
      beside: output,
      [
        "disclosed: \(Prose.count(disclosure.leaves.count, "leaf", "leaves")) of the commitment "
          + disclosure.commitment,
        "this file holds secrets in clear, and turns of the corpus that stand before them: \(output)",
      ]
    ) { fields in
      try fields.field("leaves", disclosure.leaves.count)
      try fields.field("commitment_sha256", disclosure.commitment)
    }
  }
}

/// `coalmine verify --commitment`.
enum CommitmentCheck {
  /// Derives the commitment from a ledger, or proves a disclosure under it; ends with 5 where they
  /// do not agree.
  static func run(
    _ path: String, study: String?, disclosed: String?, _ result: OutputOptions
  ) throws {
    let file = try Commitment.bytes(of: path)
    let commitment = try Commitment(file: file, named: path)
    var problems: [String] = []
    var lines: [String] = []
    if let study {
      let differences = commitment.differences(from: try Commitment(ofStudy: study))
      problems += differences.map { "\(study) differs in \($0)" }
      if differences.isEmpty {
        lines.append(
          "\(study) is the study of the commitment: \(Prose.count(commitment.leaves, "leaf", "leaves"))"
            + ", protocol and corpus agree")
      }
    }
    if let disclosed {
      let disclosure = try Disclosure(
        file: try Commitment.bytes(of: disclosed), named: disclosed)
      let found = disclosure.problems(under: commitment, file: file)
      problems += found.map { "\(disclosed): \($0)" }
      if found.isEmpty {
        lines.append(
          "\(disclosed): \(Prose.count(disclosure.leaves.count, "leaf", "leaves")) of "
            + "\(commitment.leaves) proven")
      }
    }
    try result.print(lines + problems) { fields in
      try fields.field("verified", problems.isEmpty)
      try fields.field("commitment_sha256", hexadecimal(sha256(file)))
      try fields.array("problems") { list in for problem in problems { try list.value(problem) } }
    }
    if !problems.isEmpty { CoalmineCore.ExitCode.verificationFailed.leave() }
  }
}
