// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import GRDB

/// What `seed` or `import` writes once, and every later verb reads.
public struct StudyRecord: Sendable {
  /// 16 hexadecimal digits.
  public let id: String
  /// The protocol file as it was read.
  public let protocolText: [UInt8]
  /// SHA-256 of it, hexadecimal.
  public let protocolDigest: String
  /// The files that define the kinds, by name.
  public let files: [String: [UInt8]]
  /// The 32-byte root of all randomness.
  public let root: Secret<[UInt8]>
  /// Whether the root came from a small number on the command line.
  public let predictableSeed: Bool
  /// 32 bytes each: the order of questions, and the relabellings of tests.
  public let orderSeed: [UInt8]
  public let scoringSeed: [UInt8]
  public let createdAt: String
  /// The version of coalmine that drew the canaries.
  public let version: String
  /// Who planted the canaries, and where.
  public let origin: StudyOrigin
  public let canaries: [Canary]
  /// Indices of each canary's references in its space.
  public let references: [String: [UInt128]]
  public let inContextControls: [InContextControl]
  public let records: [CorpusRecord]

  public init(
    id: String, protocolText: [UInt8], protocolDigest: String, files: [String: [UInt8]],
    root: Secret<[UInt8]>, predictableSeed: Bool, orderSeed: [UInt8], scoringSeed: [UInt8],
    createdAt: String, version: String, origin: StudyOrigin, canaries: [Canary],
    references: [String: [UInt128]], inContextControls: [InContextControl], records: [CorpusRecord]
  ) {
    self.id = id
    self.protocolText = protocolText
    self.protocolDigest = protocolDigest
    self.files = files
    self.root = root
    self.predictableSeed = predictableSeed
    self.orderSeed = orderSeed
    self.scoringSeed = scoringSeed
    self.createdAt = createdAt
    self.version = version
    self.origin = origin
    self.canaries = canaries
    self.references = references
    self.inContextControls = inContextControls
    self.records = records
  }

  /// A study whose canaries were planted by `seed`.
  public init(
    id: String, protocolText: [UInt8], protocolDigest: String, files: [String: [UInt8]],
    root: Secret<[UInt8]>, predictableSeed: Bool, orderSeed: [UInt8], scoringSeed: [UInt8],
    createdAt: String, version: String, manifest: Manifest, canaries: [Canary],
    references: [String: [UInt128]], inContextControls: [InContextControl], records: [CorpusRecord]
  ) {
    self.init(
      id: id, protocolText: protocolText, protocolDigest: protocolDigest, files: files,
      root: root, predictableSeed: predictableSeed, orderSeed: orderSeed,
      scoringSeed: scoringSeed, createdAt: createdAt, version: version,
      origin: .seeded(manifest), canaries: canaries, references: references,
      inContextControls: inContextControls, records: records)
  }

  /// Whether the protocol is the one whose SHA-256 is noted beside it.
  public var protocolIsWhole: Bool { hexadecimal(sha256(protocolText)) == protocolDigest }

  /// What seeding did to the corpus; `nil` for an imported study.
  public var manifest: Manifest? {
    if case .seeded(let manifest) = origin { manifest } else { nil }
  }
}

