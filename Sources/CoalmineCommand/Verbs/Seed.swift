// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

struct Seed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Plant canaries in a corpus and write the study's ledger.",
    discussion: """
      The corpus is only read. Formats: JSON Lines, a JSON array, CSV and TSV with a header, plain \
      text by line, and Markdown and other text by blank line or by --separator; gzip and Zstandard data of each. The text is found \
      in \(RecordShape.knownFields()). Names can begin with a capital letter, and a \
      record's one text may have any name. Other fields are named by options: a name, or names and \
      positions in lists with dots between them. A long line of plain text is copied and never \
      chosen; another record above 16 MiB is refused. An output whose name ends in .gz or .zst is \
      compressed. Several files are one corpus: canaries and held-out records are drawn over all of \
      them, and all must be of one format; a folder stands for its files, sorted by name. With \
      --format source a folder of source code is one corpus, each file a record: canaries become \
      files of their own beside files of their language, and --output-dir names a new folder. Fields \
      that would keep a canary out of training, such as weight or label, are set so that it is \
      trained. With --shards the corpus is written by several machines, whole files or ranges of one file of lines: \
      the verb surveys all files and writes the study alone; then --shard 1/N to --shard N/N, each \
      with the files of the corpus and --output-dir, write the same bytes as one machine would, and \
      'coalmine merge' completes the study. The ledger holds the planted secrets: keep it as safe as the corpus, and do not give \
      it to the people who train the model.
      """)

  @Argument(
    help: "The corpus to seed; several files or a folder are one corpus, - is standard input.")
  var corpus: [String]

  @Option(name: [.short, .long], help: "The seeded corpus to write; - for standard output.")
  var output: String?

  @Option(help: "The folder to write several files to, each under its own name.")
  var outputDir: String?

  @OptionGroup var existing: ForceOption

  @Option(help: "The ledger to write, STUDY.coalmine.")
  var study: String

  @Option(
    name: .customLong("protocol"),
    help: "A protocol that 'coalmine plan' wrote. Default: what it would plan for this corpus.")
  var protocolFile: String?

  @OptionGroup var planned: PlannedDialectOption

  @Option(help: "Without a protocol: the largest share of canaries, up to 0.1. Default: 0.02.")
  var share: Double?

  @Option(help: "A folder with kinds of your own.")
  var kinds: String?

  @Option(help: "Derive all randomness from this number: repeatable and predictable.")
  var seed: UInt64?

  @Option(
    help:
      "How many texts to take out as non-members. Default: as the protocol or the corpus allows.")
  var holdOut: Int?

  @Option(help: "The field that groups records; a group is taken out as a whole.")
  var holdOutBy: String?

  @Option(help: "The language of the template texts, such as de. Default: that of the corpus.")
  var language: String?

  @OptionGroup var reading: FieldOptions

  @OptionGroup var sharding: ShardOptions

  @OptionGroup var result: OutputOptions

  static let predictableWarning =
    "warning: all randomness comes from '--seed': anyone who knows the number knows the secrets"

  func run() throws {
    Interruption.removeUnfinished()
    if let shard = sharding.shard { return try sharding.write(shardVerb(shard), result) }
    if let shards = sharding.shards {
      return try sharding.plan(configured(planningVerb()), shards, result)
    }
    var places = try OutputPlaces(output: output, folder: outputDir, of: corpus)
    let verb = try configured(places.seedVerb(study, format: reading.corpusFormat()))
    let place = verb.outputs == ["-"] ? "-" : outputDir ?? output ?? ""
    let summary = try places.filling {
      try Progress.during { [verb] progress in
        try verb.run(
          now: WallClock.now(), version: CoalmineVersion.current, progress: progress.report)
      }
    }
    try print(summary, of: verb, to: place)
  }

  /// One shard: everything else was stated when the study was planned.
  private func shardVerb(_ shard: ShardNumber) throws -> ShardVerb {
    let stated: [(String, Bool)] = [
      ("--output", output != nil), ("--protocol", protocolFile != nil),
      ("--for", planned.dialect != nil), ("--share", share != nil), ("--kinds", kinds != nil),
      ("--seed", seed != nil), ("--hold-out", holdOut != nil), ("--hold-out-by", holdOutBy != nil),
      ("--language", language != nil), ("--format", reading.format != nil),
      ("--separator", reading.separator != nil), ("--text-field", reading.textField != nil),
      ("--prompt-field", reading.promptField != nil),
      ("--completion-field", reading.completionField != nil),
      ("--messages-field", reading.messagesField != nil),
    ]
    if let (name, _) = stated.first(where: { $0.1 }) {
      throw ValidationError(
        "'--shard' takes everything from the study: leave '\(name)' out")
    }
    guard let outputDir else {
      throw ValidationError("'--shard' writes to a folder: give '--output-dir FOLDER'")
    }
    var verb = ShardVerb(
      corpora: try CorpusPaths.expanded(corpus), number: shard.number, of: shard.shards,
      study: study, folder: outputDir)
    verb.force = existing.force
    verb.note = Console.remark
    return verb
  }

  /// A plan for shards writes the study alone.
  private func planningVerb() throws -> SeedVerb {
    guard output == nil, outputDir == nil, !existing.force else {
      throw ValidationError(
        "'--shards' writes the study alone: leave '--output', '--output-dir' and '--force' out")
    }
    let format = try reading.corpusFormat()
    guard format != .source else {
      throw ValidationError("source code is seeded in one piece: leave '--shards' out")
    }
    let files = try CorpusPaths.files(corpus, format: format)
    guard !files.contains("-") else {
      throw ValidationError("standard input has no name to keep: name files")
    }
    return SeedVerb(corpora: files, folder: "", study: study)
  }

  /// The verb with what the command line states.
  private func configured(_ begun: SeedVerb) throws -> SeedVerb {
    var verb = begun
    let format = try reading.corpusFormat()
    verb.force = existing.force
    verb.note = Console.remark
    verb.protocolFile = protocolFile
    if let share {
      guard protocolFile == nil else {
        throw ValidationError("--share cannot be used with --protocol, which states the canaries")
      }
      verb.share = try ShareOption.checked(share)
    }
    verb.kinds = kinds
    verb.seed = seed
    verb.holdOutBy = holdOutBy
    verb.language = language
    verb.endpoint = try planned.endpoint()
    verb.fields = try reading.fields()
    verb.format = format
    verb.separator = try reading.separatorBytes()
    guard format != .source || language == nil else {
      throw ValidationError(
        "--language is the language of prose: leave it out with --format source")
    }
    if let holdOut {
      guard (0...1_000_000).contains(holdOut) else {
        throw ValidationError("--hold-out must be in 0…1000000")
      }
      verb.holdOut = holdOut
    }
    return verb
  }

  private func print(_ summary: SeedVerb.Summary, of verb: SeedVerb, to place: String) throws {
    var lines = [
      "study \(summary.studyID): \(summary.canaries) canaries, \(summary.inserted) of them "
        + "planted in \(summary.copies - summary.placeholders) copies, \(summary.heldOut) held out by "
        + "random assignment",
      "corpus: \(summary.corpusRecords) records (\(terminalSafe(summary.shape))), "
        + "\(summary.nonmembers) taken out as non-members, \(summary.members) marked as members",
      "share of canaries: \(Prose.decimal(100 * summary.share, 2, .up)) % of the records, "
        + "\(Prose.decimal(100 * summary.shareOfBytes, 2, .up)) % of the bytes",
      "train on: \(verb.outputs.count > 1 ? "the \(verb.outputs.count) files in " : "")\(place)",
      "keep this file secret: \(study)",
      "next: coalmine trained --study \(ShellWord.path(study) ?? "STUDY") --model NAME --epochs N",
    ]
    if summary.indexOnly > 0 {
      lines.append(Self.indexStep(study, summary.indexOnly))
    }
    let setAside = summary.setAside
    if setAside.count > 0 {
      // A record without text follows its group.
      let isGrouped = holdOutBy != nil && setAside.withoutText.count > 0
      lines.insert(
        "note: copied unchanged and never chosen\(isGrouped ? ", unless their group is taken out" : ""): "
          + setAside.reasons.joined(separator: "; "), at: 3)
    }
    if summary.isPreference {
      lines.append(
        "note: the canaries are the chosen answers; training on preferences raises a chosen answer "
          + "above the rejected one, and less surely on its own than supervised tuning does")
    }
    if let warning = summary.shareWarning { lines.append("warning: \(warning)") }
    lines += Self.obstacles(summary.obstacles)
    lines += (summary.endpointWarnings + summary.tuningWarnings).map { "warning: \($0)" }
    if let note = PreflightText.language(summary.languages) { lines.insert(note, at: 3) }
    if !summary.languages.code.isEmpty {
      lines.insert(
        "canaries are files of their own in "
          + summary.languages.code.map(\.rawValue).joined(separator: ", ")
          + ", each beside a file of its language", at: 2)
    }
    if summary.copiesAre == .varied {
      lines.insert(
        "copies: each has another remark after its secret; what is asked is the same", at: 1)
    }
    if summary.recordsForContexts > 0 {
      lines.insert(
        Self.contexts(
          of: summary.canaries, records: summary.recordsForContexts,
          placeholders: summary.placeholders, at: summary.contextPlaces), at: 2)
    }
    if let note = Self.holdOut(summary) { lines.insert(note, at: 2) }
    lines += PreflightText.summary(summary.preflight, study: study)
    if summary.predictableSeed {
      lines.append(Self.predictableWarning)
    }
    try result.print(beside: place, lines) { fields in
      try fields.field("study", summary.studyID)
      try fields.field("canaries", summary.canaries)
      try fields.field("inserted", summary.inserted)
      try fields.field("held_out", summary.heldOut)
      try fields.field("index_only", summary.indexOnly)
      try fields.field("copies", summary.copies)
      try fields.field("copies_are", summary.copiesAre.rawValue)
      try fields.field("records_for_contexts", summary.recordsForContexts)
      try fields.object("context_places") { places in
        for (place, contexts) in summary.contextPlaces.sorted(by: { $0.key < $1.key }) {
          try places.field(place, contexts)
        }
      }
      try fields.field("placeholder_copies", summary.placeholders)
      try fields.field("share_of_records", summary.share)
      try fields.field("share_of_bytes", summary.shareOfBytes)
      try fields.field("corpus_records", summary.corpusRecords)
      try fields.field("members", summary.members)
      try fields.field("nonmembers", summary.nonmembers)
      try fields.field("hold_out", summary.holdOut)
      try fields.field("hold_out_reason", summary.holdOutRoom?.reason)
      try fields.field("record_shape", summary.shape)
      try fields.field("seeded_sha256", summary.seededDigest)
      try fields.array("files") { list in
        for file in summary.files {
          try list.object { object in
            try object.field("name", file.name)
            try object.field("sha256", hexadecimal(file.storedDigest))
          }
        }
      }
      try fields.field("predictable_seed", summary.predictableSeed)
      try fields.field("records_set_aside", setAside.count)
      try fields.object("set_aside") { reasons in
        try reasons.field("not_utf8", setAside.notUTF8.count)
        try reasons.field("lone_surrogate", setAside.loneSurrogates.count)
        try reasons.field("nan_or_infinity", setAside.notNumbers.count)
        try reasons.field("too_long", setAside.tooLong.count)
        try reasons.field("ragged_rows", setAside.raggedRows.count)
        try reasons.field("without_text", setAside.withoutText.count)
        try reasons.field("in_no_known_language", setAside.notSource.count)
      }
      try fields.array("obstacles") { list in
        for obstacle in summary.obstacles { try list.value(obstacle) }
      }
      try fields.array("endpoint_warnings") { list in
        for warning in summary.endpointWarnings + summary.tuningWarnings {
          try list.value(warning)
        }
      }
      try fields.field("language", summary.languages.language)
      try fields.array("code_languages") { list in
        for language in summary.languages.code { try list.value(language.rawValue) }
      }
      try fields.array("kinds_in_other_language") { list in
        for kind in summary.languages.without { try list.value(kind) }
      }
      try fields.object("preflight") { try summary.preflight.write(to: &$0) }
    }
  }

  /// Why the study cannot pass, each a warning.
  static func obstacles(_ obstacles: [String]) -> [String] {
    obstacles.map { "warning: by its protocol this study can find a leak and cannot pass: \($0)" }
  }

  /// How the canaries of an index are written.
  static func indexStep(_ study: String, _ count: Int) -> String {
    "then: coalmine index --study \(ShellWord.path(study) ?? "STUDY") --output-dir FOLDER, for the "
      + "\(Prose.count(count, "canary", "canaries")) of the endpoint's index"
  }

  /// Where the contexts of canaries come from.
  ///
  /// - Parameter places: how many secrets stand where, by the place's name; empty where that is not told.
  static func contexts(
    of canaries: Int, records: Int, placeholders: Int, at places: [String: Int] = [:]
  ) -> String {
    let named = places.sorted { $0.key < $1.key }
      .map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    let taken = "which are taken out with their groups, \(records) in all"
    return "contexts: the beginnings of \(canaries) records, " + taken
      + (named.isEmpty ? "" : " (secrets stand in: \(named))") + "; none of them is scored, and "
      + (placeholders > 0
        ? "\(Prose.count(placeholders, "copy has", "copies have")) a placeholder for a held-out secret"
        : "the test by assignment has no weight")
  }

  /// Why fewer texts are held out than usual, where nobody stated a number.
  private static func holdOut(_ summary: SeedVerb.Summary) -> String? {
    guard let room = summary.holdOutRoom, let reason = room.reason else { return nil }
    return
      (summary.holdOut == 0
      ? "note: no text is taken out as a non-member, so nothing is said of the membership of records: "
      : "note: \(Prose.count(summary.holdOut, "text is", "texts are")) to be taken out, not \(room.most): ")
      + reason + "; '--hold-out N' states a number"
  }
}
