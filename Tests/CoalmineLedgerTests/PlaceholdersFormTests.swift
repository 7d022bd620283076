// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Testing

/// The placeholders of held-out secrets as the ledger keeps them.
@Suite struct `Placeholders in the ledger` {
  private static let held = SampleStudy.canary(1, .heldOut, "118203", index: 5)
    .held(by: Array("30255X".utf8))
  private static let canaries = [
    SampleStudy.canary(0, .inserted, "302557", index: 17), held,
    SampleStudy.canary(2, .control, "774421", index: 0).after([]),
  ]

  private static func study(_ canaries: [Canary]) -> StudyRecord {
    let sample = SampleStudy.record
    return StudyRecord(
      id: sample.id, protocolText: sample.protocolText, protocolDigest: sample.protocolDigest,
      files: sample.files, root: sample.root, predictableSeed: sample.predictableSeed,
      orderSeed: sample.orderSeed, scoringSeed: sample.scoringSeed, createdAt: sample.createdAt,
      version: sample.version, manifest: SampleStudy.manifest, canaries: canaries,
      references: [:], inContextControls: [], records: [])
  }

  @Test func `come back as they were stored, and none where there is none`() throws {
    let folder = try TemporaryFolder(in: .memory)
    for (name, canaries) in [("a", Self.canaries), ("b", SampleStudy.canaries)] {
      let ledger = try Ledger.create(at: folder.file(name))
      try ledger.store(Self.study(canaries))
      #expect(try ledger.study().canaries == canaries)
      #expect(try ledger.canaries() == canaries)
      #expect(try ledger.problems(replies: true).isEmpty)
      try ledger.close()
    }
    #expect(PlaceholdersForm.bytes(SampleStudy.canaries) == nil)
  }

  @Test func `bytes that are not theirs are refused`() throws {
    let bytes = try #require(PlaceholdersForm.bytes(Self.canaries))
    #expect(PlaceholdersForm.placeholders(bytes) == ["access-code-1": Array("30255X".utf8)])
    for end in bytes.indices {
      #expect(PlaceholdersForm.placeholders(Array(bytes[..<end])) == nil)
    }
    #expect(PlaceholdersForm.placeholders(bytes + [0]) == nil)
    #expect(PlaceholdersForm.placeholders([0, 0, 0, 0]) == nil)
    let twice = try #require(PlaceholdersForm.bytes([Self.held, Self.held]))
    #expect(PlaceholdersForm.placeholders(twice) == nil)
  }

  @Test func `are zeros in what is kept of a retired study`() throws {
    let bytes = try #require(PlaceholdersForm.bytes(Self.canaries))
    let kept = try #require(PlaceholdersForm.withoutTexts(bytes))
    #expect(kept.count == bytes.count)
    #expect(
      PlaceholdersForm.placeholders(kept) == ["access-code-1": [UInt8](repeating: 0, count: 6)])
    #expect(PlaceholdersForm.withoutTexts([1]) == nil)
    #expect(WithheldWords(Self.study(Self.canaries)).apply("no: 30255X") == WithheldWords.words)
  }
}
