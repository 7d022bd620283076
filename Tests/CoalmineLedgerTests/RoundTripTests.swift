// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import GRDB
import Testing

@Suite struct `What is stored is read back` {
  private let folder: TemporaryFolder
  private var path: String { folder.file("study.coalmine") }

  init() throws { folder = try TemporaryFolder(in: .memory) }

  @Test func `a study with one of everything, after closing and opening`() throws {
    let written = SampleStudy.record
    let (first, _) = try SampleStudy.ledger(at: path)
    try first.close()
    let ledger = try Ledger.open(at: path)
    let read = try ledger.study()
    #expect(read.id == written.id)
    #expect(read.protocolText == written.protocolText)
    #expect(read.protocolDigest == written.protocolDigest)
    #expect(read.files == written.files)
    #expect(read.root == written.root)
    #expect(read.predictableSeed == written.predictableSeed)
    #expect(read.orderSeed == written.orderSeed)
    #expect(read.scoringSeed == written.scoringSeed)
    #expect(read.createdAt == written.createdAt)
    #expect(read.version == written.version)
    #expect(read.manifest == written.manifest)
    #expect(read.canaries == written.canaries)
    #expect(read.references == written.references)
    #expect(read.inContextControls == written.inContextControls)
    #expect(read.records == written.records)
  }

  @Test(
    arguments: [
      RecordShape.plainText, .text(field: "text"), .text(field: "a:b,c"),
      .messages(field: "turns"), .promptCompletion(prompt: "p", completion: "c,d:e"),
    ], CorpusFormat.allCases)
  func `every record shape and corpus format`(_ shape: RecordShape, _ format: CorpusFormat) throws {
    let facts = SampleStudy.manifest.corpus
    let manifest = Manifest(
      corpus: CorpusFacts(
        format: format, shape: shape, records: 0, size: 0, seededSize: .max, digest: [],
        seededDigest: []), insertions: [], removals: [])
    #expect(facts != manifest.corpus)
    let ledger = try Ledger.create(at: path)
    try ledger.store(
      StudyRecord(
        id: "x", protocolText: [], protocolDigest: "", files: [:], root: Secret([]),
        predictableSeed: false, orderSeed: [], scoringSeed: [], createdAt: "", version: "",
        manifest: manifest, canaries: [], references: [:], inContextControls: [], records: []))
    let read = try ledger.study()
    #expect(read.manifest == manifest)
    #expect(!read.predictableSeed)
    #expect(read.canaries.isEmpty && read.records.isEmpty && read.files.isEmpty)
  }

  @Test(arguments: [
    nil, ImportFacts.RecordDigests(members: [0, 1], nonmembers: Array(repeating: 255, count: 32)),
  ])
  func `an imported study knows its files and no corpus`(_ records: ImportFacts.RecordDigests?)
    throws
  {
    let origin = StudyOrigin.imported(
      ImportFacts(
        canariesDigest: [7, 0, 9], recordDigests: records, assignmentIsRandom: records == nil,
        secretsAreUniform: records != nil))
    let ledger = try Ledger.create(at: path)
    try ledger.store(
      StudyRecord(
        id: "x", protocolText: [], protocolDigest: "", files: [:], root: Secret([]),
        predictableSeed: false, orderSeed: [], scoringSeed: [], createdAt: "", version: "",
        origin: origin, canaries: SampleStudy.canaries, references: [:], inContextControls: [],
        records: []))
    let read = try ledger.study()
    #expect(read.origin == origin && read.manifest == nil)
    #expect(read.canaries == SampleStudy.canaries)
  }

  @Test func `an origin that nobody knows is damage`() throws {
    let (ledger, _) = try SampleStudy.ledger(at: path)
    for value in ["copied", ""] {
      try ledger.write { db in
        try db.execute(
          sql: "UPDATE study SET value = CAST(? AS BLOB) WHERE key = 'origin'", arguments: [value])
      }
      #expect(CoalmineError.thrown { _ = try ledger.study() }?.code == "ledger-damaged")
    }
  }

  @Test func `a study is stored once`() throws {
    let (ledger, _) = try SampleStudy.ledger(at: path)
    #expect(CoalmineError.thrown { try ledger.store(SampleStudy.record) } != nil)
    #expect(try ledger.study().canaries == SampleStudy.canaries)
  }

