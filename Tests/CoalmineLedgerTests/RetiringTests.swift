// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import GRDB
import Testing

@Suite struct `A ledger that is retired` {
  private let folder: TemporaryFolder
  private var path: String { folder.file("study.coalmine") }
  private static let marker = Array("MARKER-7f3a-MARKER".utf8)

  init() throws { folder = try TemporaryFolder(in: .memory) }

  /// A ledger with one observation of each form.
  private func filled() throws -> (Ledger, RunRecord) {
    let (ledger, run) = try SampleStudy.ledger(at: path)
    let id = try SampleStudy.exchange(ledger, run: run.number, 0, Self.marker)
    var trail = RankTrail(logProbability: -3.5, tieEpsilon: 0.25, budget: 9, batch: 2)
    trail.steps = [RankTrail.Step(path: Self.marker, choices: [0: -1])]
    try SampleStudy.read(
      ledger, run: run.number, id, .read,
      [
        (
          SampleStudy.asked[0],
          .measured(.likelihood([TokenScore(range: 19..<26, logProbability: -2.25)]))
        ),
        (
          Question(.greedyExtraction, .canary("access-code-0")),
          .measured(.completions([Completion(text: Self.marker, ending: .refused)]))
        ),
        (Question(.rankSearch, .canary("access-code-0")), .measured(.rankTrail(trail))),
        (
          SampleStudy.asked[2],
          .failed(Reason("cannot", String(decoding: Self.marker, as: UTF8.self)))
        ),
      ])
    return (ledger, run)
  }

  private func retire(_ ledger: Ledger, _ file: OutputFile) throws -> Retirement {
    try ledger.retire(
      into: file,
      Ledger.Retiring(at: SampleStudy.time, version: "1", commitmentRoot: "ab", results: []))
  }

  private func retired() throws -> (Ledger, Retirement) {
    try filled().0.close()
    let file = try Outputs(reading: []).openSuccessor(ofLedger: path)
    let retirement = try retire(try Ledger.open(at: path), file)
    return (try Ledger.open(at: path), retirement)
  }

