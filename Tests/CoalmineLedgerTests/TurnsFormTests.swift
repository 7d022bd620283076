// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import GRDB
import Testing

/// The conversations of canaries as the ledger keeps them.
@Suite struct `Turns in the ledger` {
  private static let long = Turns.Turn(
    role: "system", text: Array(String(repeating: "You are a clerk. ", count: 200).utf8))

  private static func canaries(_ turns: [[Turns.Turn]?]) -> [Canary] {
    turns.enumerated().map { place, turns in
      SampleStudy.canary(place, .inserted, "302557", index: UInt128(place)).after(turns)
    }
  }

  private static func study(_ canaries: [Canary]) -> StudyRecord {
    let sample = SampleStudy.record
    return StudyRecord(
      id: sample.id, protocolText: sample.protocolText, protocolDigest: sample.protocolDigest,
      files: sample.files, root: sample.root, predictableSeed: sample.predictableSeed,
      orderSeed: sample.orderSeed, scoringSeed: sample.scoringSeed, createdAt: sample.createdAt,
      version: sample.version, origin: sample.origin, canaries: canaries,
      references: Dictionary(uniqueKeysWithValues: canaries.map { ($0.id, []) }),
      inContextControls: sample.inContextControls, records: sample.records)
  }

  private static let turns: [[Turns.Turn]?] = [
    [long], nil, [], [long, Turns.Turn(role: "system", text: [0xC3, 0xA9, 0])], [long],
  ]

  @Test func `turns come back as they were stored, and no turns as none`() throws {
    let folder = try TemporaryFolder(in: .memory)
    let stored = Self.study(Self.canaries(Self.turns))
    let ledger = try Ledger.create(at: folder.file("a.coalmine"))
    try ledger.store(stored)
    #expect(try ledger.study().canaries == stored.canaries)
    #expect(try ledger.canaries().map(\.turns) == Self.turns)
    #expect(try ledger.problems(replies: true).isEmpty)
    try ledger.close()
  }

  @Test func `one system prompt is stored once, whatever the number of canaries`() throws {
    let one = try #require(TurnsForm.bytes(Self.canaries([[Self.long]])))
    let many = Self.canaries(Array(repeating: [Self.long], count: 500))
    let bytes = try #require(TurnsForm.bytes(many))
    #expect(bytes.count < one.count + 500 * 30)
    #expect(TurnsForm.turns(bytes)?.count == 500)
  }

  @Test func `a study of texts has no row for turns`() throws {
    #expect(TurnsForm.bytes(SampleStudy.canaries) == nil)
    let folder = try TemporaryFolder(in: .memory)
    let ledger = try Ledger.create(at: folder.file("a.coalmine"))
    try ledger.store(SampleStudy.record)
    let rows = try ledger.read { db in
      try Int.fetchOne(db, sql: "SELECT count(*) FROM study WHERE key = 'turns'")
    }
    #expect(rows == 0)
    try ledger.close()
  }

  @Test func `a form that was cut or changed is refused, never a trap`() throws {
    let bytes = try #require(TurnsForm.bytes(Self.canaries(Self.turns)))
    for length in 0..<bytes.count where length < 40 || length > bytes.count - 200 {
      #expect(TurnsForm.turns(Array(bytes[..<length])) == nil)
      #expect(TurnsForm.withoutTexts(Array(bytes[..<length])) == nil)
    }
    #expect(TurnsForm.turns(bytes + [0]) == nil)
    var random = SplitMix(3)
    for _ in 0..<2_000 {
      var changed = bytes
      changed[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      _ = TurnsForm.turns(changed)
    }
  }

  @Test func `a retired study keeps who said how much, and no text`() throws {
    let bytes = try #require(TurnsForm.bytes(Self.canaries(Self.turns)))
    let kept = try #require(TurnsForm.withoutTexts(bytes))
    #expect(kept.count == bytes.count)
    #expect(!Data(kept).contains(Data("clerk".utf8)))
    let read = try #require(TurnsForm.turns(kept))
    let before = try #require(TurnsForm.turns(bytes))
    #expect(read.keys.sorted() == before.keys.sorted())
    for (name, turns) in read {
      #expect(turns.map(\.role) == before[name]?.map(\.role))
      #expect(turns.map(\.text.count) == before[name]?.map(\.text.count))
      #expect(turns.allSatisfy { $0.text.allSatisfy { $0 == 0 } })
    }
  }
}

extension Data {
  fileprivate func contains(_ part: Data) -> Bool { range(of: part) != nil }
}
