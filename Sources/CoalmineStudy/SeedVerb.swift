// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import CoalmineLedger
import CoalmineSeeding

/// Plants canaries in a corpus and writes down what was done.
public struct SeedVerb: Sendable {
  /// The files of the corpus in their order; `-` is standard input.
  public var corpora: [String]
  /// Where each of them is written; one `-` is standard output.
  public var outputs: [String]
  public var study: String
  /// A protocol file; without one the study that `plan` would plan for this corpus.
  public var protocolFile: String?
  /// The largest share of canaries in the records of a study that is planned.
  public var share = PlanRequest.usualShare
  /// A folder with kinds of one's own.
  public var kinds: String?
  /// A number to derive all randomness from; the system's entropy without one.
  public var seed: UInt64?
  /// Texts to take out; without a number the protocol's, or what the corpus allows.
  public var holdOut: Int?
  /// The field by which records belong together.
  public var holdOutBy: String?
  public var format: CorpusFormat?
  /// What stands between two records, with the format `separated`.
  public var separator: [UInt8]?
  /// Whether a regular file with the name of the output is replaced. A ledger never is.
  public var force = false
  /// Told what is done beside, in words for the user.
  public var note: @Sendable (String) -> Void = { _ in }
  /// The fields that hold the text; found out without them.
  public var fields: StatedFields?
  /// The language of the template texts, a two-letter code; that of the corpus without one.
  public var language: String?
  /// The names of the files of a tree of source code, by their paths.
  private var names: [String: String] = [:]
  /// Whether the corpus is surveyed for shards.
  var isForShards = false
  /// Into how many ranges the only file is cut, for as many shards.
  var ranges = 1
  /// The endpoint that will be asked: a study that is planned is planned for it.
  public var endpoint: PlannedEndpoint?

  public init(corpus: String, output: String, study: String) {
    corpora = [corpus]
    outputs = [output]
    self.study = study
  }

  /// Seeds several files as one corpus; each keeps its name in `folder`.
  public init(corpora: [String], folder: String, study: String) {
    self.corpora = corpora
    let base = folder.hasSuffix("/") ? folder : folder + "/"
    outputs = corpora.map { base + CorpusPaths.name(of: $0) }
    self.study = study
  }

  /// Seeds a tree of source code, which is written to a new folder.
  public init(tree: SourceTree, folder: String, study: String) {
    corpora = tree.files.map(\.path)
    names = Dictionary(tree.files.map { ($0.path, $0.name) }) { first, _ in first }
    outputs = [folder]
    format = .source
    self.study = study
  }

  /// The kinds of a study that is planned.
  public static let standardKinds = [
    "access-code", "account-number", "hex-token", "pass-phrase",
  ]

  /// Runs. Both files are there afterwards, whole, or neither; at no instant is there a seeded
  /// corpus without its ledger.
  ///
  /// - Parameter progress: called with the bytes of both passes.
  /// - Throws: ``CoalmineError`` with file and line.
  public func run(
    now: String, version: String, progress: @escaping ProgressReport = { _ in }
  ) throws -> Summary {
    var catalogue = try Catalogue.shipped()
    if let kinds { catalogue = try catalogue.adding(directory: kinds) }
    let isTree = format == .source
    if !isTree {
      InterruptedSeeding.clear(study: study, outputs: outputs, reading: inputs, note: note)
    }
    let opener = Outputs(reading: inputs, note: note)
    let ledgerFile = try opener.open(study, existing: .keepAlways)
    let target: Target =
      isTree
      ? .tree(try TreeOutput(outputs[0], reading: roots))
      : .files(try outputs.map { try opener.open($0, existing: .init(force: force)) })
    let drawn = try drawn(catalogue, progress)
    guard case .tree(let tree) = target else {
      return try record(drawn, in: target, ledgerFile, now: now, version: version, progress)
    }
    // A folder cannot be removed by the handler of a signal: one that comes is heard between two files.
    return try UnfinishedFiles.undisturbed {
      do {
        return try record(drawn, in: target, ledgerFile, now: now, version: version, progress)
      } catch {
        tree.discard()
        ledgerFile.discard()
        throw error
      }
    }
  }

  /// Where the seeded corpus is written.
  private enum Target {
    case files([OutputFile])
    case tree(TreeOutput)
  }

  /// Plans, surveys the corpus and draws the canaries.
  func drawn(_ catalogue: Catalogue, _ progress: @escaping ProgressReport) throws -> Drawn {
    var (plan, text, holdOut) = try plan(catalogue, progress)
    let randomness = seed.map(StudyRandomness.init(number:)) ?? StudyRandomness()
    let languages = try templateLanguages(plan, catalogue)
    let (canaries, draw, survey) = try draw(
      plan, holdOut, languages.templates, randomness, progress)
    if plan.nonMemberRecords != survey.heldOutTexts {
      plan.nonMemberRecords = survey.heldOutTexts
      text = ProtocolFile.render(plan)
    }
    return Drawn(
      plan: plan, text: text, files: try catalogue.files(ofKinds: plan.kinds),
      kinds: try plan.kinds.map { try catalogue.kind($0).template },
      randomness: randomness, languages: languages, draw: draw, survey: survey, canaries: canaries)
  }

