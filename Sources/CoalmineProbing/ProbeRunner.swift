// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// Sends packs and keeps what comes back.
///
/// A request is written to the ledger before its bytes leave, and its raw reply is committed before
/// anyone reads it. A run that is interrupted at any instant goes on where it stopped: a pack with
/// a stored reply is never asked again. The first pack goes out alone, so that a wrong key or a
/// server that cannot score costs one request.
package struct ProbeRunner: Sendable {
  let ledger: Ledger
  let run: RunRecord
  let dialect: any Dialect.Type
  let endpoint: Endpoint
  let send: @Sendable (HTTPRequest) async throws(TransportError) -> HTTPReply
  let policy: RetryPolicy
  let concurrency: Int
  /// The most prompts that a request holds; the plan may hold fewer.
  let promptsPerRequest: Int
  /// Called with the packs answered and the packs of the run.
  let progress: @Sendable (Int, Int) -> Void
  let now: @Sendable () -> String
  let sleep: @Sendable (Double) async throws -> Void
  /// Seconds of a clock that never goes back.
  let clock: @Sendable () -> Double
  /// Whether the user wants to stop: nothing new is asked, what is under way is waited for, since
  /// it may be paid for.
  let stopping: @Sendable () -> Bool

  package init(
    ledger: Ledger, run: RunRecord, dialect: any Dialect.Type, endpoint: Endpoint,
    send: @escaping @Sendable (HTTPRequest) async throws(TransportError) -> HTTPReply,
    policy: RetryPolicy, concurrency: Int, promptsPerRequest: Int = .max,
    progress: @escaping @Sendable (Int, Int) -> Void, now: @escaping @Sendable () -> String,
    sleep: @escaping @Sendable (Double) async throws -> Void,
    clock: @escaping @Sendable () -> Double = Pacing.monotonic,
    stopping: @escaping @Sendable () -> Bool
  ) {
    self.ledger = ledger
    self.run = run
    self.dialect = dialect
    self.endpoint = endpoint
    self.send = send
    self.policy = policy
    self.concurrency = concurrency
    self.promptsPerRequest = promptsPerRequest
    self.progress = progress
    self.now = now
    self.sleep = sleep
    self.clock = clock
    self.stopping = stopping
  }

  /// What became of the packs, and how the endpoint took them.
  package struct Tally: Sendable {
    package var packs = 0
    package var answered = 0
    package var given = 0
    package var requests = 0
    package var lastFailure: String?
    /// What was learned of the endpoint's limits; `nil` before the first request.
    var pacing: Pacing?
    var size: RequestSize?

    package init() {}

    package var isComplete: Bool { answered == packs }
  }

  /// Runs until every pack is answered or given up.
  ///
  /// - Parameters:
  ///   - packs: with rising numbers; those with a stored reply are not asked again.
  ///   - tally: of earlier packs of the run; counts on. An endpoint that answered one of them is
  ///     trusted.
  /// - Throws: ``CoalmineError`` where the endpoint will never answer; cancellation.
  package func execute(_ packs: [ProbePack], after tally: Tally = Tally()) async throws -> Tally {
    guard let first = packs.map(\.number).min(), let last = packs.map(\.number).max() else {
      return tally
    }
    let wholes = Dictionary(uniqueKeysWithValues: packs.map { ($0.number, $0) })
    var stored: [Int: Ledger.PackState] = [:]
    for numbers in [first...last, PackNumber.parts(of: first...last)] {
      try expectSameQuestions(wholes, numbers)
      _ = try ledger.settleInterruptedExchanges(run: run.number, packs: numbers)
      try readStored(wholes, numbers)
      stored.merge(try ledger.packs(run: run.number, among: numbers)) { $1 }
    }
    let asked = Self.asked(packs, stored)
    let waiting = asked.filter { !(stored[$0.number]?.answered ?? false) }
    var tally = tally
    tally.packs += asked.count
    tally.answered += asked.count - waiting.count
    progress(tally.answered, tally.packs)
    let flight = Flight(self, waiting, tally)
    return try await flight.run()
  }

  /// The requests that ask these packs: a pack that was refused, or of which a part is stored, is
  /// asked in halves.
  private static func asked(_ packs: [ProbePack], _ stored: [Int: Ledger.PackState]) -> [ProbePack]
  {
    var split: Set<Int> = []
    for number in stored.keys {
      var number = number
      while let parent = PackNumber.parent(of: number), split.insert(parent).inserted {
        number = parent
      }
    }
    func leaves(_ pack: ProbePack) -> [ProbePack] {
      let state = stored[pack.number]
      let isSplit =
        state?.answered == true ? state?.isRefused == true : split.contains(pack.number)
      guard isSplit, let halves = pack.halves?() else { return [pack] }
      return halves.flatMap(leaves)
    }
    return packs.flatMap(leaves).sorted {
      (PackNumber.whole($0.number), $0.number) < (PackNumber.whole($1.number), $1.number)
    }
  }

  static func digest(_ request: HTTPRequest) -> [UInt8] {
    sha256(request.body?.reveal() ?? Array(request.url.utf8))
  }

  /// The pack or the part of one that has the number.
  private static func pack(_ number: Int, in wholes: [Int: ProbePack]) -> ProbePack? {
    wholes[PackNumber.whole(number)]?.part(number)
  }

  /// A stored reply answers the request that was sent, not its number: where the same number now
  /// means another request, nothing is read from it.
  private func expectSameQuestions(_ packs: [Int: ProbePack], _ numbers: ClosedRange<Int>) throws {
    for (number, state) in try ledger.packs(run: run.number, among: numbers) {
      guard state.answered, let pack = Self.pack(number, in: packs) else { continue }
      guard state.digest == Self.digest(HTTPRequest(try pack.request(), to: endpoint)) else {
        throw CoalmineError(
          code: "plan-changed",
          "run \(run.number) holds answers to other questions than are planned now",
          help:
            "another version of coalmine may have begun it; 'coalmine probe --new-run' asks anew",
          exit: .badConfiguration)
      }
    }
  }

  /// Reads replies that an earlier process stored and did not live to read.
  ///
  /// Steps of a walk that come after these packs wait until their own packs are executed.
  private func readStored(_ packs: [Int: ProbePack], _ numbers: ClosedRange<Int>) throws {
    var last: Int64 = 0
    while case let page = try ledger.unreadExchanges(
      run: run.number, packs: numbers, after: last),
      let end = page.last
    {
      last = end.id
      for exchange in page {
        guard let pack = Self.pack(exchange.pack, in: packs) else { continue }
        let reply = pack.reply(DialectReply(exchange.reply), at: endpoint)
        try store(pack.read(reply), of: pack, exchange: exchange.id)
      }
    }
  }

  /// Stores what a reply says, and that it was read.
  func store(_ reading: PackReading, of pack: ProbePack, exchange: Int64) throws {
    switch reading {
    case .answers(let answers):
      try ledger.store([(exchange, answers, false)], run: run.number)
    case .refused where pack.halves != nil:
      try ledger.storeRefusal(exchange: exchange)
    case .refused(_, let answers):
      try ledger.store([(exchange, answers, false)], run: run.number)
    case .retry, .stop:
      try ledger.store([(exchange, [], true)], run: run.number)
    }
  }
}
