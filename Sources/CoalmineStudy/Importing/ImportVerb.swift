// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import CoalmineLedger
import CoalmineSeeding

/// Makes a study of canaries that were planted by other means.
///
/// What is not ours stays the importer's claim: which canaries went into the file and how often,
/// and that chance alone tells those inserted from those left out.
public struct ImportVerb: Sendable {
  /// Canaries, one JSON object a line.
  public var canaries: String
  public var study: String
  /// Records that were in the corpus, and records that were not; both or neither.
  public var records: Records?
  /// A folder with kinds of one's own; they win over shipped ones of the same name.
  public var kinds: String?
  /// A protocol file; else the standard protocol with the numbers of the file.
  public var protocolFile: String?
  /// A number to derive all randomness from; the system's entropy without one.
  public var seed: UInt64?
  /// Told what is done beside, in words for the user.
  public var note: @Sendable (String) -> Void = { _ in }

  /// Whether chance alone decided which canaries were inserted: without it inserted and left-out
  /// canaries are not compared.
  public var assignmentIsRandom = false
  /// Whether every secret was drawn uniformly from its space: without it no secret is compared with
  /// its references.
  public var secretsAreUniform = false

  /// Two files of records, one JSON object a line.
  public struct Records: Sendable, Equatable {
    public var members: String
    public var nonmembers: String

    public init(members: String, nonmembers: String) {
      self.members = members
      self.nonmembers = nonmembers
    }
  }

  public init(canaries: String, study: String) {
    self.canaries = canaries
    self.study = study
  }

  /// What was imported.
  public struct Summary: Sendable, Equatable {
    public let studyID: String
    public let kinds: [String]
    public let canaries: Int
    public let inserted: Int
    public let heldOut: Int
    public let controls: Int
    /// Copies in the corpus, as the rows say.
    public let copies: Int
    public let targetRepetitions: Int
    /// All repetition levels of inserted canaries, rising.
    public let levels: [Int]
    public let members: Int
    public let nonmembers: Int
    /// Canaries whose secret takes its end from the row's suffix, because the kind counts it.
    public let longerSecrets: Int
    public let predictableSeed: Bool
  }

  /// Runs. The ledger is there afterwards, whole, or nothing is.
  ///
  /// - Throws: ``CoalmineError`` with file and line; none quotes a canary or a record.
  public func run(now: String, version: String) throws -> Summary {
    let outputs = Outputs(
      reading: [canaries] + (records.map { [$0.members, $0.nonmembers] } ?? [])
        + [protocolFile].compactMap { $0 } + (kinds.map(Catalogue.paths(ofDirectory:)) ?? []),
      note: note)
    let file = try outputs.open(study, existing: .keepAlways)
    var catalogue = try Catalogue.shipped()
    if let kinds { catalogue = try catalogue.replaced(byDirectory: kinds) }
    let imported = try ImportedStudy(canaries, catalogue)
    let records = try records.map {
      try ImportedRecords(members: $0.members, nonmembers: $0.nonmembers)
    }
    let nonmembers = records?.records.count { $0.membership == .nonmember } ?? 0
    let (plan, text) = try plan(imported, catalogue, nonmembers: nonmembers)
    let randomness = seed.map(StudyRandomness.init(number:)) ?? StudyRandomness()
    let record = try record(
      imported, records, plan, text, catalogue, randomness, now: now, version: version)
    try StudyFile.write(record, to: file)
    return Summary(
      studyID: record.id, kinds: imported.kinds, canaries: record.canaries.count,
      inserted: record.canaries.count { $0.role == .inserted },
      heldOut: record.canaries.count { $0.role == .heldOut },
      controls: record.canaries.count { $0.role == .control },
      copies: record.canaries.reduce(0) { $0 + $1.copies },
      targetRepetitions: plan.targetRepetitions,
      levels: imported.levels, members: record.records.count - nonmembers, nonmembers: nonmembers,
      longerSecrets: imported.canaries.count { $0.takesFromSuffix },
      predictableSeed: randomness.isPredictable)
  }

  private func plan(
    _ imported: ImportedStudy, _ catalogue: Catalogue, nonmembers: Int
  ) throws -> (StudyProtocol, [UInt8]) {
    guard let protocolFile else {
      let plan = imported.standardProtocol(nonmembers: nonmembers)
      return (plan, ProtocolFile.render(plan))
    }
    let bytes = try InputFile.read(protocolFile, limit: 1 << 20)
    let plan = try ProtocolFile.parse(
      bytes, path: protocolFile, kinds: catalogue.kinds.map(\.name))
    try imported.check(plan)
    return (plan, bytes)
  }

  private func record(
    _ imported: ImportedStudy, _ records: ImportedRecords?, _ plan: StudyProtocol,
    _ text: [UInt8], _ catalogue: Catalogue, _ randomness: StudyRandomness, now: String,
    version: String
  ) throws -> StudyRecord {
    var references: [String: [UInt128]] = [:]
    for canary in imported.canaries {
      var generator = randomness.generator(for: .references, canary.id)
      references[canary.id] = ReferenceDraw.draw(
        plan.references, of: canary.space.count, except: canary.index, using: &generator)
    }
    let facts = ImportFacts(
      canariesDigest: imported.digest, recordDigests: records?.digests,
      assignmentIsRandom: assignmentIsRandom, secretsAreUniform: secretsAreUniform)
    let protocolDigest = hexadecimal(sha256(text))
    let id = hexadecimal(
      sha256(
        Array(protocolDigest.utf8) + facts.canariesDigest
          + (records.map { $0.digests.members + $0.digests.nonmembers } ?? []))
    ).prefix(16)
    return StudyRecord(
      id: String(id), protocolText: text, protocolDigest: protocolDigest,
      files: Dictionary(
        uniqueKeysWithValues: try catalogue.files(ofKinds: plan.kinds).map {
          ($0.name, $0.bytes)
        }),
      root: randomness.root, predictableSeed: randomness.isPredictable,
      orderSeed: randomness.seed(for: .probing), scoringSeed: randomness.seed(for: .scoring),
      createdAt: now, version: version, origin: .imported(facts),
      canaries: imported.canaries.map { $0.canary(targetRepetitions: plan.targetRepetitions) }
        .sorted { $0.id < $1.id },
      references: references,
      inContextControls: try InContextControlDraw.controls(
        kinds: try imported.kinds.map { try catalogue.kind($0).template },
        beside: imported.canaries.map { ($0.templateText, $0.context) }, randomness: randomness),
      records: records?.records ?? [])
  }
}
