// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a study of canaries that were planted by other means.",
    discussion: """
      For a model that was trained before coalmine came. Each line of the canaries' file is an \
      object with id, kind, prefix, secret and repetitions (0: drawn alike and left out), with \
      separator or the whole text, and perhaps suffix, context, name and "role": "control". Each \
      line of the records' files has id and text. Nothing is known of the corpus, so such a study \
      can be neither verified nor unseeded, and its report says what rests on your word.
      """)

  @Option(help: "The canaries, one JSON object a line.")
  var canaries: String

  @Option(help: "Records that were in the corpus, one JSON object a line.")
  var members: String?

  @Option(help: "Records that were not, one JSON object a line.")
  var nonmembers: String?

  @Option(help: "The ledger to write, STUDY.coalmine.")
  var study: String

  @Option(help: "A folder with kinds of your own; they win over shipped ones of the same name.")
  var kinds: String?

  @Option(name: .customLong("protocol"), help: "A protocol; else one with the file's own doses.")
  var protocolFile: String?

  @Option(help: "Derive all randomness from this number: repeatable, and guessable.")
  var seed: UInt64?

  @OptionGroup var result: OutputOptions

  func validate() throws {
    guard (members == nil) == (nonmembers == nil) else {
      throw ValidationError("--members and --nonmembers go together: they are compared")
    }
  }

  func run() throws {
    var verb = ImportVerb(canaries: canaries, study: study)
    if let members, let nonmembers {
      verb.records = ImportVerb.Records(members: members, nonmembers: nonmembers)
    }
    verb.kinds = kinds
    verb.protocolFile = protocolFile
    verb.seed = seed
    let summary = try Progress.during { [verb] progress in
      progress.show(WorkDone("importing the canaries and drawing their references"))
      return try verb.run(now: WallClock.now(), version: CoalmineVersion.current)
    }
    for note in summary.notes { Console.note("note: \(note)") }
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
      try fields.field("target_dose", summary.targetDose)
      try fields.array("doses") { list in
        for dose in summary.doses { try list.value(dose) }
      }
      try fields.field("members", summary.members)
      try fields.field("nonmembers", summary.nonmembers)
      try fields.field("longer_secrets", summary.longerSecrets)
      try fields.field("predictable_seed", summary.predictableSeed)
    }
  }

  private func lines(_ summary: ImportVerb.Summary) -> [String] {
    let doses = summary.doses.map(String.init).joined(separator: ", ")
    var lines = [
      "study \(summary.studyID): \(summary.canaries) canaries of \(summary.kinds.count) kinds, "
        + "\(summary.inserted) inserted (doses \(doses)), \(summary.heldOut) left out, "
        + "\(summary.controls) controls",
      "the primary test compares those of dose \(summary.targetDose) with those left out",
      "records: \(summary.members) members, \(summary.nonmembers) non-members",
      "keep secret: \(study)",
      "next: coalmine trained --study \(study) --model NAME --epochs N",
    ]
    if summary.longerSecrets > 0 {
      lines.insert(
        "note: \(summary.longerSecrets) secrets end with the beginning of their suffix, as their "
          + "kinds say", at: 3)
    }
    if summary.heldOut == 0 {
      lines.append(
        "warning: no canary was left out, so the primary test has nothing to compare with")
    }
    if summary.predictableSeed {
      lines.append("warning: the references come from a number; who knows the number knows them")
    }
    return lines
  }
}