  /// Everything that is known before the first byte is written.
  struct Drawn {
    let plan: StudyProtocol
    /// The protocol's file.
    let text: [UInt8]
    /// Those of the kinds.
    let files: [CatalogueFile]
    let kinds: [CanaryTemplate]
    let randomness: StudyRandomness
    let languages: TemplateLanguages
    let draw: CanaryDraw
    let survey: CorpusSurvey
    let canaries: [Canary]

    /// How many copies have a placeholder for a held-out secret.
    var placeholders: Int { canaries.reduce(0) { $0 + $1.plantings - $1.copies } }

    /// The study as its ledger holds it.
    ///
    /// - Parameter file: one more of its files, with its name.
    func study(
      _ manifest: Manifest, _ records: [CorpusRecord], file: (name: String, bytes: [UInt8]),
      now: String, version: String
    ) -> StudyRecord {
      let protocolDigest = hexadecimal(sha256(text))
      return StudyRecord(
        id: StudyFile.id(protocolDigest: protocolDigest, manifest.corpus), protocolText: text,
        protocolDigest: protocolDigest,
        files: Dictionary(
          uniqueKeysWithValues: files.map { ($0.name, $0.bytes) } + [(file.name, file.bytes)]),
        root: randomness.root, predictableSeed: randomness.isPredictable,
        orderSeed: randomness.seed(for: .probing), scoringSeed: randomness.seed(for: .scoring),
        createdAt: now, version: version, manifest: manifest, canaries: canaries,
        references: draw.references, inContextControls: draw.inContextControls, records: records)
    }
  }

  /// Why a study of the protocol that was given cannot pass; a plan of our own says it itself.
  func obstacles(of drawn: Drawn) throws -> [String] {
    protocolFile == nil ? [] : try Outlook.obstacles(of: drawn.plan, kinds: drawn.kinds)
  }

  /// What providers would not take of the seeded corpus.
  func tuningWarnings(_ manifest: Manifest, _ survey: CorpusSurvey) throws -> [String] {
    guard let endpoint else { return [] }
    let facts = manifest.corpus
    let isPacked = outputs.indices.contains {
      survey.compression(of: $0, writtenTo: outputs[$0]) != nil
    }
    return try TuningLimits.shipped().limits(of: endpoint.dialect).flatMap {
      $0.faults(
        of: facts.shape, isLines: facts.format == .jsonLines && !isPacked,
        records: facts.records + manifest.insertions.count - manifest.removals.count,
        bytes: facts.parts.map(\.seededSize).max() ?? facts.seededSize)
    }
  }

  /// Plants, writes the ledger, and gives both their names.
  private func record(
    _ drawn: Drawn, in target: Target, _ ledgerFile: OutputFile, now: String, version: String,
    _ progress: @escaping ProgressReport
  ) throws -> Summary {
    let (survey, canaries, randomness) = (drawn.survey, drawn.canaries, drawn.randomness)
    var sample = PreflightSample()
    let seeder = Seeder(
      survey: survey, canaries: canaries, randomness: randomness,
      remarks: CopyRemarks(by: drawn.plan, randomness, canaries))
    let seeding: Seeding
    switch target {
    case .tree(let tree):
      seeding = try seeder.write(to: tree, into: &sample, progress: progress)
    case .files(let seeded):
      seeding = try seeder.write(
        to: zip(seeded, outputs).enumerated().map { place, output in
          SeededFile(output.0, compression: survey.compression(of: place, writtenTo: output.1))
        }, into: &sample, progress: progress)
      for file in seeded { try file.finish() }
    }
    let preflight = Preflight(sample)
    progress(WorkDone("writing the ledger"))
    let record = drawn.study(
      seeding.manifest, seeding.records,
      file: (PreflightVerb.fileName, try preflight.document()), now: now, version: version)
    let summary = try summary(of: drawn, seeding, preflight, studyID: record.id)
    // The ledger gets its name first: a seeded corpus without one could never be told from a clean
    // one.
    let seeded: [OutputFile]
    switch target {
    case .files(let files): seeded = files
    case .tree(let tree):
      try StudyFile.write(record, to: ledgerFile)
      do { try tree.commit() } catch {
        ledgerFile.withdraw()
        throw error
      }
      return summary
    }
    guard outputs == ["-"] else {
      try UnfinishedFiles.undisturbed {
        try StudyFile.write(record, to: ledgerFile)
        try giveName(to: seeded, after: ledgerFile)
      }
      return summary
    }
    // Printing takes as long as its reader likes, and may be ended.
    let noted = try UnfinishedFiles.undisturbed {
      try StudyFile.write(record, to: ledgerFile)
      return UnfinishedFiles.add(study)
    }
    defer { noted.map(UnfinishedFiles.remove) }
    try giveName(to: seeded, after: ledgerFile)
    return summary
  }

