// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import Foundation
import GRDB
import Testing

@Suite struct `Exchanges are stored raw and first` {
  private let folder: TemporaryFolder
  private let ledger: Ledger
  private let run: Int

  init() throws {
    folder = try TemporaryFolder()
    let (ledger, run) = try SampleStudy.ledger(at: folder.file("study.coalmine"))
    self.ledger = ledger
    self.run = run.number
  }

  private func depart(_ packs: Range<Int>, attempt: Int = 1) throws -> [Int64] {
    var batch = LedgerBatch()
    batch.departing = packs.map { SampleStudy.departure(pack: $0, attempt: attempt) }
    return try ledger.commit(batch, run: run, at: SampleStudy.time)
  }

  private func end(_ id: Int64, _ ending: LedgerBatch.Ending) throws {
    var batch = LedgerBatch()
    batch.ended = [(id, ending)]
    _ = try ledger.commit(batch, run: run, at: SampleStudy.time)
  }

  private func answers(_ text: String) -> [ReadAnswer] {
    [
      ReadAnswer(
        query: SampleStudy.asked[0], queryID: [1],
        outcome: .measured(
          .continuations([Continuation(text: Array(text.utf8), ending: .length)])))
    ]
  }

  @Test(arguments: [
    [UInt8](), [0], Array(#"{"choices":[]}"#.utf8), [UInt8](repeating: 0xFF, count: 100_000),
    (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) },
  ])
  func `any body comes back byte for byte, with what was asked`(_ body: [UInt8]) throws {
    let id = try SampleStudy.exchange(ledger, run: run, pack: 5, body)
    let stored = try #require(try ledger.unreadExchanges(run: run).first)
    #expect(stored.id == id && stored.pack == 5)
    #expect(stored.reply == SampleStudy.reply(body))
    #expect(stored.reply.elapsedMilliseconds == 12.25)
    #expect(stored.asked == SampleStudy.asked)
  }

  @Test func `a body is stored compressed`() throws {
    let body = Array(String(repeating: #"{"token":" the","logprob":-0.5},"#, count: 3_000).utf8)
    try SampleStudy.exchange(ledger, run: run, pack: 0, body)
    let (blob, length) = try ledger.read { db in
      let row = try #require(try Row.fetchOne(db, sql: "SELECT body, body_length FROM exchange"))
      return ([UInt8](row["body"] as Data), row["body_length"] as Int)
    }
    #expect(blob.count < body.count / 20)
    #expect(Deflate.inflate(blob) == body)
    #expect(length == body.count)
  }

  @Test func `a reply is stored before anything is read from it, and reading leaves it there`()
    throws
  {
    let id = try SampleStudy.exchange(ledger, run: run, pack: 0, [1, 2])
    #expect(try ledger.observations(run: run).isEmpty)
    try ledger.store([(id, answers("a"), false)], run: run)
    #expect(try ledger.unreadExchanges(run: run).isEmpty)
    #expect(try ledger.observations(run: run).count == 1)
    // Derived again from the raw reply, with another outcome.
    try ledger.forgetObservations(run: run)
    #expect(try ledger.observations(run: run).isEmpty)
    #expect(try ledger.unreadExchanges(run: run).map(\.reply.body) == [[1, 2]])
    try ledger.store([(id, answers("b"), false)], run: run)
    #expect(
      try ledger.observations(run: run)[.sequenceLikelihood]?[.canary("access-code-0")]
        == answers("b")[0].outcome)
  }

  @Test func `an observation without a stored reply is refused`() throws {
    #expect(failure { try ledger.store([(999, answers("a"), false)], run: run) } != nil)
    #expect(try ledger.observations(run: run).isEmpty)
  }

  @Test func `an answer to a request that never left is refused and not dropped in silence`()
    throws
  {
    let error = try #require(failure { try end(999, .answered(SampleStudy.reply([1]))) })
    #expect(error.code == "exchange-not-open")
    #expect(error.exit == .internalError)
  }

  @Test func `a stored reply is never replaced`() throws {
    let id = try SampleStudy.exchange(ledger, run: run, pack: 0, [1])
    for ending: LedgerBatch.Ending in [
      .answered(SampleStudy.reply([2])), .ambiguous("late"), .failed("late"),
    ] {
      #expect(failure { try end(id, ending) }?.code == "exchange-not-open")
    }
    #expect(try ledger.unreadExchanges(run: run).map(\.reply.body) == [[1]])
  }

  @Test func `an answer for another run is refused`() throws {
    let id = try depart(0..<1)[0]
    let other = try SampleStudy.openRun(ledger, .base)
    var batch = LedgerBatch()
    batch.ended = [(id, .answered(SampleStudy.reply([1])))]
    #expect(
      failure { _ = try ledger.commit(batch, run: other.number, at: "") }?.code
        == "exchange-not-open")
  }