  @Test func `a study that cannot be stored whole is not stored at all`() throws {
    let ledger = try Ledger.create(at: path)
    let sample = SampleStudy.record
    let twice = StudyRecord(
      id: sample.id, protocolText: [], protocolDigest: "", files: sample.files, root: sample.root,
      predictableSeed: false, orderSeed: [], scoringSeed: [], createdAt: "", version: "",
      manifest: SampleStudy.manifest, canaries: sample.canaries + [sample.canaries[0]],
      references: [:], inContextControls: [], records: [])
    #expect(CoalmineError.thrown { try ledger.store(twice) } != nil)
    #expect(CoalmineError.thrown { _ = try ledger.study() }?.code == "ledger-damaged")
    try ledger.store(sample)
    #expect(try ledger.study().canaries == sample.canaries)
  }

  @Test func `a ledger without a study says that its seeding did not end`() throws {
    let ledger = try Ledger.create(at: path)
    let error = try #require(CoalmineError.thrown { _ = try ledger.study() })
    #expect(error.code == "ledger-damaged")
    #expect(error.exit == .badData)
  }

  @Test func `runs are numbered from one, and closing counts once`() throws {
    let (ledger, first) = try SampleStudy.ledger(at: path)
    let second = try SampleStudy.openRun(ledger, .base)
    #expect([first.number, second.number] == [1, 2])
    try ledger.closeRun(1, at: "2026-02-02T00:00:00Z")
    try ledger.closeRun(1, at: "2027-02-02T00:00:00Z")
    try ledger.closeRun(77, at: "2027-02-02T00:00:00Z")
    try ledger.close()
    let runs = try Ledger.open(at: path).runs()
    #expect(runs.map(\.number) == [1, 2])
    #expect(runs.map(\.closedAt) == ["2026-02-02T00:00:00Z", nil])
    #expect(runs.map(\.role) == [.tuned, .base])
    #expect(runs[1] == second)
    #expect(
      runs[0].isSameQuestion(
        role: .tuned, model: "m-1", endpoint: first.endpoint, dialect: first.dialect,
        presentation: .prefilled, probeSet: SampleStudy.probeSet))
    #expect(
      !runs[0].isSameQuestion(
        role: .tuned, model: "m-2", endpoint: first.endpoint, dialect: first.dialect,
        presentation: .prefilled, probeSet: SampleStudy.probeSet))
  }

  @Test func `the last statement about the training counts`() throws {
    let ledger = try Ledger.create(at: path)
    #expect(try ledger.training() == nil)
    let first = TrainingStatement(model: "m", epochs: 3, job: "ft-1", statedBy: "O'Neil")
    let second = TrainingStatement(model: "n", epochs: 1, job: nil, statedBy: nil)
    let half = TrainingStatement(
      model: "n", epochs: 0.1 + 0.2, job: nil, statedBy: nil,
      fileDigest: String(repeating: "0f", count: 32))
    let whole = TrainingStatement(model: "n", epochs: 2, job: nil, statedBy: nil)
    let counted = TrainingStatement(
      model: "n", epochs: 1, job: nil, statedBy: nil,
      processed: ProcessedFindings(
        files: [.init(name: "träin \".jsonl", digest: String(repeating: "1e", count: 32))],
        records: 7,
        canaries: Role.allCases.map {
          .init(canary: "c-\($0.rawValue)", role: $0, planned: 3, intact: 2, changed: 1)
        }, nonmembers: 4, foundNonmembers: 1, members: 5, foundMembers: 2))
    for statement in [first, second, half, whole, counted] {
      try ledger.store(statement, at: SampleStudy.time)
      #expect(try ledger.training() == statement)
    }
    // Copies that were counted stay counted until they are counted again.
    try ledger.store(half, at: SampleStudy.time)
    let last = try #require(try ledger.training())
    #expect(last.epochs == half.epochs && last.fileDigest == half.fileDigest)
    #expect(last.processed == counted.processed)
    #expect(try ledger.trainingStatements() == [first, second, half, whole, counted, half])
  }

  @Test func `costs count every attempt`() throws {
    let (ledger, run) = try SampleStudy.ledger(at: path)
    for pack in 0..<3 { try SampleStudy.exchange(ledger, run: run.number, pack, [1, 2, 3]) }
    var leaving = LedgerBatch()
    leaving.departing = (3..<7).map { SampleStudy.departure($0) }
    let ids = try ledger.commit(leaving, run: run.number, at: SampleStudy.time)
    var ended = LedgerBatch()
    ended.ended = [(ids[0], .ambiguous("closed")), (ids[1], .failed("refused"))]
    _ = try ledger.commit(ended, run: run.number, at: SampleStudy.time)
    let costs = try #require(try ledger.costs().first)
    #expect(costs.number == 1 && costs.requests == 7 && costs.bytesReceived == 9)
    #expect(costs.ambiguousRequests == 1 && costs.failedRequests == 1 && costs.queries == 0)
    #expect(costs.openedAt == SampleStudy.time && costs.closedAt == nil)
  }
}
