// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

/// A shard as the command line names it: `3/8`.
struct ShardNumber: ExpressibleByArgument {
  /// From 1.
  let number: Int
  let shards: Int

  init?(argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let number = Int(parts[0]), let shards = Int(parts[1]), (1...max(1, shards)).contains(number)
    else { return nil }
    self.number = number
    self.shards = shards
  }
}

/// `seed --shards` and `seed --shard`.
struct ShardOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Plan for so many shards, which write the corpus: survey it, draw everything, write the study alone.",
      valueName: "n"))
  var shards: Int?

  @Option(
    help: ArgumentHelp(
      "Write one shard of a planned study, such as 3/8: its files and their receipts. The study is only read.",
      valueName: "i/n"))
  var shard: ShardNumber?

  func validate() throws {
    guard shards == nil || shard == nil else {
      throw ValidationError("'--shards' plans, and '--shard' writes: give one of them")
    }
  }

  func plan(_ verb: SeedVerb, _ count: Int, _ result: OutputOptions) throws {
    let planned = try Progress.during { progress in
      try verb.planShards(
        count, now: WallClock.now(), version: CoalmineVersion.current, progress: progress.report)
    }
    let word = ShellWord.path(verb.study) ?? "STUDY"
    let most = planned.files.map(\.count).max() ?? 0
    let each =
      verb.corpora.count == 1 && count > 1
      ? "each a range of the file's lines" : "of \(Prose.count(most, "file", "files")) at most"
    var lines = [
      "planned: \(planned.canaries) canaries in \(planned.copies) copies, over "
        + "\(planned.corpusRecords) records in "
        + Prose.count(verb.corpora.count, "file", "files"),
      "shards: \(planned.files.count), \(each)",
      "keep this file secret: \(verb.study); every shard reads it",
      "next, for each I from 1 to \(count): coalmine seed FILES --shard I/\(count) --study \(word) "
        + "--output-dir FOLDER",
      "then: coalmine merge FOLDER --study \(word)",
    ]
    if planned.recordsForContexts > 0 {
      lines.insert(
        Seed.contexts(
          of: planned.canaries, records: planned.recordsForContexts,
          placeholders: planned.placeholders), at: 1)
    }
    if planned.indexOnly > 0 { lines.append(Seed.indexStep(verb.study, planned.indexOnly)) }
    if let warning = planned.shareWarning { lines.append("warning: \(warning)") }
    lines += Seed.obstacles(planned.obstacles)
    if planned.predictableSeed { lines.append(Seed.predictableWarning) }
    try result.print(lines) { fields in
      try fields.field("canaries", planned.canaries)
      try fields.field("copies", planned.copies)
      try fields.field("corpus_records", planned.corpusRecords)
      try fields.field("share_of_records", planned.share)
      try fields.field("index_only", planned.indexOnly)
      try fields.field("records_for_contexts", planned.recordsForContexts)
      try fields.field("placeholder_copies", planned.placeholders)
      try fields.array("obstacles") { list in
        for obstacle in planned.obstacles { try list.value(obstacle) }
      }
      try fields.array("shards") { list in
        for names in planned.files {
          try list.array { files in for name in names { try files.value(name) } }
        }
      }
      try fields.field("predictable_seed", planned.predictableSeed)
    }
  }

  func write(_ verb: ShardVerb, _ result: OutputOptions) throws {
    let receipts = try Progress.during { try verb.run(progress: $0.report) }
    try result.print(
      ["shard \(verb.number)/\(verb.shards): \(verb.folder)"]
        + receipts.map {
          "  \(terminalSafe($0.file)): \($0.seededSize) bytes of data, SHA-256 "
            + hexadecimal($0.storedDigest)
        }
    ) { fields in
      try fields.field("shard", verb.number)
      try fields.field("shards", verb.shards)
      try fields.array("files") { list in
        for receipt in receipts {
          try list.object { object in
            try object.field("name", receipt.file)
            try object.field("seeded_size", receipt.seededSize)
            try object.field("sha256", hexadecimal(receipt.storedDigest))
          }
        }
      }
    }
  }
}

struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Complete a study whose corpus was written by shards.",
    discussion: """
      Reads every seeded file once, compares it with the receipt that its shard left beside it, writes \
      into the study what 'coalmine seed' on one machine would have written, and removes the receipts. \
      Where a shard is missing, or a file is not the one that its shard wrote, nothing is changed. \
      Until then the study cannot be probed, verified or scored.
      """)

  @Argument(help: "The seeded files, with their receipts beside them, or their folder.")
  var seeded: [String]

  @Option(help: "The ledger that 'coalmine seed --shards' wrote.")
  var study: String

  @OptionGroup var result: OutputOptions

  func run() throws {
    Interruption.removeUnfinished()
    let summary = try Progress.during {
      try MergeVerb.merge(seeded, study: study, note: Console.remark, progress: $0.report)
    }
    try result.print(
      [
        "study \(summary.studyID): \(Prose.count(summary.files, "file", "files")) merged, "
          + "\(summary.copies) copies planted",
        "train on: the files in \(seeded.map { terminalSafe($0) }.joined(separator: " "))",
        "keep this file secret: \(study)",
        "next: coalmine trained --study \(ShellWord.path(study) ?? "STUDY") --model NAME --epochs N",
      ] + PreflightText.summary(summary.preflight, study: study)
    ) { fields in
      try fields.field("study", summary.studyID)
      try fields.field("files", summary.files)
      try fields.field("copies", summary.copies)
      try fields.field("seeded_sha256", summary.seededDigest)
      try fields.object("preflight") { try summary.preflight.write(to: &$0) }
    }
  }
}
