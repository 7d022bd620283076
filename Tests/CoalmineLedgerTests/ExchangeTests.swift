// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import GRDB
import Testing

@Suite struct `Exchanges are stored raw and first` {
  private let folder: TemporaryFolder
  private let ledger: Ledger
  private let run: Int

  init() throws {
    folder = try TemporaryFolder(in: .memory)
    let (ledger, run) = try SampleStudy.ledger(at: folder.file("study.coalmine"))
    self.ledger = ledger
    self.run = run.number
  }

  private func depart(_ indices: Range<Int>, attempt: Int = 1) throws -> [Int64] {
    var batch = LedgerBatch()
    batch.departing = indices.map { SampleStudy.departure($0, attempt: attempt) }
    return try ledger.commit(batch, run: run, at: SampleStudy.time)
  }

  private func end(_ id: Int64, _ ending: LedgerBatch.Ending) throws {
    var batch = LedgerBatch()
    batch.ended = [(id, ending)]
    _ = try ledger.commit(batch, run: run, at: SampleStudy.time)
  }

  private func state(_ index: Int) throws -> Ledger.RequestState? {
    try ledger.requests(run: run, procedure: .direct, round: 0)[SampleStudy.key(index)]
  }

  private func replies() throws -> [StoredExchange] { try SampleStudy.replies(ledger, run: run) }

  private func written(_ text: String) -> (Question, Outcome<Observation>) {
    (
      SampleStudy.asked[0],
      .measured(.completions([Completion(text: Array(text.utf8), ending: .length)]))
    )
  }

  @Test(arguments: [
    [UInt8](), [0], Array(#"{"choices":[]}"#.utf8), [UInt8](repeating: 0xFF, count: 100_000),
    (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) },
  ])
  func `any body comes back byte for byte, with what was asked`(_ body: [UInt8]) throws {
    let id = try SampleStudy.exchange(ledger, run: run, 5, body)
    let stored = try #require(try replies().first)
    #expect(stored.id == id && stored.key == SampleStudy.key(5) && stored.mark == nil)
    #expect(stored.reply == SampleStudy.reply(body))
    #expect(stored.reply.elapsedMilliseconds == 12.25)
    #expect(stored.asked == SampleStudy.asked)
  }

  @Test func `a body is stored compressed`() throws {
    let body = Array(String(repeating: #"{"token":" the","logprob":-0.5},"#, count: 3_000).utf8)
    try SampleStudy.exchange(ledger, run: run, 0, body)
    let (blob, length) = try ledger.read { db in
      let row = try #require(
        try Row.fetchOne(
          db,
          sql: """
            SELECT reply.body, body_length FROM reply JOIN exchange ON exchange.id = reply.exchange
            """))
      return ([UInt8](row["body"] as Data), row["body_length"] as Int)
    }
    #expect(blob.count < body.count / 20)
    #expect(Zstandard.decompress(blob) == body)
    #expect(length == body.count)
  }

  @Test func `a reply is stored before anything is read from it, and reading leaves it there`()
    throws
  {
    let id = try SampleStudy.exchange(ledger, run: run, 0, [1, 2])
    #expect(try ledger.observations(run: run).isEmpty)
    try SampleStudy.read(ledger, run: run, id, .read, [written("a")])
    #expect(try replies().map(\.mark) == [.read])
    #expect(try ledger.observations(run: run).count == 1)
    // Derived again from the raw reply, with another outcome.
    try ledger.forgetObservations(run: run)
    #expect(try ledger.observations(run: run).isEmpty)
    #expect(try replies().map(\.mark) == [nil])
    #expect(try replies().map(\.reply.body) == [[1, 2]])
    try SampleStudy.read(ledger, run: run, id, .read, [written("b")])
    #expect(
      try ledger.observations(run: run)[.sequenceLikelihood]?[.canary("access-code-0")]
        == written("b").1)
  }