extension Ledger {
  /// Writes the whole study in one transaction.
  public func store(_ study: StudyRecord) throws {
    try change { rows in
      let facts: [(StudyKey, [UInt8])] = [
        (.id, Array(study.id.utf8)),
        (.protocolText, study.protocolText),
        (.protocolDigest, Array(study.protocolDigest.utf8)),
        (.root, study.root.reveal()),
        (.predictableSeed, [study.predictableSeed ? 1 : 0]),
        (.orderSeed, study.orderSeed),
        (.scoringSeed, study.scoringSeed),
        (.createdAt, Array(study.createdAt.utf8)),
        (.version, Array(study.version.utf8)),
        (.origin, Array(study.origin.kind.rawValue.utf8)),
      ]
      let optional: [(StudyKey, [UInt8]?)] = [
        (.turns, TurnsForm.bytes(study.canaries)), (.recordTurns, TurnsForm.bytes(study.records)),
        (.placeholders, PlaceholdersForm.bytes(study.canaries)),
      ]
      let kept = optional.compactMap { key, bytes in bytes.map { (key, $0) } }
      for (key, value) in facts + originFacts(study.origin) + kept {
        try rows.insert(.study, [key.rawValue, value.blob])
      }
      for (name, bytes) in study.files.sorted(by: { $0.key < $1.key }) {
        try rows.insert(.file, [name, bytes.blob])
      }
      for canary in study.canaries {
        try insert(canary, references: study.references[canary.id] ?? [], rows)
      }
      for control in study.inContextControls {
        try rows.insert(
          .inContextControl,
          [
            control.kind, control.number, control.prefix.blob, control.separator.blob,
            control.given.reveal().blob, control.decoy.reveal().blob, control.suffix.blob,
          ])
      }
      for (ordinal, insertion) in (study.manifest?.insertions ?? []).enumerated() {
        try rows.insert(
          .insertion,
          [
            ordinal, insertion.canary, insertion.copy, insertion.slot, insertion.offset,
            insertion.length,
          ])
      }
      for removal in study.manifest?.removals ?? [] {
        try rows.insert(
          .removal, [removal.record, removal.offset, removal.bytes.reveal().blob])
      }
      for record in study.records {
        try rows.insert(
          .record,
          [
            record.id, record.membership.rawValue, record.group.map { Array($0.utf8).blob },
            record.text.reveal().blob,
          ])
      }
    }
  }

  /// Reads the study back.
  ///
  /// - Throws: ``CoalmineError`` with code `ledger-damaged` where a row makes no sense, and
  ///   `study-retired`.
  public func study() throws -> StudyRecord {
    try expectWhole()
    return try keptStudy()
  }

  /// The study with zeros in the place of every byte that was dropped, where it was retired.
  ///
  /// - Parameter references: whether the numbers of the references are read; scoring needs none of them.
  package func keptStudy(references: Bool = true) throws -> StudyRecord {
    try read { db in
      let facts = try StudyFactReader(db, path)
      var numbers: [String: [UInt128]] = [:]
      let canaries = try canaries(db) { canary, own in
        if references { numbers[canary.id] = own }
      }
      var files: [String: [UInt8]] = [:]
      for row in try Row.fetchAll(db, sql: "SELECT name, bytes FROM file") {
        files[try row.value("name")] = try row.bytes("bytes")
      }
      return StudyRecord(
        id: try facts.text(.id), protocolText: try facts.bytes(.protocolText),
        protocolDigest: try facts.text(.protocolDigest),
        files: files,
        root: Secret(try facts.bytes(.root)),
        predictableSeed: try facts.bytes(.predictableSeed) == [1],
        orderSeed: try facts.bytes(.orderSeed), scoringSeed: try facts.bytes(.scoringSeed),
        createdAt: try facts.text(.createdAt), version: try facts.text(.version),
        origin: try origin(facts, db), canaries: canaries, references: numbers,
        inContextControls: try inContextControls(db), records: try records(db))
    }
  }

  /// Every canary of the study, without the rest of it.
  public func canaries() throws -> [Canary] {
    try expectWhole()
    return try read { try canaries($0) { _, _ in } }
  }

  /// - Parameter body: takes each canary with the numbers of its references.
  private func canaries(_ db: Database, _ body: (Canary, [UInt128]) -> Void) throws -> [Canary] {
    let named =
      version < 4 ? ", dose AS repetitions, coined AS randomized, carrier AS template" : ""
    let turns = try turns(.turns, db)
    let placeholders = try placeholders(db)
    var contexts = try CanaryContexts(db)
    var shared = SharedBytes()
    var canaries: [Canary] = []
    canaries.reserveCapacity(try Int.fetchOne(db, sql: "SELECT count(*) FROM canary") ?? 0)
    let rows = try Row.fetchCursor(db, sql: "SELECT *\(named) FROM canary ORDER BY id")
    while let row = try rows.next() {
      let id: String = try row.value("id")
      let (canary, references) = try canary(row, id, try contexts.next(id, &shared), &shared)
      body(canary, references)
      canaries.append(
        turns.isEmpty && placeholders.isEmpty
          ? canary : canary.after(turns[id]).held(by: placeholders[id]))
    }
    return canaries
  }

  /// The turns of each canary, or record, that is of a conversation; studies of earlier versions have none.
  private func turns(_ key: StudyKey, _ db: Database) throws -> [String: [Turns.Turn]] {
    let facts = try StudyFactReader(db, path)
    guard facts.has(key) else { return [:] }
    guard let turns = TurnsForm.turns(try facts.bytes(key)) else {
      throw damaged("the conversations of \(key == .turns ? "canaries" : "records")")
    }
    return turns
  }

