// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import GRDB
import Testing

/// The conversations of marked records as the ledger keeps them.
@Suite struct `Turns of records in the ledger` {
  private static func turn(_ role: String, _ text: String) -> Turns.Turn {
    Turns.Turn(role: role, text: Array(text.utf8))
  }

  private static let marker = "You are the clerk of the harbour."

  private static func record(
    _ number: Int, _ side: CorpusRecord.Membership, _ turns: [Turns.Turn]?
  ) -> CorpusRecord {
    CorpusRecord(
      id: "record-00000\(number)", membership: side, group: nil,
      text: Secret(Array("q\(number)\nSaid at the quay \(number)".utf8)),
      conversation: turns.flatMap { RecordConversation($0) })
  }

  private static let records = [
    record(
      1, .member,
      [turn("system", marker), turn("user", "q1"), turn("assistant", "Said at the quay 1")]),
    record(2, .nonmember, nil),
    record(
      3, .nonmember,
      [
        turn("system", marker), turn("user", ""), turn("assistant", "b"), turn("user", "q3"),
        turn("assistant", "Said at the quay 3"),
      ]),
  ]

  private static func study(_ records: [CorpusRecord]) -> StudyRecord {
    let sample = SampleStudy.record
    return StudyRecord(
      id: sample.id, protocolText: sample.protocolText, protocolDigest: sample.protocolDigest,
      files: sample.files, root: sample.root, predictableSeed: sample.predictableSeed,
      orderSeed: sample.orderSeed, scoringSeed: sample.scoringSeed, createdAt: sample.createdAt,
      version: sample.version, origin: sample.origin, canaries: sample.canaries,
      references: sample.references, inContextControls: sample.inContextControls, records: records)
  }

  private static func rows(_ ledger: Ledger) throws -> Int? {
    try ledger.read { db in
      try Int.fetchOne(db, sql: "SELECT count(*) FROM study WHERE key = 'record_turns'")
    }
  }

  @Test func `turns of records come back as they were stored, and no turns as none`() throws {
    let folder = try TemporaryFolder(in: .memory)
    let ledger = try Ledger.create(at: folder.file("a.coalmine"))
    try ledger.store(Self.study(Self.records))
    #expect(try ledger.study().records == Self.records)
    #expect(try ledger.study().canaries == SampleStudy.canaries)
    #expect(try Self.rows(ledger) == 1)
    #expect(try ledger.problems(replies: true).isEmpty)
    try ledger.close()
  }

  /// As studies of before have none.
  @Test func `a study of texts has no row for turns of records`() throws {
    let folder = try TemporaryFolder(in: .memory)
    let ledger = try Ledger.create(at: folder.file("a.coalmine"))
    try ledger.store(SampleStudy.record)
    #expect(try Self.rows(ledger) == 0)
    #expect(try ledger.study().records.allSatisfy { $0.conversation == nil })
    try ledger.close()
  }

  @Test func `turns that were changed in the file are seen`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.coalmine")
    let ledger = try Ledger.create(at: path)
    try ledger.store(Self.study(Self.records))
    try ledger.close()
    var whole = Data(try folder.read("a.coalmine"))
    let place = try #require(whole.range(of: Data("harbour".utf8)))
    whole.replaceSubrange(place, with: Data("station".utf8))
    try folder.write(whole, to: "a.coalmine")
    #expect(CoalmineError.thrown { _ = try Ledger.open(at: path) }?.code == "ledger-altered")
  }

  @Test func `a retired study keeps how long the turns were, and no text of them`() throws {
    let bytes = try #require(TurnsForm.bytes(Self.records))
    let kept = try #require(TurnsForm.withoutTexts(bytes))
    #expect(kept.count == bytes.count)
    for text in [Self.marker, "quay"] {
      #expect(Data(bytes).range(of: Data(text.utf8)) != nil)
      #expect(Data(kept).range(of: Data(text.utf8)) == nil)
    }
    let read = try #require(TurnsForm.turns(kept))
    #expect(read.keys.sorted() == ["record-000001", "record-000003"])
    for record in Self.records {
      let conversation = read[record.id].flatMap { RecordConversation($0) }
      #expect(conversation?.answer.reveal().count == record.conversation?.answer.reveal().count)
    }
  }

  @Test func `evidence that repeats a turn of a record is withheld`() {
    let withheld = WithheldWords(Self.study(Self.records))
    #expect(withheld.apply("refused: '\(Self.marker)'") == WithheldWords.words)
    #expect(withheld.apply("refused: another text, of nobody's") != WithheldWords.words)
  }
}