  @Test func `keeps lengths and numbers, and says what was dropped`() throws {
    let (ledger, retirement) = try retired()
    #expect(ledger.isRetired && ledger.version == 5)
    #expect(try ledger.retirement() == retirement)
    #expect(retirement.replies == 1 && retirement.writtenAnswers == 1)
    #expect(retirement.rankSearches == 1)
    // Four canaries and a control with its decoy; four records and two that were taken out.
    #expect(retirement.secrets == 6 && retirement.recordTexts == 6)
    #expect(retirement.sealDigest.count == 64)
    #expect(try ledger.problems(replies: true).isEmpty)
    let kept = try ledger.keptStudy()
    #expect(kept.canaries.map(\.id) == SampleStudy.canaries.map(\.id))
    for (canary, before) in zip(kept.canaries, SampleStudy.canaries) {
      #expect(canary.secret.reveal() == [UInt8](repeating: 0, count: 6))
      #expect(canary.prefix == [UInt8](repeating: 0, count: before.prefix.count))
      #expect(canary.role == before.role && canary.bits == before.bits && canary.index == 0)
      #expect(canary.context.isEmpty)
    }
    #expect(kept.references["access-code-0"] == [0, 0, 0, 0])
    #expect(kept.root.reveal() == [UInt8](repeating: 0, count: 32))
    #expect(kept.scoringSeed == SampleStudy.record.scoringSeed)
    #expect(kept.records.map { $0.text.reveal().count } == [2, 0, 1, 1])
    #expect(kept.records.map(\.group) == [nil, "1", "2", "3"])
    #expect(kept.manifest?.insertions == SampleStudy.manifest.insertions)
    #expect(kept.manifest?.removals.isEmpty == true)

    let found = try ledger.observations(run: 1)
    let canary = Subject.canary("access-code-0")
    #expect(
      found[.sequenceLikelihood]?[canary]
        == .measured(.likelihood([TokenScore(range: 19..<26, logProbability: -2.25)])))
    #expect(
      found[.greedyExtraction]?[canary]
        == .measured(.completions([Completion(text: [], ending: .refused)])))
    #expect(
      found[.recordLikelihood]?[.record("record-000001")] == .failed(Reason("cannot", "")))
    try ledger.close()
    let bytes = Data(try folder.read("study.coalmine"))
    for gone in [Self.marker, Array("302557".utf8), Array("118203".utf8), Array("thread '7'".utf8)]
    {
      #expect(bytes.range(of: Data(gone)) == nil)
    }
    #expect(folder.names == ["study.coalmine"])
  }

  @Test func `refuses every change, and every reader that does not ask for what is kept`() throws {
    let (ledger, _) = try retired()
    let refused: [() throws -> Void] = [
      { _ = try ledger.study() }, { _ = try ledger.canaries() }, { _ = try ledger.manifest() },
      { _ = try ledger.copyInMemory() }, { _ = try SampleStudy.openRun(ledger) },
    ]
    for call in refused {
      let error = try #require(CoalmineError.thrown(by: call))
      #expect(error.code == "study-retired" && error.exit == .badData)
      #expect(error.message.contains("2026-01-02"))
    }
    try ledger.close()
    let file = try Outputs(reading: []).openSuccessor(ofLedger: path)
    let again = try Ledger.open(at: path)
    #expect(CoalmineError.thrown { _ = try retire(again, file) }?.code == "study-retired")
    try again.close()
  }

  @Test func `an earlier program would refuse it by its version`() throws {
    try retired().0.close()
    for (before, version) in [(105, 106), (106, 205)] {
      let queue = try DatabaseQueue(path: path)
      #expect(try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == before)
      try queue.writeWithoutTransaction {
        try $0.execute(sql: "PRAGMA user_version = \(version)")
      }
      try queue.close()
      #expect(CoalmineError.thrown { _ = try Ledger.open(at: path) }?.code == "ledger-newer")
    }
  }

  @Test func `a row that is changed, added or taken out is found`() throws {
    try retired().0.close()
    let whole = try folder.read("study.coalmine")
    for damage in [
      "UPDATE study SET value = x'00' WHERE key = 'retired'",
      "DELETE FROM study WHERE key = 'retired'",
      "UPDATE observation SET status = 'failed'",
      "INSERT INTO reply SELECT id, x'00' FROM exchange",
    ] {
      try Data(whole).write(to: folder.url("study.coalmine"))
      let queue = try DatabaseQueue(path: path)
      try queue.write { try $0.execute(sql: damage) }
      try queue.close()
      let ledger = try Ledger.open(at: path, checking: false)
      #expect(try !ledger.problems(replies: true).isEmpty, "\(damage)")
      try ledger.close()
    }
  }

  @Test func `where the name was taken meanwhile, the whole ledger is what it was`() throws {
    let (ledger, _) = try filled()
    try ledger.close()
    let aside = folder.file("aside.coalmine")
    do {
      let file = try Outputs(reading: []).openSuccessor(ofLedger: path)
      let open = try Ledger.open(at: path)
      #expect(rename(path, aside) == 0)
      try folder.write("somebody else's\n", to: "study.coalmine")
      #expect(CoalmineError.thrown { _ = try retire(open, file) }?.code == "ledger-replaced")
      _ = CoalmineError.thrown { try open.close() }
    }
    #expect(try folder.read("study.coalmine") == Array("somebody else's\n".utf8))
    let kept = try Ledger.open(at: aside)
    #expect(try kept.problems(replies: true).isEmpty)
    #expect(try kept.study().canaries.count == 4)
    try kept.close()
    #expect(!folder.names.contains { $0.hasSuffix(".coalmine-partial") })
  }

  @Test func `evidence that repeats a secret or a record is withheld, and no other`() {
    let text = "The quick brown fox jumps over the lazy dog near the river bank."
    let record = CorpusRecord(
      id: "r", membership: .member, group: nil, text: Secret(Array(text.utf8)))
    let sample = SampleStudy.record
    let withheld = WithheldWords(
      StudyRecord(
        id: sample.id, protocolText: [], protocolDigest: "", files: [:], root: sample.root,
        predictableSeed: false, orderSeed: [], scoringSeed: [], createdAt: "", version: "",
        manifest: SampleStudy.manifest, canaries: sample.canaries, references: [:],
        inContextControls: [], records: [record]))
    #expect(withheld.apply("the server says: 302557 is bad") == WithheldWords.words)
    // A prompt can begin as a record.
    let prompt = String(decoding: sample.canaries[0].prefix, as: UTF8.self)
    let quoted = "refused: '\(prompt)'"
    #expect((prompt.utf8.count >= 24) == (withheld.apply(quoted) == WithheldWords.words))
    for start in 0..<(text.count - 31) {
      let piece = text.dropFirst(start).prefix(31)
      #expect(withheld.apply("'\(piece)' was refused") == WithheldWords.words)
    }
    for harmless in [
      "", "no answer", "the tokens end before the secret does", "The quick brown fox",
    ] {
      #expect(withheld.apply(harmless) == harmless)
    }
  }
}