  @Test func `departures get ids in their order, and an empty batch writes nothing`() throws {
    let ids = try depart(0..<50)
    #expect(ids == ids.sorted() && Set(ids).count == 50)
    #expect(try ledger.commit(LedgerBatch(), run: run, at: "").isEmpty)
    #expect(try ledger.packs(run: run).count == 50)
  }

  @Test func `requests that were under way when a process ended are ambiguous`() throws {
    let ids = try depart(0..<3)
    try end(ids[0], .answered(SampleStudy.reply([1])))
    #expect(try ledger.settleInterruptedExchanges(run: run) == 2)
    #expect(try ledger.settleInterruptedExchanges(run: run) == 0)
    #expect(try ledger.costs()[0].ambiguousRequests == 2)
    #expect(try ledger.unreadExchanges(run: run).count == 1)
  }

  @Test func `a reply worth asking again does not count as an answer`() throws {
    let id = try SampleStudy.exchange(ledger, run: run, pack: 4, [1])
    #expect(try ledger.packs(run: run)[4]?.answered == true)
    try ledger.store([(id, [], true)], run: run)
    #expect(try ledger.packs(run: run)[4]?.answered == false)
    _ = try depart(4..<5, attempt: 2)
    let pack = try #require(try ledger.packs(run: run)[4])
    #expect(pack.attempts == 2 && !pack.answered)
    // Reading everything again does not bring it back.
    try ledger.forgetObservations(run: run)
    #expect(try ledger.unreadExchanges(run: run).isEmpty)
  }

  @Test func `unread replies come oldest first, a page at a time`() throws {
    for pack in 0..<10 {
      try SampleStudy.exchange(ledger, run: run, pack: pack, [UInt8(pack)])
    }
    var seen: [Int] = []
    while case let page = try ledger.unreadExchanges(run: run, limit: 3), !page.isEmpty {
      #expect(page.count <= 3)
      seen += page.map(\.pack)
      try ledger.store(page.map { ($0.id, [], false) }, run: run)
    }
    #expect(seen == Array(0..<10))
  }

  @Test func `unread replies can be paged without marking them`() throws {
    let ids = try (0..<7).map {
      try SampleStudy.exchange(ledger, run: run, pack: $0, [UInt8($0)])
    }
    var seen: [Int64] = []
    while case let page = try ledger.unreadExchanges(run: run, after: seen.last ?? 0, limit: 3),
      !page.isEmpty
    { seen += page.map(\.id) }
    #expect(seen == ids)
  }

  @Test func `the answer to a pack is its first useful reply`() throws {
    #expect(try ledger.answer(toPack: 4, run: run)?.id == nil)
    let useless = try SampleStudy.exchange(ledger, run: run, pack: 4, [1])
    try ledger.store([(useless, [], true)], run: run)
    _ = try depart(4..<5, attempt: 2)
    #expect(try ledger.answer(toPack: 4, run: run)?.id == nil)
    let useful = try SampleStudy.exchange(ledger, run: run, pack: 4, [2])
    try SampleStudy.exchange(ledger, run: run, pack: 4, [3])
    try SampleStudy.exchange(ledger, run: run, pack: 5, [4])
    try ledger.store([(useful, answers("a"), false)], run: run)
    let stored = try #require(try ledger.answer(toPack: 4, run: run))
    #expect(stored.id == useful && stored.reply.body == [2] && stored.asked == SampleStudy.asked)
    #expect(try ledger.answer(toPack: 4, run: run + 1)?.id == nil)
  }

  @Test func `a line break in a header cannot make a second header`() throws {
    let id = try depart(0..<1)[0]
    try end(
      id,
      .answered(
        RawReply(
          status: 200, headers: [("a", "1\r\nset-cookie: x"), ("b", "2")], body: [],
          elapsedMilliseconds: 0)))
    let headers = try ledger.unreadExchanges(run: run)[0].reply.headers
    #expect(headers.map(\.name) == ["a", "b"])
    #expect(headers[1].value == "2")
  }

  @Test func `values with quotes and SQL are data`() throws {
    let nasty = "'); DROP TABLE exchange; --\u{1}\"é"
    let opened = try ledger.openRun(
      role: .base, model: nasty, endpoint: nasty, dialect: nasty,
      probeSet: ProbeSet(name: nasty, summary: "", probes: []), at: nasty)
    let read = try #require(try ledger.runs().last)
    #expect(read == opened)
    #expect(read.model.utf8.elementsEqual(nasty.utf8))
  }
}
