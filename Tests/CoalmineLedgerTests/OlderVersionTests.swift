// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import GRDB
import Testing

@Suite struct `A ledger of an older version is read, and copied into one of today` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private static let studies = Repository.url("Tests/Fixtures/studies")

  /// A copy of a file that an older program wrote, changed by SQL where wanted.
  private func put(_ version: Int, changed sql: String? = nil) throws -> String {
    let path = folder.file("old.coalmine")
    try? FileManager.default.removeItem(atPath: path)
    let bytes = try Data(
      contentsOf: Self.studies.appendingPathComponent("schema-\(version).ledger"))
    try bytes.write(to: URL(fileURLWithPath: path))
    if let sql {
      let other = try DatabaseQueue(path: path)
      try other.write { try $0.execute(sql: sql) }
      try other.close()
    }
    return path
  }

  private func copied(_ old: Ledger) throws -> Ledger {
    let path = folder.file("new.coalmine")
    let new = try Ledger.create(at: path)
    try old.copy(to: new)
    try new.close()
    return try Ledger.open(at: path)
  }

  private func count(_ ledger: Ledger, _ what: String) throws -> Int {
    try ledger.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(what)") ?? 0 }
  }

  @Test(arguments: [1, 2, 3])
  func `with everything that it holds`(_ version: Int) throws {
    let old = try Ledger.open(at: put(version))
    #expect(old.version == version)
    #expect(try old.isSealed() == (version == 3))
    #expect(try old.problems(replies: true).isEmpty)
    #expect(try old.runs().map(\.presentation) == [.plain])
    #expect(try old.isOfEarlierVersion(run: 1))
    #expect(try !old.isOfEarlierVersion(run: 2))
    let study = try old.study()
    #expect(study.canaries.count == 16 && study.inContextControls.count == 8)
    // No turns of records were kept then: they are asked as texts.
    #expect(study.records.allSatisfy { $0.conversation == nil })
    #expect(Set(study.canaries.map(\.repetitions)) == [1, 64])
    #expect(Set(study.canaries.map(\.randomized)) == [true, false])
    let observations = try old.observations(run: 1)
    #expect(observations.values.map(\.count).reduce(0, +) == 148)
    #expect(try old.askedRuns().asked == [1])

    let new = try copied(old)
    #expect(new.version == 5)
    #expect(try new.isSealed() == (version == 3))
    #expect(try new.problems(replies: true).isEmpty)
    let again = try new.study()
    #expect(again.canaries == study.canaries && again.references == study.references)
    #expect(again.inContextControls == study.inContextControls && again.records == study.records)
    #expect(again.manifest == study.manifest && again.files == study.files)
    #expect(try new.runs() == old.runs())
    #expect(try new.training() == old.training())
    #expect(try new.capabilities(run: 1) == old.capabilities(run: 1))
    #expect(
      try new.capabilities(run: 1)?.verified.meets(.scores) == (version == 1 ? nil : true))
    #expect(try new.observations(run: 1) == observations)
    #expect(try new.observationCount(run: 1) == 148)
    #expect(try new.costs()[0].queries == old.costs()[0].queries)
    #expect(try new.costs()[0].bytesReceived == old.costs()[0].bytesReceived)
    #expect(try new.askedRuns().asked == [1])
    #expect(try new.isOfEarlierVersion(run: 1))
    let run = try #require(try new.runs().first)
    #expect(try old.differences(from: new, run: run).isEmpty)
    #expect(try new.differences(from: old, run: run).isEmpty)
    try old.close()
    try new.close()
  }

  @Test func `version 4 with its keys, and nothing by which its models are known`() throws {
    let old = try Ledger.open(at: put(4))
    #expect(old.version == 4)
    #expect(try old.isSealed())
    #expect(try old.problems(replies: true).isEmpty)
    let new = try copied(old)
    #expect(new.version == 5)
    #expect(try new.isSealed())
    #expect(try new.problems(replies: true).isEmpty)
    #expect(try new.runs() == old.runs() && new.runs().count == 2)
    for run in try old.runs() {
      let seen = try #require(try old.capabilities(run: run.number))
      #expect(seen.publicAnswers == nil)
      #expect(try new.capabilities(run: run.number) == seen)
      #expect(try new.observations(run: run.number) == old.observations(run: run.number))
      #expect(try old.differences(from: new, run: run).isEmpty)
      #expect(try !new.isOfEarlierVersion(run: run.number))
      let served = try old.served(run: run.number)
      #expect(served.map(\.model) == [ServedModel(name: "tuned", fingerprint: nil)])
      #expect(try new.served(run: run.number).map(\.replies) == served.map(\.replies))
    }
    try old.close()
    try new.close()
  }

  @Test(arguments: [1, 2, 3])
  func `a row per sample, and a key per request`(_ version: Int) throws {
    let old = try Ledger.open(at: put(version))
    let new = try copied(old)
    let sampled = try old.observations(run: 1)[.sampledExtraction] ?? [:]
    let samples = sampled.values.map { outcome -> Int in
      if case .measured(.completions(let texts)) = outcome { texts.count } else { 1 }
    }.reduce(0, +)
    #expect(sampled.count == 16 && samples == 32)
    #expect(try count(new, "observation WHERE probe = 'sampled-extraction'") == samples)
    #expect(
      try count(new, "observation WHERE probe = 'sampled-extraction' AND sample = 1") == 16)
    let packs = try old.read { try Int.fetchAll($0, sql: "SELECT pack FROM exchange") }
    let requests = try new.requests(run: 1, procedure: .earlier, round: 0)
    #expect(
      Set(requests.keys) == Set(packs.map { RequestKey(.earlier, round: 0, index: $0) }))
    #expect(requests.values.allSatisfy { $0.mark == .read && $0.attempts == 1 })
    #expect(
      try new.replies(run: 1, procedure: .earlier, round: 0, limit: .max).count == packs.count)
    #expect(try new.requests(run: 1, procedure: .earlier, round: 1).isEmpty)
    try old.close()
    try new.close()
  }

  @Test(arguments: [1, 2])
  func `parts of requests keep their whole, and a check's parts are the check's`(_ version: Int)
    throws
  {
    let first = 1 << 40
    let old = try Ledger.open(
      at: put(
        version,
        changed: """
          UPDATE exchange SET pack = \(first + 256 * 70 + 2) WHERE pack = 71;
          UPDATE exchange SET pack = \(first + 256 * 70 + 255) WHERE pack = 72;
          UPDATE exchange SET read = 3 WHERE pack = 70;
          INSERT INTO run (number, role, model, endpoint, dialect, probe_set, probes, opened_at)
            SELECT 2, role, model, endpoint, dialect, probe_set, probes, opened_at FROM run;
          INSERT INTO run (number, role, model, endpoint, dialect, probe_set, probes, opened_at)
            SELECT 3, role, model, endpoint, dialect, probe_set, probes, opened_at FROM run
            WHERE number = 1;
          INSERT INTO exchange (run, pack, attempt, state, request_digest, queries, sent_at)
            SELECT 2, \(first + 256 * 63 + 255), 1, 'failed', request_digest, queries, sent_at
            FROM exchange WHERE id = 1;
          INSERT INTO exchange (run, pack, attempt, state, request_digest, queries, sent_at)
            SELECT 3, \(first + 256 * 64 + 2), 1, 'failed', request_digest, queries, sent_at
            FROM exchange WHERE id = 1;
          """))
    let new = try copied(old)
    let requests = try new.requests(run: 1, procedure: .earlier, round: 0)
    let whole = RequestKey(.earlier, round: 0, index: 70)
    #expect(requests[whole]?.isRefused == true)
    for part in [2, 255] {
      let key = RequestKey(.earlier, round: 0, index: 70, part: part)
      #expect(requests[key]?.answered == true && key.whole == whole)
    }
    #expect(requests[RequestKey(.earlier, round: 0, index: 71)] == nil)
    for ledger in [old, new] {
      #expect(try ledger.askedRuns().asked == [1, 3])
      #expect(try ledger.askedRuns().answered == [1])
    }
    try old.close()
    try new.close()
  }

  @Test(arguments: [1, 2, 3])
  func `and is never written to`(_ version: Int) throws {
    let path = try put(version)
    let before = try folder.read("old.coalmine")
    let old = try Ledger.open(at: path)
    let writing: [() throws -> Void] = [
      { try old.closeRun(1, at: "now") }, { try old.forgetObservations(run: 1) },
      { try old.store([], replacing: [.rankSearch], run: 1) },
      { try old.rename(job: "a", to: "b", run: 1) },
      { _ = try old.requests(run: 1, procedure: .earlier, round: 0) },
      { _ = try old.answer(to: RequestKey(.earlier, round: 0, index: 64), run: 1) },
    ]
    for write in writing { #expect(CoalmineError.thrown(by: write)?.code == "ledger-old") }
    try old.close()
    #expect(try folder.read("old.coalmine") == before)
  }

  @Test func `a copy of a copy is the same`() throws {
    for version in [1, 2, 3] {
      let old = try Ledger.open(at: put(version))
      let first = try old.copyInMemory()
      let second = try first.copyInMemory()
      #expect(try first.isSealed() == second.isSealed())
      for table in ["observation", "exchange", "reply", "run", "canary", "study", "seal"] {
        let rows = try [first, second].map { ledger in
          try ledger.read { try Row.fetchAll($0, sql: "SELECT * FROM \(table) ORDER BY 1, 2") }
        }
        #expect(rows[0] == rows[1] && !rows[0].isEmpty, "\(table) of version \(version)")
      }
      try old.close()
    }
  }

  @Test(arguments: [
    "UPDATE canary SET dose = 2 WHERE role = 'inserted'",
    "UPDATE chain_control SET given = decoy",
    "UPDATE observation SET status = 'failed' WHERE probe = 'greedy-extraction'",
    "DELETE FROM observation WHERE exchange = 40; DELETE FROM exchange WHERE id = 40",
  ])
  func `version 3 has digests, and what was changed is found`(_ sql: String) throws {
    let path = try put(3, changed: sql)
    let error = try #require(CoalmineError.thrown { _ = try Ledger.open(at: path) })
    #expect(error.code == "ledger-altered" && error.exit == .badData)
  }

  @Test func `a reply of version 3 that was changed is found before it is copied`() throws {
    let path = try put(
      3,
      changed: """
        UPDATE exchange SET body = (SELECT body FROM exchange WHERE id = 41) WHERE id = 40
        """)
    // Opening reads no bodies.
    let old = try Ledger.open(at: path)
    let error = try #require(CoalmineError.thrown { _ = try old.copyInMemory() })
    #expect(error.code == "ledger-altered" && error.message.contains("request 40"))
    try old.close()
  }
}