  @Test func `a reply, what it says and the next request are one commit`() throws {
    let id = try depart(0..<1)[0]
    var batch = LedgerBatch()
    batch.ended = [(id, .answered(SampleStudy.reply([1])))]
    batch.read = [(id, .read, nil)]
    batch.findings = [SampleStudy.finding(id, written("a").0, written("a").1)]
    batch.departing = [SampleStudy.departure(1)]
    #expect(try ledger.commit(batch, run: run, at: SampleStudy.time) == [id + 1])
    #expect(try replies().map(\.mark) == [.read])
    #expect(try ledger.observations(run: run)[.sequenceLikelihood]?.count == 1)
    #expect(try state(1)?.attempts == 1)
    // The second of these ended already: nothing of the batch is stored.
    var wrong = LedgerBatch()
    wrong.ended = [(id + 1, .answered(SampleStudy.reply([2]))), (id, .failed("late"))]
    wrong.departing = [SampleStudy.departure(2)]
    #expect(
      CoalmineError.thrown { _ = try ledger.commit(wrong, run: run, at: "") }?.code
        == "exchange-not-open")
    #expect(try replies().count == 1)
    #expect(try state(2) == nil)
  }

  @Test func `an observation without a stored reply is refused`() throws {
    let waiting = try depart(0..<1)[0]
    let elsewhere = try SampleStudy.openRun(ledger, .base).number
    let other = try SampleStudy.exchange(ledger, run: elsewhere, 0, [1])
    for exchange in [999, waiting, other] {
      var batch = LedgerBatch()
      batch.findings = [SampleStudy.finding(exchange, written("a").0, written("a").1)]
      #expect(
        CoalmineError.thrown { _ = try ledger.commit(batch, run: run, at: "") }?.code
          == "exchange-not-answered")
      batch = LedgerBatch()
      batch.read = [(exchange, .read, nil)]
      #expect(
        CoalmineError.thrown { _ = try ledger.commit(batch, run: run, at: "") }?.code
          == "exchange-not-answered")
    }
    #expect(try ledger.observations(run: run).isEmpty)
  }

  @Test func `an answer to a request that never left is refused and not dropped in silence`()
    throws
  {
    let error = try #require(
      CoalmineError.thrown { try end(999, .answered(SampleStudy.reply([1]))) })
    #expect(error.code == "exchange-not-open")
    #expect(error.exit == .internalError)
  }

  @Test func `a stored reply is never replaced`() throws {
    let id = try SampleStudy.exchange(ledger, run: run, 0, [1])
    for ending: LedgerBatch.Ending in [
      .answered(SampleStudy.reply([2])), .ambiguous("late"), .failed("late"),
    ] {
      #expect(CoalmineError.thrown { try end(id, ending) }?.code == "exchange-not-open")
    }
    #expect(try replies().map(\.reply.body) == [[1]])
  }

  @Test func `an answer for another run is refused`() throws {
    let id = try depart(0..<1)[0]
    let other = try SampleStudy.openRun(ledger, .base)
    var batch = LedgerBatch()
    batch.ended = [(id, .answered(SampleStudy.reply([1])))]
    #expect(
      CoalmineError.thrown { _ = try ledger.commit(batch, run: other.number, at: "") }?.code
        == "exchange-not-open")
  }

  @Test func `departures get ids in their order, and an empty batch writes nothing`() throws {
    let ids = try depart(0..<50)
    #expect(ids == ids.sorted() && Set(ids).count == 50)
    #expect(try ledger.commit(LedgerBatch(), run: run, at: "").isEmpty)
    #expect(try ledger.requests(run: run, procedure: .direct, round: 0).count == 50)
  }

  @Test func `requests that were under way when a process ended are ambiguous`() throws {
    let ids = try depart(0..<3)
    try end(ids[0], .answered(SampleStudy.reply([1])))
    #expect(try ledger.settleInterruptedExchanges(run: run) == 2)
    #expect(try ledger.settleInterruptedExchanges(run: run) == 0)
    #expect(try ledger.costs()[0].ambiguousRequests == 2)
    #expect(try replies().count == 1)
  }

  @Test func `a reply worth asking again does not count as an answer`() throws {
    let id = try SampleStudy.exchange(ledger, run: run, 4, [1])
    #expect(try state(4)?.answered == true)
    try SampleStudy.read(ledger, run: run, id, .useless)
    #expect(try state(4)?.answered == false)
    _ = try depart(4..<5, attempt: 2)
    let request = try #require(try state(4))
    #expect(request.attempts == 2 && !request.answered && request.digest == nil)
    // Reading everything again does not bring it back.
    try ledger.forgetObservations(run: run)
    #expect(try replies().isEmpty)
    #expect(try state(4)?.answered == false)
  }

  @Test func `replies come in the order of their keys, a page at a time, one per key`() throws {
    // Not in the order in which they arrive.
    for index in [7, 2, 9, 0, 4, 1] {
      try SampleStudy.exchange(ledger, run: run, index, [UInt8(index)])
    }
    for part in [3, 2] {
      try SampleStudy.exchange(ledger, run: run, SampleStudy.key(2, part: part), [20 + UInt8(part)])
    }
    try SampleStudy.exchange(ledger, run: run, 4, [99])
    try SampleStudy.exchange(ledger, run: run, RequestKey(.check, round: 0, index: 3), [98])
    try SampleStudy.exchange(ledger, run: run, RequestKey(.direct, round: 1, index: 3), [97])
    for limit in [1, 2, 3, 8, 100] {
      var seen: [StoredExchange] = []
      while case let page = try ledger.replies(
        run: run, procedure: .direct, round: 0, after: seen.last?.key, limit: limit), !page.isEmpty
      {
        #expect(page.count <= limit)
        seen += page
      }
      #expect(seen.map(\.reply.body) == [[0], [1], [2], [22], [23], [4], [7], [9]])
      #expect(seen.map(\.key) == seen.map(\.key).sorted())
    }
  }

  @Test func `the answer to a request is its first useful reply`() throws {
    let key = SampleStudy.key(4)
    #expect(try ledger.answer(to: key, run: run) == nil)
    let useless = try SampleStudy.exchange(ledger, run: run, 4, [1])
    try SampleStudy.read(ledger, run: run, useless, .useless)
    _ = try depart(4..<5, attempt: 2)
    #expect(try ledger.answer(to: key, run: run) == nil)
    let useful = try SampleStudy.exchange(ledger, run: run, 4, [2])
    try SampleStudy.exchange(ledger, run: run, 4, [3])
    try SampleStudy.exchange(ledger, run: run, 5, [4])
    try SampleStudy.read(ledger, run: run, useful, .read, [written("a")])
    let stored = try #require(try ledger.answer(to: key, run: run))
    #expect(stored.id == useful && stored.reply.body == [2] && stored.asked == SampleStudy.asked)
    #expect(stored.mark == .read)
    #expect(try state(4)?.mark == .read)
    #expect(try replies().map(\.reply.body) == [[2], [4]])
    #expect(try ledger.answer(to: key, run: run + 1) == nil)
  }

  @Test func `a line break in a header cannot make a second header`() throws {
    let id = try depart(0..<1)[0]
    try end(
      id,
      .answered(
        Reply(status: 200, headers: [("a", "1\r\nset-cookie: x"), ("b", "2")], body: [])))
    let headers = try replies()[0].reply.headers
    #expect(headers.map(\.name) == ["a", "b"])
    #expect(headers[1].value == "2")
  }

  @Test func `values with quotes and SQL are data`() throws {
    let nasty = "'); DROP TABLE exchange; --\u{1}\"é"
    let opened = try ledger.openRun(
      role: .base, model: nasty, endpoint: nasty, dialect: nasty, presentation: .chat,
      probeSet: ProbeSet(name: nasty, summary: "", probes: []), at: nasty)
    let read = try #require(try ledger.runs().last)
    #expect(read == opened)
    #expect(read.model.utf8.elementsEqual(nasty.utf8))
    #expect(read.presentation == .chat)
  }
}
