// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine

struct PreflightCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preflight",
    abstract: "Say what a training pipeline would do to planted canaries; nothing is written.",
    discussion: """
      Of a corpus alone, canaries are drawn and planted as 'coalmine seed' would, without an output. \
      Of a seeded corpus and its study, the planted copies are looked at. Of a study alone, what \
      'coalmine seed' found is printed again. The rules are those of common deduplication, quality \
      filters, personal-data scrubbers, language filters and truncation, with the limits that \
      datatrove has; 'coalmine explain RULE' describes one. What your pipeline really did is found \
      by 'coalmine verify --processed'. The exit code is 0 whatever is found.
      """)

  @Argument(
    help: "A corpus before seeding, files or a folder; with --study the seeded corpus, or nothing.")
  var corpus: [String] = []

  @Option(help: "The study's ledger.")
  var study: String?

  @Option(
    name: .customLong("protocol"),
    help: "A protocol that 'coalmine plan' wrote. Default: what it would plan for this corpus.")
  var protocolFile: String?

  @Option(help: "Without a protocol: the largest share of canaries, up to 0.1. Default: 0.02.")
  var share: Double?

  @Option(help: "A folder with kinds of your own.")
  var kinds: String?

  @Option(help: "Look at the copies that 'coalmine seed' plants with this number. Default: 0.")
  var seed: UInt64?

  @Option(
    help:
      "How many texts to take out as non-members. Default: as the protocol or the corpus allows.")
  var holdOut: Int?

  @Option(help: "The language of the template texts, such as de. Default: that of the corpus.")
  var language: String?

  @Option(help: "Where training cuts a record, in tokens.")
  var maxTokens: Int?

  @OptionGroup var reading: FieldOptions

  @OptionGroup var result: OutputOptions

  func run() throws {
    guard !corpus.isEmpty || study != nil else {
      throw ValidationError("give a corpus, a study with --study, or both")
    }
    var verb = PreflightVerb(corpora: corpus, study: study)
    verb.fields = try reading.fields()
    verb.format = try reading.corpusFormat()
    verb.separator = try reading.separatorBytes()
    let isOfRehearsal =
      protocolFile != nil || share != nil || kinds != nil || seed != nil || verb.fields != nil
      || verb.format != nil || holdOut != nil || language != nil
    guard study == nil || !isOfRehearsal else {
      throw ValidationError(
        "with --study, the study says what was planted and how the corpus is read: leave out "
          + "--protocol, --share, --kinds, --seed, --hold-out, --language, --format and the options "
          + "for fields")
    }
    guard !corpus.isEmpty || maxTokens == nil else {
      throw ValidationError("--max-tokens needs a corpus")
    }
    if let share {
      guard protocolFile == nil else {
        throw ValidationError("--share cannot be used with --protocol, which states the canaries")
      }
      verb.share = try ShareOption.checked(share)
    }
    if let maxTokens {
      guard (1...100_000_000).contains(maxTokens) else {
        throw ValidationError("--max-tokens must be in 1…100000000")
      }
      verb.maxTokens = maxTokens
    }
    if let holdOut {
      guard (0...1_000_000).contains(holdOut) else {
        throw ValidationError("--hold-out must be in 0…1000000")
      }
      verb.holdOut = holdOut
    }
    verb.language = language
    verb.protocolFile = protocolFile
    verb.kinds = kinds
    if let seed { verb.seed = seed }
    let preflight = try Progress.during { [verb] in try verb.run(progress: $0.report) }
    try result.print(PreflightText.lines(preflight)) { try preflight.write(to: &$0) }
  }
}
