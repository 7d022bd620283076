// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import GRDB
import Testing

@Suite struct `Requests are known by their keys` {
  private let folder: TemporaryFolder
  private let ledger: Ledger
  private let run: Int

  init() throws {
    folder = try TemporaryFolder(in: .memory)
    let (ledger, run) = try SampleStudy.ledger(at: folder.file("study.coalmine"))
    self.ledger = ledger
    self.run = run.number
  }

  private func depart(_ keys: [RequestKey]) throws -> [Int64] {
    var batch = LedgerBatch()
    batch.departing = keys.map { SampleStudy.departure($0) }
    return try ledger.commit(batch, run: run, at: SampleStudy.time)
  }

  private func requests(_ procedure: ProcedureName, _ round: Int) throws
    -> [RequestKey: Ledger.RequestState]
  {
    try ledger.requests(run: run, procedure: procedure, round: round)
  }

  @Test(arguments: ProcedureName.allCases)
  func `every procedure, round and part is kept apart`(_ procedure: ProcedureName) throws {
    var keys: [RequestKey] = []
    for round in [0, 1, 7] {
      for index in [0, 3] {
        let whole = RequestKey(procedure, round: round, index: index)
        let (first, second) = try #require(whole.halves)
        keys += [whole, first, second, try #require(second.halves).1]
      }
    }
    for key in keys { try SampleStudy.exchange(ledger, run: run, key, [UInt8(key.part)]) }
    for round in [0, 1, 7] {
      let ours = keys.filter { $0.round == round }
      #expect(try Set(requests(procedure, round).keys) == Set(ours))
      let replies = try ledger.replies(run: run, procedure: procedure, round: round, limit: .max)
      #expect(replies.map(\.key) == ours.sorted())
    }
    #expect(try requests(procedure, 2).isEmpty)
    for other in ProcedureName.allCases where other != procedure {
      for round in [0, 1, 2, 7] { #expect(try requests(other, round).isEmpty) }
    }
    for key in keys {
      #expect(try ledger.answer(to: key, run: run)?.reply.body == [UInt8(key.part)])
    }
  }

  @Test func `a refused whole counts as answered, and its parts are the answer`() throws {
    let whole = SampleStudy.key(2)
    let (first, second) = try #require(whole.halves)
    let id = try SampleStudy.exchange(ledger, run: run, whole, [1])
    try SampleStudy.read(ledger, run: run, id, .refused)
    try SampleStudy.exchange(ledger, run: run, first, [2])
    _ = try depart([second])
    let states = try requests(.direct, 0)
    #expect(states[whole]?.isRefused == true && states[whole]?.answered == true)
    #expect(states[whole]?.mark == .refused)
    #expect(states[first]?.isRefused == false && states[first]?.answered == true)
    #expect(states[first]?.mark == nil && states[first]?.digest?.count == 32)
    #expect(states[second]?.answered == false && states[second]?.attempts == 1)
    #expect(try ledger.answer(to: whole, run: run) == nil)
    #expect(try ledger.answer(to: first, run: run)?.key == first)
    #expect(try SampleStudy.replies(ledger, run: run).map(\.mark) == [.refused, nil])
    // Read again, it may be found to be refused anew.
    try ledger.forgetObservations(run: run)
    #expect(try requests(.direct, 0)[whole]?.mark == nil)
  }

  @Test func `an interruption is settled for one procedure and round alone`() throws {
    let keys = [
      RequestKey(.check, round: 0, index: 0), RequestKey(.stepwise, round: 0, index: 0),
      RequestKey(.stepwise, round: 1, index: 0), RequestKey(.stepwise, round: 1, index: 1),
    ]
    _ = try depart(keys)
    #expect(try ledger.settleInterruptedExchanges(run: run + 1) == 0)
    #expect(try ledger.settleInterruptedExchanges(run: run, procedure: .stepwise, round: 1) == 2)
    #expect(try ledger.settleInterruptedExchanges(run: run, procedure: .stepwise) == 1)
    #expect(try ledger.settleInterruptedExchanges(run: run, round: 0) == 1)
    #expect(try ledger.costs()[0].ambiguousRequests == 4)
  }

  @Test func `a request in a batch job waits there over the end of the process`() throws {
    let keys = (0..<3).map { SampleStudy.key($0) }
    var leaving = LedgerBatch()
    leaving.departing = zip(keys, ["mark-1", nil, "mark-2"]).map { key, job in
      LedgerBatch.Departure(
        key: key, attempt: 1, digest: [UInt8(key.index)], asked: [], job: job)
    }
    let ids = try ledger.commit(leaving, run: run, at: SampleStudy.time)
    try ledger.rename(job: "mark-1", to: "batch-1", run: run)
    try ledger.rename(job: "mark-2", to: "elsewhere", run: run + 1)
    try ledger.rename(job: "mark-2", to: "batch-2", run: run)
    try ledger.close()
    let next = try Ledger.open(at: folder.file("study.coalmine"))
    #expect(try next.settleInterruptedExchanges(run: run) == 1)
    let queued = try next.queued(run: run)
    #expect(queued.map(\.exchange) == [ids[0], ids[2]])
    #expect(queued.map(\.key) == [keys[0], keys[2]])
    #expect(queued.map(\.job) == ["batch-1", "batch-2"])
    #expect(queued.map(\.digest) == [[0], [2]])
    #expect(try next.queued(run: run + 1).isEmpty)
    var batch = LedgerBatch()
    batch.ended = [(ids[0], .answered(SampleStudy.reply([5]))), (ids[2], .failed("expired"))]
    _ = try next.commit(batch, run: run, at: SampleStudy.time)
    #expect(try next.queued(run: run).isEmpty)
    #expect(try next.answer(to: keys[0], run: run)?.reply.body == [5])
    #expect(try next.costs()[0].failedRequests == 1)
    try next.close()
  }

  @Test func `the models that answered are told, the first one first`() throws {
    let served = [
      ServedModel(name: "m-2", fingerprint: "fp"), ServedModel(name: "m-1", fingerprint: nil),
      ServedModel(name: nil, fingerprint: "fp"), ServedModel(name: "m-2", fingerprint: "fp"),
      ServedModel(name: nil, fingerprint: nil), nil,
    ]
    for (index, model) in served.enumerated() {
      let id = try SampleStudy.exchange(ledger, run: run, index, [1])
      try SampleStudy.read(ledger, run: run, id, served: model)
    }
    let told = try ledger.served(run: run)
    #expect(told.map(\.model) == [served[0], served[1], served[2]].compactMap { $0 })
    #expect(told.map(\.replies) == [2, 1, 1])
    #expect(try ledger.served(run: run + 1).isEmpty)
    try ledger.forgetObservations(run: run)
    #expect(try ledger.served(run: run).isEmpty)
  }

  @Test func `a mark that changes does not write the reply again`() throws {
    var random = SplitMix(7)
    let id = try SampleStudy.exchange(ledger, run: run, 0, random.bytes(400_000))
    _ = try ledger.queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    try SampleStudy.read(
      ledger, run: run, id, served: ServedModel(name: "m", fingerprint: "f"))
    let written = try folder.read("study.coalmine-wal").count
    #expect(written > 0 && written < 40_000, "\(written) bytes in the log")
  }

  @Test func `a run that was only checked asked nothing`() throws {
    try SampleStudy.exchange(ledger, run: run, RequestKey(.check, round: 0, index: 99), [1])
    #expect(try ledger.askedRuns().asked.isEmpty)
    try SampleStudy.exchange(ledger, run: run, RequestKey(.stepwise, round: 0, index: 0), [1])
    let (asked, answered) = try ledger.askedRuns()
    #expect(asked == [run] && answered.isEmpty)
    #expect(try !ledger.isOfEarlierVersion(run: run))
  }
}
