// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a study from canaries that were planted by other means.",
    discussion: """
      For a model that was trained before you used coalmine. Each line of the canary file is a JSON \
      object with id, kind, prefix, secret and repetitions (0: drawn in the same way and not \
      inserted), and with separator or the whole text; suffix, context, name and "role": "control" \
      are optional. Each line of the record files has id and text. Tests decide only by what you \
      state: with --uniform-secrets secrets are compared with references, and with \
      --random-assignment inserted canaries with those left out. coalmine does not know the corpus, so \
      such a study cannot be verified or unseeded. Its report names every statement that only you can \
      confirm.
      """)

  @Option(help: "The canaries, one JSON object per line.")
  var canaries: String

  @Option(help: "Records that were in the corpus, one JSON object per line.")
  var members: String?

  @Option(help: "Records that were not in the corpus, one JSON object per line.")
  var nonmembers: String?

  @Flag(help: "State that chance alone decided which canaries were inserted.")
  var randomAssignment = false

  @Flag(help: "State that every secret was drawn uniformly from its space.")
  var uniformSecrets = false

  @Option(help: "The ledger to write, STUDY.coalmine.")
  var study: String

  @Option(help: "A folder with kinds of your own; they replace shipped kinds by name.")
  var kinds: String?

  @Option(
    name: .customLong("protocol"),
    help: "A protocol. Default: one with the repetitions of the canary file.")
  var protocolFile: String?

  @Option(help: "Derive all randomness from this number: repeatable and predictable.")
  var seed: UInt64?

  @OptionGroup var result: OutputOptions

  func validate() throws {
    guard (members == nil) == (nonmembers == nil) else {
      throw ValidationError("give --members and --nonmembers together: they are compared")
    }
  }

  func run() throws {
    Interruption.removeUnfinished()
    var verb = ImportVerb(canaries: canaries, study: study)
    if let members, let nonmembers {
      verb.records = ImportVerb.Records(members: members, nonmembers: nonmembers)
    }
    verb.kinds = kinds
    verb.assignmentIsRandom = randomAssignment
    verb.secretsAreUniform = uniformSecrets
    verb.note = Console.remark
    verb.protocolFile = protocolFile
    verb.seed = seed
    let summary = try Progress.during { [verb] progress in
      progress.show(WorkDone("importing the canaries and drawing their references"))
      return try verb.run(now: WallClock.now(), version: CoalmineVersion.current)
    }
    try result.print(lines(summary)) { fields in
      try fields.field("study", summary.studyID)
      try fields.array("kinds") { list in
        for kind in summary.kinds { try list.value(kind) }
      }
      try fields.field("canaries", summary.canaries)
      try fields.field("inserted", summary.inserted)
      try fields.field("held_out", summary.heldOut)
      try fields.field("controls", summary.controls)
      try fields.field("copies", summary.copies)
      try fields.field("target_repetitions", summary.targetRepetitions)
      try fields.array("repetition_levels") { list in
        for repetitions in summary.levels { try list.value(repetitions) }
      }
      try fields.field("members", summary.members)
      try fields.field("nonmembers", summary.nonmembers)
      try fields.field("assignment_is_random", randomAssignment)
      try fields.field("secrets_are_uniform", uniformSecrets)
      try fields.field("longer_secrets", summary.longerSecrets)
      try fields.field("predictable_seed", summary.predictableSeed)
    }
  }

  private var statements: String {
    var stated: [String] = []
    if uniformSecrets { stated.append("every secret was drawn uniformly from its space") }
    if randomAssignment { stated.append("chance alone decided which canaries were inserted") }
    return "you state: "
      + (stated.isEmpty ? "nothing about the draw" : stated.joined(separator: "; "))
  }

  private func lines(_ summary: ImportVerb.Summary) -> [String] {
    let levels = summary.levels.map(String.init).joined(separator: ", ")
    var lines = [
      "study \(summary.studyID): \(summary.canaries) canaries of \(summary.kinds.count) kinds, "
        + "\(summary.inserted) inserted (repetitions \(levels)), \(summary.heldOut) held out, "
        + "\(summary.controls) controls",
      "the verdict is about canaries with "
        + Prose.count(summary.targetRepetitions, "repetition", "repetitions"),
      statements,
      "records: \(summary.members) members, \(summary.nonmembers) non-members",
      "keep this file secret: \(study)",
      "next: coalmine trained --study \(ShellWord.path(study) ?? "STUDY") --model NAME --epochs N",
    ]
    if summary.longerSecrets > 0 {
      lines.insert(
        "note: \(summary.longerSecrets) secrets end with the beginning of their suffix, as their "
          + "kinds say", at: 4)
    }
    if summary.heldOut == 0, randomAssignment {
      lines.append("warning: no canary was held out, so there is no random assignment to test")
    }
    if !randomAssignment, !uniformSecrets {
      lines.append(
        "warning: without '--uniform-secrets' or '--random-assignment' no test can decide, and the "
          + "study will be inconclusive; state only what is true, since the report says who stated it"
      )
    }
    if summary.predictableSeed {
      lines.append(
        "warning: the references come from '--seed': anyone who knows the number knows them")
    }
    return lines
  }
}
