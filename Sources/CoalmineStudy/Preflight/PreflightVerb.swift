// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import CoalmineLedger
import CoalmineSeeding

/// Says what the usual steps of a training pipeline would do to planted copies; nothing is written.
///
/// Of a corpus alone, canaries are drawn and planted as `seed` would, without an output. Of a seeded
/// corpus and its study, the copies that are there are read. Of a study alone, what `seed` found is
/// given again.
public struct PreflightVerb: Sendable {
  /// The files of the corpus; empty with a study alone.
  public var corpora: [String]
  public var study: String?
  public var protocolFile: String?
  public var share = PlanRequest.usualShare
  public var kinds: String?
  /// A number to derive all randomness of a rehearsal from. The same number gives the copies that
  /// `seed` would plant with it.
  public var seed: UInt64 = 0
  /// Texts to take out; without a number the protocol's, or what the corpus allows.
  public var holdOut: Int?
  /// The language of the template texts, a two-letter code; that of the corpus without one.
  public var language: String?
  public var format: CorpusFormat?
  /// What stands between two records, with the format `separated`.
  public var separator: [UInt8]?
  public var fields: StatedFields?
  /// Where training cuts a record, in tokens.
  public var maxTokens: Int?

  /// The name under which a study keeps its preflight.
  static let fileName = "preflight.json"

  /// - Parameter corpora: files, folders, or `-`.
  public init(corpora: [String], study: String?) {
    self.corpora = corpora
    self.study = study
  }

  /// Runs.
  ///
  /// - Throws: ``CoalmineError``: `preflight-not-kept` where a study alone has none, or what `seed` or
  ///   `verify` throw.
  public func run(progress: @escaping ProgressReport = { _ in }) throws -> Preflight {
    guard let study else { return Preflight(try rehearsal(progress), maxTokens: maxTokens) }
    let ledger = try Ledger.open(at: study)
    defer { try? ledger.close() }
    let record = try ledger.study()
    guard !corpora.isEmpty else {
      guard let stored = record.files[Self.fileName] else { throw Self.notKept(study) }
      return try Preflight(document: stored)
    }
    guard let manifest = try ledger.manifest() else {
      throw CoalmineError(
        code: "study-imported",
        "the canaries of '\(study)' were imported: it does not know their corpus",
        help: "only a corpus that 'coalmine seed' wrote can be looked at", exit: .badData)
    }
    let sample = try PreflightSample(
      seeded: try Self.seeded(corpora, manifest), manifest: manifest, canaries: record.canaries,
      remarks: try CopyRemarks(of: record), progress: progress)
    return Preflight(sample, maxTokens: maxTokens)
  }

  /// A tree is read as a whole.
  private static func seeded(
    _ paths: [String], _ manifest: Manifest
  ) throws(CoalmineError) -> [String] {
    manifest.corpus.format == .source ? paths : try CorpusPaths.expanded(paths)
  }

  private func rehearsal(_ progress: @escaping ProgressReport) throws -> PreflightSample {
    var verb: SeedVerb
    if format == .source {
      verb = SeedVerb(tree: try SourceTree(corpora), folder: "", study: "")
    } else {
      verb = SeedVerb(
        corpora: try CorpusPaths.files(corpora, format: format), folder: "", study: "")
    }
    verb.protocolFile = protocolFile
    verb.share = share
    verb.kinds = kinds
    verb.seed = seed
    verb.format = format
    verb.separator = separator
    verb.holdOut = holdOut
    verb.language = language
    verb.fields = fields
    return try verb.rehearse(progress)
  }

  private static func notKept(_ study: String) -> CoalmineError {
    CoalmineError(
      code: "preflight-not-kept", "the study '\(study)' keeps no preflight",
      details: ["it was seeded by an earlier version, or its canaries were imported"],
      help: "give the seeded corpus too: 'coalmine preflight SEEDED --study STUDY'",
      exit: .inputMissing)
  }
}

extension SeedVerb {
  /// Draws and plants as ``run(now:version:progress:)`` does, and writes nothing.
  func rehearse(_ progress: @escaping ProgressReport) throws -> PreflightSample {
    var catalogue = try Catalogue.shipped()
    if let kinds { catalogue = try catalogue.adding(directory: kinds) }
    let (plan, _, holdOut) = try plan(catalogue, progress)
    let randomness = StudyRandomness(number: seed ?? 0)
    let languages = try templateLanguages(plan, catalogue)
    let (canaries, _, survey) = try draw(
      plan, holdOut, languages.templates, randomness, progress)
    var sample = PreflightSample()
    try Seeder(
      survey: survey, canaries: canaries, randomness: randomness,
      remarks: CopyRemarks(by: plan, randomness, canaries)
    ).rehearse(into: &sample, progress: progress)
    return sample
  }
}
