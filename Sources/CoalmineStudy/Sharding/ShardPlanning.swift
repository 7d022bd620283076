// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import CoalmineLedger
import CoalmineSeeding

/// What was planned for shards.
public struct PlannedShards: Sendable {
  /// The names of the files that each shard writes; the first shard first.
  public let files: [[String]]
  public let canaries: Int
  public let copies: Int
  public let corpusRecords: Int
  /// The share of copies in the records of the seeded corpus.
  public let share: Double
  /// How many canaries are for the endpoint's index alone.
  public let indexOnly: Int
  public let predictableSeed: Bool
  /// Records that are taken out because contexts of canaries come from them; 0 where contexts are sentences.
  public let recordsForContexts: Int
  /// How many of the copies have a placeholder for a held-out secret.
  public let placeholders: Int
  /// Why a study of a protocol that was given cannot pass; empty where it can.
  public let obstacles: [String]

  /// What is to be known before training on it, if anything.
  public var shareWarning: String? {
    share > PlanRequest.usualShare ? Outlook.largeShare(share) : nil
  }
}

extension SeedVerb {
  /// Surveys all files and draws everything; writes the study, and no file of the corpus.
  ///
  ///     let verb = SeedVerb(corpora: ["a.jsonl", "b.jsonl"], folder: "", study: "s.coalmine")
  ///     try verb.planShards(2, now: "2027-03-01T09:00:00Z", version: "0.1.0")
  ///
  /// - Parameter shards: as many as there are files at most; a single file of lines is cut into as many
  ///   ranges.
  /// - Throws: ``CoalmineError`` as ``run(now:version:progress:)``, and `shards-more-than-files`,
  ///   `shards-of-source`.
  /// - Complexity: one read of the corpus; two without a protocol.
  public func planShards(
    _ shards: Int, now: String, version: String, progress: @escaping ProgressReport = { _ in }
  ) throws -> PlannedShards {
    // Before the corpus is read.
    var verb = self
    verb.isForShards = true
    if corpora.count == 1, shards > 1 {
      try LineRanges.expect(corpora[0], format: format, shards: shards)
      verb.ranges = shards
    } else {
      try ShardPlan.expect(shards, files: corpora.count)
    }
    var catalogue = try Catalogue.shipped()
    if let kinds { catalogue = try catalogue.adding(directory: kinds) }
    let ledgerFile = try Outputs(reading: inputs, note: note).open(study, existing: .keepAlways)
    let drawn = try verb.drawn(catalogue, progress)
    let plan = try ShardPlan(drawn.survey, canaries: drawn.canaries, shards: shards)
    let (removals, records) = ShardPlan.drawn(
      from: drawn.survey, canaries: drawn.canaries)
    let record = drawn.study(
      Manifest(corpus: plan.facts, insertions: [], removals: removals), records,
      file: (ShardedStudy.fileName, try plan.document()), now: now, version: version)
    try StudyFile.write(record, to: ledgerFile)
    let copies = drawn.canaries.reduce(0) { $0 + $1.plantings }
    return PlannedShards(
      files: (1...shards).map { plan.files(of: $0).map(\.name) }, canaries: drawn.canaries.count,
      copies: copies, corpusRecords: plan.facts.records,
      share: CorpusSize.share(of: copies, among: plan.facts.records - removals.count),
      indexOnly: drawn.canaries.count { $0.role == .indexOnly },
      predictableSeed: drawn.randomness.isPredictable,
      recordsForContexts: drawn.survey.recordsForContexts,
      placeholders: drawn.placeholders, obstacles: try obstacles(of: drawn))
  }
}