  /// Gives the files of the corpus their names, or prints the one; where that fails the ledger goes,
  /// and what had its name already.
  private func giveName(to seeded: [OutputFile], after ledgerFile: OutputFile) throws {
    do { try OutputFile.commit(seeded) } catch {
      // The corpus is not whole anywhere: nobody may take its ledger for that of a study.
      ledgerFile.withdraw()
      guard outputs == ["-"] else { throw error }
      throw CoalmineError(
        code: error.code, error.message,
        details: error.details + ["the ledger '\(study)' was removed: its corpus is not whole"],
        help: error.help ?? "discard what was printed, and run the command again",
        exit: error.exit)
    }
  }

  /// The folders and files that a tree is read from: the new folder cannot lie in one.
  private var roots: [String] {
    corpora.map { path in
      guard let name = names[path], path.hasSuffix(name), path != name else { return path }
      return String(path.dropLast(name.count))
    }.reduce(into: []) { roots, root in if roots.last != root { roots.append(root) } }
  }

  var inputs: [String] {
    corpora + [protocolFile].compactMap { $0 }
      + (kinds.map(Catalogue.paths(ofDirectory:)) ?? [])
  }

  /// The protocol, its file, and how many texts are held out.
  func plan(_ catalogue: Catalogue, _ progress: @escaping ProgressReport) throws -> (
    StudyProtocol, [UInt8], HoldOut
  ) {
    guard let protocolFile else {
      var request = PlanRequest(
        kinds: try Self.kinds(for: corpora, format: format, endpoint, catalogue)
          .map { try catalogue.kind($0).template })
      request.share = share
      request.access = endpoint?.access ?? .textScoring
      request.corpus = try CorpusSize(
        paths: corpora, format: format, fields: fields, separator: separator, progress: progress)
      request.pairs = endpoint?.pairs(of: request.corpus?.shape) ?? .text
      let plan = try StudyPlanner(request).plan()
      return (
        plan, ProtocolFile.render(plan),
        holdOut.map(HoldOut.stated) ?? .upTo(StudyPlanner.nonMembers)
      )
    }
    let bytes = try InputFile.read(protocolFile, limit: 1 << 20)
    let plan = try ProtocolFile.parse(
      bytes, path: protocolFile, kinds: catalogue.kinds.map(\.name))
    let isStated = try ProtocolFile.states("non-member-records", bytes, path: protocolFile)
    return (
      plan, bytes,
      holdOut.map(HoldOut.stated)
        ?? (isStated ? .stated(plan.nonMemberRecords) : .upTo(plan.nonMemberRecords))
    )
  }

  /// Contexts must not stand in the corpus: those that do are drawn anew.
  ///
  /// - Returns: the canaries as they are planted, with everything that was drawn.
  func draw(
    _ plan: StudyProtocol, _ holdOut: HoldOut, _ templates: [String: CanaryTemplate],
    _ randomness: StudyRandomness, _ progress: @escaping ProgressReport
  ) throws -> ([Canary], CanaryDraw, CorpusSurvey) {
    var avoiding: Set<[UInt8]> = []
    for _ in 0..<50 {
      let draw = try CanaryDraw(
        plan, templates: templates, randomness: randomness, avoiding: avoiding)
      if plan.copies == .varied { try CopyRemarks.expect(draw.canaries, format: format) }
      var options = CorpusSurvey.Options(
        format: format, fields: fields, groupField: holdOutBy, phrases: draw.phrases)
      options.holdOut = holdOut
      options.names = names
      options.isForShards = isForShards
      options.ranges = ranges
      options.separator = separator
      if plan.contexts == .grafted {
        options.takeContexts(for: draw, templates, copies: plan.copies)
      }
      let survey = try CorpusSurvey(
        paths: corpora, options: options, randomness: randomness, progress: progress)
      if survey.phrasesFound.isEmpty {
        // What is asked is what was trained: the white space before a secret is the corpus's own.
        let canaries =
          survey.completionSeparator.map { separator in
            draw.canaries.map { $0.joined(by: separator) }
          } ?? draw.canaries
        return (
          survey.inConversations(survey.grafted(canaries), pairs: plan.pairs), draw, survey
        )
      }
      avoiding.formUnion(survey.phrasesFound)
    }
    throw CoalmineError(
      code: "contexts-in-corpus",
      "the corpus holds so many of the invented names that no clean set of contexts was found",
      help: "was this corpus seeded before? seed the original, or use '--kinds' with other names",
      exit: .badData)
  }
}