  /// The placeholder of each canary that has one; studies of earlier versions have none.
  private func placeholders(_ db: Database) throws -> [String: [UInt8]] {
    let facts = try StudyFactReader(db, path)
    guard facts.has(.placeholders) else { return [:] }
    guard let all = PlaceholdersForm.placeholders(try facts.bytes(.placeholders)) else {
      throw damaged("the placeholders of held-out canaries")
    }
    return all
  }

  private func inContextControls(_ db: Database) throws -> [InContextControl] {
    let table = SealedTable.inContextControl.name(in: version)
    return try Row.fetchAll(db, sql: "SELECT * FROM \(table) ORDER BY kind, number").map {
      InContextControl(
        kind: try $0.value("kind"), number: try $0.value("number"),
        prefix: try $0.bytes("prefix"), separator: try $0.bytes("separator"),
        given: Secret(try $0.bytes("given")), decoy: Secret(try $0.bytes("decoy")),
        suffix: try $0.bytes("suffix"))
    }
  }

  private func records(_ db: Database) throws -> [CorpusRecord] {
    let turns = try turns(.recordTurns, db)
    return try Array(
      Row.fetchCursor(
        db,
        sql: """
          SELECT id, membership, CAST(grouped_by AS BLOB) AS grouped_by, text
          FROM record ORDER BY id
          """
      ).map { row in
        guard let membership = CorpusRecord.Membership(rawValue: try row.value("membership")) else {
          throw self.damaged("a record")
        }
        let group = (try row.value("grouped_by") as Data?).map {
          String(decoding: $0, as: UTF8.self)
        }
        let id: String = try row.value("id")
        let conversation = try turns[id].map { own in
          guard let whole = RecordConversation(own) else {
            throw self.damaged("the conversation of record '\(terminalSafe(id))'")
          }
          return whole
        }
        return CorpusRecord(
          id: id, membership: membership, group: group, text: Secret(try row.bytes("text")),
          conversation: conversation)
      })
  }

  private func insert(_ canary: Canary, references: [UInt128], _ rows: SealedWriter) throws {
    var index = BinaryWriter()
    index.append(canary.index)
    var indices = BinaryWriter()
    for reference in references { indices.append(reference) }
    try rows.insert(
      .canary,
      [
        canary.id, canary.kind, canary.templateText, canary.role.rawValue, canary.repetitions,
        canary.randomized,
        index.bytes.blob, canary.bits, canary.prefix.blob, canary.separator.blob,
        canary.secret.reveal().blob, canary.suffix.blob, indices.bytes.blob,
      ])
    for (slot, value) in canary.context.sorted(by: { $0.key < $1.key }) {
      try rows.insert(.context, [canary.id, slot, value.blob])
    }
  }

  private func canary(
    _ row: Row, _ id: String, _ context: [String: [UInt8]], _ shared: inout SharedBytes
  ) throws -> (canary: Canary, references: [UInt128]) {
    var index = BinaryReader(try row.bytes("space_index"))
    guard let role = Role(rawValue: try row.value("role")),
      let number = index.integer(UInt128.self), index.isAtEnd
    else { throw damaged("canary '\(terminalSafe(id))'") }
    var references: [UInt128] = []
    var indices = BinaryReader(try row.bytes("reference_indices"))
    while let reference = indices.integer(UInt128.self) { references.append(reference) }
    guard indices.isAtEnd else { throw damaged("the references of '\(terminalSafe(id))'") }
    let canary = Canary(
      id: id, kind: shared.text(try row.value("kind")),
      templateText: shared.text(try row.value("template")), context: context,
      index: number, bits: try row.value("bits"), role: role,
      repetitions: try row.value("repetitions"),
      randomized: try row.value("randomized"), prefix: try row.bytes("prefix"),
      separator: shared.bytes(try row.bytes("separator")),
      secret: Secret(try row.bytes("secret")), suffix: shared.bytes(try row.bytes("suffix")))
    return (canary, references)
  }

  func damaged(_ what: String) -> CoalmineError {
    CoalmineError(
      code: "ledger-damaged",
      "the ledger '\(terminalSafe(path))' holds something unreadable: \(what)",
      exit: .badData)
  }
}
