// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineStatistics

/// Sends packs and keeps what comes back.
///
/// A request is written to the ledger before its bytes leave, and its raw reply is committed before
/// anyone reads it. A run that is interrupted at any instant goes on where it stopped: a pack with
/// a stored reply is never asked again. The first pack goes out alone, so that a wrong key or a
/// server that cannot score costs one request.
package struct ProbeRunner {
  let ledger: Ledger
  let run: RunRecord
  let dialect: any Dialect.Type
  let endpoint: Endpoint
  let send: @Sendable (HTTPRequest) async throws(TransportError) -> HTTPReply
  let policy: RetryPolicy
  let concurrency: Int
  /// Called with the packs answered and the packs of the run.
  let progress: @Sendable (Int, Int) -> Void
  let now: @Sendable () -> String
  let sleep: @Sendable (Double) async throws -> Void
  /// Whether the user wants to stop: nothing new is asked, what is under way is waited for, since
  /// it may be paid for.
  let stopping: @Sendable () -> Bool

  package init(
    ledger: Ledger, run: RunRecord, dialect: any Dialect.Type, endpoint: Endpoint,
    send: @escaping @Sendable (HTTPRequest) async throws(TransportError) -> HTTPReply,
    policy: RetryPolicy, concurrency: Int, progress: @escaping @Sendable (Int, Int) -> Void,
    now: @escaping @Sendable () -> String, sleep: @escaping @Sendable (Double) async throws -> Void,
    stopping: @escaping @Sendable () -> Bool
  ) {
    self.ledger = ledger
    self.run = run
    self.dialect = dialect
    self.endpoint = endpoint
    self.send = send
    self.policy = policy
    self.concurrency = concurrency
    self.progress = progress
    self.now = now
    self.sleep = sleep
    self.stopping = stopping
  }

  /// What became of the packs.
  package struct Tally: Sendable {
    package var packs = 0
    package var answered = 0
    package var given = 0
    package var requests = 0
    package var lastFailure: String?

    package init() {}

    package var isComplete: Bool { answered == packs }
  }

  private enum Event: Sendable {
    case replied(pack: Int, exchange: Int64, Result<HTTPReply, TransportError>)
    case rested(pack: Int)
  }

  private struct PackState {
    var attempts = 0
    var ambiguous = 0
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
    let packs = Dictionary(uniqueKeysWithValues: packs.map { ($0.number, $0) })
    try expectSameQuestions(packs, first...last)
    _ = try ledger.settleInterruptedExchanges(run: run.number, packs: first...last)
    try readStored(packs, first...last)
    let stored = try ledger.packs(run: run.number, among: first...last)
    var waiting = packs.keys.filter { !(stored[$0]?.answered ?? false) }.sorted(by: >)
    var tally = tally
    tally.packs += packs.count
    tally.answered += packs.count - waiting.count
    progress(tally.answered, tally.packs)
    func pack(_ number: Int) throws(CoalmineError) -> ProbePack {
      guard let pack = packs[number] else { throw Self.unknownPack }
      return pack
    }
    var states: [Int: PackState] = [:]
    var jitter = ChaCha8Rand(seed: sha256(Array(now().utf8)))
    var trusted = tally.answered > 0
    try await withThrowingTaskGroup(of: Event.self) { group in
      var active = 0
      var ready: [Int] = []
      var resting = 0
      func launch(_ batch: LedgerBatch, _ numbers: [Int]) throws {
        var batch = batch
        var requests: [HTTPRequest] = []
        for number in numbers {
          let pack = try pack(number)
          let request = HTTPRequest(try pack.request(), to: endpoint)
          states[number, default: PackState()].attempts += 1
          batch.departing.append(
            LedgerBatch.Departure(
              pack: number, attempt: states[number, default: PackState()].attempts,
              digest: Self.digest(request),
              asked: pack.asked))
          requests.append(request)
        }
        let ids = try ledger.commit(batch, run: run.number, at: now())
        for (index, number) in numbers.enumerated() {
          let request = requests[index]
          let exchange = ids[index]
          active += 1
          tally.requests += 1
          let send = self.send
          group.addTask {
            do throws(TransportError) {
              let reply = try await send(request)
              return .replied(pack: number, exchange: exchange, .success(reply))
            } catch {
              return .replied(pack: number, exchange: exchange, .failure(error))
            }
          }
        }
      }
      /// Free places are filled with what was put off first, then with what is next.
      func next() -> [Int] {
        var numbers: [Int] = []
        if stopping() { return numbers }
        // Until one answer was good, one question is asked at a time, again if need be.
        let limit = trusted ? concurrency : 1 - resting
        while active + numbers.count < limit {
          if !ready.isEmpty {
            numbers.append(ready.removeFirst())
          } else if let number = waiting.popLast() {
            numbers.append(number)
          } else {
            break
          }
        }
        return numbers
      }
      func retry(
        _ pack: Int, _ failure: RetryPolicy.Failure, _ reason: String, _ advice: String
      ) throws {
        let state = states[pack, default: PackState()]
        tally.lastFailure = reason
        guard
          let seconds = policy.wait(
            after: state.attempts, ambiguous: state.ambiguous, failure: failure,
            draw: jitter.unitInterval())
        else {
          tally.given += 1
          // An endpoint that never gave one good answer is not asked the next question.
          guard trusted || stopping() else {
            group.cancelAll()
            throw unusable(reason, advice)
          }
          return
        }
        resting += 1
        let rest = self.rest
        group.addTask {
          try await rest(seconds)
          return .rested(pack: pack)
        }
      }

      try launch(LedgerBatch(), next())
      while active > 0 || resting > 0, let event = try await group.next() {
        var batch = LedgerBatch()
        switch event {
        case .rested(let pack):
          resting -= 1
          ready.append(pack)
        case .replied(let number, let exchange, .success(let reply)):
          active -= 1
          let raw = RawReply(
            status: reply.status, headers: reply.headers, body: reply.body,
            elapsedMilliseconds: reply.elapsedMilliseconds
          ).hiding(endpoint.key?.reveal())
          batch.ended.append((exchange, .answered(raw)))
          // Committed here, before it is read; nothing new leaves until it is read.
          _ = try ledger.commit(batch, run: run.number, at: now())
          batch = LedgerBatch()
          let answered = try pack(number)
          let reading = answered.read(answered.reply(DialectReply(raw), at: endpoint))
          try store(reading, exchange: exchange)
          switch reading {
          case .answers:
            trusted = true
            tally.answered += 1
            progress(tally.answered, tally.packs)
          case .retry(let reason):
            try retry(
              number, .refused(headers: reply.headers), reason.evidence,
              FailureAdvice.after(
                reason, headers: reply.headers, policy: policy, dialect: dialect.slug))
          case .stop(let error):
            group.cancelAll()
            throw error.noting(stored: tally.answered, in: run)
          }
        case .replied(let pack, let exchange, .failure(let error)):
          active -= 1
          if error.fate == .ambiguous {
            states[pack, default: PackState()].ambiguous += 1
            batch.ended.append((exchange, .ambiguous(error.message)))
          } else {
            batch.ended.append((exchange, .failed(error.message)))
          }
          if Task.isCancelled {
            _ = try ledger.commit(batch, run: run.number, at: now())
            throw CancellationError()
          }
          if let fatal = CoalmineError(
            fatal: error, at: endpoint, trusted: trusted, attempts: states[pack]?.attempts ?? 1)
          {
            _ = try ledger.commit(batch, run: run.number, at: now())
            group.cancelAll()
            throw fatal.noting(stored: tally.answered, in: run)
          }
          try retry(
            pack, .transport(error.fate), error.message, FailureAdvice.after(error))
        }
        try launch(batch, next())
      }
    }
    return tally
  }

  private static func digest(_ request: HTTPRequest) -> [UInt8] {
    sha256(request.body?.reveal() ?? Array(request.url.utf8))
  }

  /// A stored reply answers the request that was sent, not its number: where the same number now
  /// means another request, nothing is read from it.
  private func expectSameQuestions(_ packs: [Int: ProbePack], _ numbers: ClosedRange<Int>) throws {
    for (number, state) in try ledger.packs(run: run.number, among: numbers) {
      guard state.answered, let pack = packs[number] else { continue }
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

  /// Sleeps in short pieces, so that a wish to stop is heard.
  private func rest(_ seconds: Double) async throws {
    var left = seconds
    while left > 0, !stopping() {
      try await sleep(min(left, 0.5))
      left -= 0.5
    }
  }

  private func unusable(_ reason: String, _ advice: String) -> CoalmineError {
    CoalmineError(
      code: "endpoint-unusable", "\(endpoint.url) gave no usable answer to the first question",
      details: [terminalSafe(reason)],
      help: "\(advice); nothing else was asked",
      exit: .endpointUnavailable)
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
        guard let pack = packs[exchange.pack] else { continue }
        let reply = pack.reply(DialectReply(exchange.reply), at: endpoint)
        try store(pack.read(reply), exchange: exchange.id)
      }
    }
  }

  private static let unknownPack = CoalmineError(
    code: "ledger-damaged", "the ledger holds a reply to a question it does not ask",
    exit: .badData)

  private func store(_ reading: PackReading, exchange: Int64) throws {
    switch reading {
    case .answers(let answers):
      try ledger.store([(exchange, answers, false)], run: run.number)
    case .retry, .stop:
      try ledger.store([(exchange, [], true)], run: run.number)
    }
  }
}
