// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine

struct Seed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Plant canaries in a corpus and write the study's ledger.",
    discussion: """
      The corpus is only read. JSON Lines with text, prompt and completion, or messages, and plain \
      text, one record a line. The ledger holds the planted secrets: keep it where the corpus is \
      kept, and away from whoever trains.
      """)

  @Argument(help: "The corpus to seed.")
  var corpus: String

  @Option(name: [.short, .long], help: "The seeded corpus to write; - for standard output.")
  var output: String

  @OptionGroup var existing: ForceOption

  @Option(help: "The ledger to write, STUDY.coalmine.")
  var study: String

  @Option(name: .customLong("protocol"), help: "A protocol by 'coalmine plan'; else the standard.")
  var protocolFile: String?

  @Option(help: "A folder with kinds of your own.")
  var kinds: String?

  @Option(help: "Derive all randomness from this number: repeatable, and guessable.")
  var seed: UInt64?

  @Option(help: "How many records to take out as non-members; else as the protocol says.")
  var holdOut: Int?

  @Option(help: "The field by which records belong together.")
  var holdOutBy: String?

  @Option(help: "jsonl or text; else found out.")
  var format: String?

  @OptionGroup var result: OutputOptions

  func run() throws {
    var verb = SeedVerb(corpus: corpus, output: output, study: study)
    verb.force = existing.force
    verb.protocolFile = protocolFile
    verb.kinds = kinds
    verb.seed = seed
    verb.holdOutBy = holdOutBy
    if let holdOut {
      guard (0...1_000_000).contains(holdOut) else {
        throw ValidationError("--hold-out must be in 0…1000000")
      }
      verb.holdOut = holdOut
    }
    if let format {
      guard let known = CorpusFormat(rawValue: format) else {
        throw ValidationError("--format is 'jsonl' or 'text'")
      }
      verb.format = known
    }
    let summary = try verb.run(now: WallClock.now(), version: CoalmineVersion.current)
    for note in summary.notes { Console.note("note: \(note)") }
    var lines = [
      "study \(summary.studyID): \(summary.canaries) canaries, \(summary.inserted) of them "
        + "planted in \(summary.copies) copies, \(summary.heldOut) held out by the coin",
      "corpus: \(summary.corpusRecords) records (\(summary.shape)), \(summary.nonmembers) taken "
        + "out as non-members, \(summary.members) marked as members",
      "train on: \(output)",
      "keep secret: \(study)",
      "next: coalmine trained --study \(study) --model NAME --epochs N",
    ]
    if summary.recordsSetAside > 0 {
      lines.insert(
        "note: \(summary.recordsSetAside) records are not plain text records of this shape; they "
          + "were copied as they are", at: 2)
    }
    if summary.predictableSeed {
      lines.append(
        "warning: the randomness comes from a number; who knows the number knows the secrets")
    }
    try result.print(beside: output, lines) { fields in
      try fields.field("study", summary.studyID)
      try fields.field("canaries", summary.canaries)
      try fields.field("inserted", summary.inserted)
      try fields.field("held_out", summary.heldOut)
      try fields.field("copies", summary.copies)
      try fields.field("corpus_records", summary.corpusRecords)
      try fields.field("members", summary.members)
      try fields.field("nonmembers", summary.nonmembers)
      try fields.field("record_shape", summary.shape)
      try fields.field("seeded_sha256", summary.seededDigest)
      try fields.field("predictable_seed", summary.predictableSeed)
      try fields.field("records_set_aside", summary.recordsSetAside)
    }
  }
}
