// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import CoalmineLedger
import CoalmineStudy
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Importing canaries of a model that exists` {
  private let folder: TemporaryFolder
  private let summary: ImportVerb.Summary
  private let study: StudyRecord

  init() throws {
    folder = try TemporaryFolder()
    summary = try Tiny.verb(into: folder).run(now: Tiny.now, version: "1.2.3")
    study = try folder.study()
  }

  @Test func `the tiny canaries come in whole`() {
    #expect(summary.canaries == 56 && summary.inserted == 49 && summary.heldOut == 7)
    #expect(summary.kinds == ["code6", "digits9", "hex16", "email", "words2"])
    #expect(summary.levels == [1, 2, 4, 8, 16, 32, 64] && summary.targetRepetitions == 1)
    #expect(summary.copies == 889 && summary.controls == 0)
    #expect(summary.members == 200 && summary.nonmembers == 200)
    #expect(summary.predictableSeed)
  }

  @Test func `every canary is its row, and only the pass phrases end with their full stop`() throws
  {
    let rows = try Tiny.rows("canaries.jsonl")
    #expect(rows.count == study.canaries.count)
    for row in rows {
      let canary = try #require(study.canaries.first { $0.id == row["id"] as? String })
      #expect(canary.revealedText().text == row["text"] as? String)
      #expect(canary.prefix.text == row["prefix"] as? String && canary.separator == [0x20])
      #expect(
        canary.copies == row["repetitions"] as? Int && canary.kind == row["kind"] as? String)
      let end = canary.kind == "words2" ? "." : ""
      #expect(canary.secret.reveal().text == (row["secret"] as? String ?? "") + end)
      let name = ["given", "surname"].map { canary.context[$0]?.text ?? "" }.joined(separator: " ")
      #expect(name == row["name"] as? String)
      #expect(canary.role == (canary.copies == 0 ? .heldOut : .inserted))
      #expect(
        canary.randomized == (canary.copies <= 1) && canary.repetitions == max(1, canary.copies))
    }
    #expect(summary.longerSecrets == 8)
  }

  @Test func `each secret is a candidate of a space of the right size`() throws {
    let counts: [String: UInt128] = [
      "code6": 1_000_000, "digits9": 1_000_000_000, "hex16": 1 << 64, "email": 165_813_750,
      "words2": 1_296 * 1_296,
    ]
    // From the files that the ledger keeps, as every later verb reads them.
    let catalogue = try Catalogue(
      files: study.files.map { CatalogueFile(name: $0.key, path: $0.key, bytes: $0.value) })
    for canary in study.canaries {
      let template = try catalogue.kind(canary.kind).template
      let space = try template.space(
        templateText: template.templateTexts[0], context: canary.context)
      #expect(space.count == counts[canary.kind])
      #expect(canary.bits == space.bits)
      #expect(space.candidate(at: canary.index) == canary.secret.reveal())
      let references = try #require(study.references[canary.id])
      #expect(references.count == 255 && Set(references).count == 255)
      #expect(references.allSatisfy { $0 < space.count && $0 != canary.index })
    }
    // Numbers of digits are their own place in the space: an oracle that knows no trie.
    for canary in study.canaries where ["code6", "digits9"].contains(canary.kind) {
      #expect(canary.index == UInt128(canary.secret.reveal().text))
    }
    for canary in study.canaries where canary.kind == "hex16" {
      #expect(canary.index == UInt128(canary.secret.reveal().text, radix: 16))
    }
  }

  @Test func `the protocol takes its repetition levels from the file`() throws {
    let plan = try ProtocolFile.parse(study.protocolText, path: "protocol")
    #expect(plan.kinds == summary.kinds && plan.targetRepetitions == 1 && plan.randomized == 14)
    #expect(plan.repetitionLevels == .init(levels: [2, 4, 8, 16, 32, 64], canariesPerLevel: 7))
    #expect(plan.controls.canaries == 0 && plan.nonMemberRecords == 200)
    #expect(plan.gates.map(\.repetitions) == [1])
  }

  @Test func `in-context positive controls speak of nobody whom a canary names`() throws {
    let names = Set(try Tiny.rows("canaries.jsonl").compactMap { $0["name"] as? String })
    #expect(study.inContextControls.count == 8)
    #expect(Set(study.inContextControls.map(\.kind)) == Set(summary.kinds))
    for control in study.inContextControls {
      #expect(!names.contains { control.prefix.text.contains(" \($0) ") })
      #expect(control.given.reveal() != control.decoy.reveal())
    }
    #expect(Set(study.inContextControls.map(\.prefix)).count == 8)
  }

  @Test func `records come in with their side`() throws {
    for (file, membership) in [
      ("members.jsonl", CorpusRecord.Membership.member), ("nonmembers.jsonl", .nonmember),
    ] {
      let rows = try Tiny.rows(file)
      let texts = Dictionary(
        uniqueKeysWithValues: rows.map { ($0["id"] as? String ?? "", $0["text"] as? String) })
      let records = study.records.filter { $0.membership == membership }
      #expect(records.count == 200)
      #expect(records.allSatisfy { texts[$0.id] == $0.text.reveal().text && $0.group == nil })
    }
  }

  @Test func `the ledger says that the study was imported, and from which files`() throws {
    func digest(_ name: String) throws -> [UInt8] {
      sha256(Array(try Data(contentsOf: URL(fileURLWithPath: Tiny.file(name)))))
    }
    #expect(
      study.origin
        == .imported(
          ImportFacts(
            canariesDigest: try digest("canaries.jsonl"),
            recordDigests: .init(
              members: try digest("members.jsonl"), nonmembers: try digest("nonmembers.jsonl")),
            assignmentIsRandom: true, secretsAreUniform: true)))
    #expect(study.manifest == nil && study.version == "1.2.3" && study.predictableSeed)
    #expect(study.id == summary.studyID && study.id.count == 16)
    #expect(folder.names == ["s.coalmine"])
  }

  @Test func `one number draws one study, and the system's entropy another each time`() throws {
    func references(_ seed: UInt64?) throws -> [String: [UInt128]] {
      let folder = try TemporaryFolder()
      var verb = Tiny.verb(into: folder)
      verb.seed = seed
      _ = try verb.run(now: Tiny.now, version: "1.2.3")
      return try folder.study().references
    }
    #expect(try references(7) == study.references)
    #expect(try references(8) != study.references)
    #expect(try references(nil) != references(nil))
  }

  @Test func `a corpus that nobody here knows is neither verified nor given back`() throws {
    let seeded = Tiny.file("tune.jsonl")
    let output = folder.file("original.jsonl")
    for attempt in [
      { _ = try CorpusVerbs.verify([seeded], study: folder.file("s.coalmine")) },
      {
        _ = try CorpusVerbs.unseed(
          [seeded], study: folder.file("s.coalmine"), to: [output], force: false)
      },
    ] {
      let error = try #require(CoalmineError.thrown(by: attempt))
      #expect(error.code == "study-imported" && error.exit == .badData)
    }
    #expect(folder.names == ["s.coalmine"])
  }

  @Test func `an existing study is not written over`() throws {
    let before = try Data(contentsOf: URL(fileURLWithPath: folder.file("s.coalmine")))
    let error = CoalmineError.thrown { _ = try Tiny.verb(into: folder).run(now: "", version: "") }
    #expect(error?.code == "output-is-a-ledger" && error?.exit == .cannotCreate)
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("s.coalmine"))) == before)
  }
}
