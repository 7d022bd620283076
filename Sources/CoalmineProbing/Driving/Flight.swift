// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineStatistics

/// The requests of one round on their way: what leaves next, and when.
///
/// What a reply means for the others is decided in ``take(_:)`` and the methods it calls.
final class Flight {
  let runner: ProbeRunner
  var tally: ProbeRunner.Tally
  var pacing: Pacing
  var size: RequestSize
  /// Packs that were put off, in front of those that were never asked.
  var ready: [ProbePack] = []
  /// Packs that were never asked, the next one last.
  private var waiting: [ProbePack]
  var packs: [Int: ProbePack] = [:]
  var states: [Int: PackState] = [:]
  /// Requests under way, and packs that wait for their next attempt.
  var active = 0
  var resting = 0
  private var hasTimer = false
  /// Why the run ends: nothing new leaves, and what is under way is waited for.
  private(set) var ending: CoalmineError?
  private var hasDrainTimer = false
  /// Whether the endpoint has given an answer in this run.
  var trusted: Bool
  /// Whether a transport failure came after the last whole reply.
  var needsFreshConnection = false
  /// Single texts in a row that the endpoint refused, not stored as such yet.
  var refusals: [(exchange: Int64, answers: [ReadAnswer], retry: Bool)] = []
  var jitter: ChaCha8Rand

  struct PackState {
    /// Requests sent.
    var attempts = 0
    /// Of these, the ones that count against the attempts of a question.
    var tries = 0
    var ambiguous = 0
  }

  enum Event: Sendable {
    case replied(pack: Int, exchange: Int64, Result<HTTPReply, TransportError>)
    case rested(pack: Int)
    /// A pause may be over.
    case lifted
    /// What is under way has had its time.
    case drained
  }

  init(_ runner: ProbeRunner, _ packs: [ProbePack], _ tally: ProbeRunner.Tally) {
    self.runner = runner
    self.tally = tally
    waiting = packs.reversed()
    pacing = tally.pacing ?? Pacing(runner.policy, concurrency: runner.concurrency)
    size = tally.size ?? RequestSize(most: runner.promptsPerRequest)
    trusted = tally.answered > 0
    jitter = ChaCha8Rand(seed: sha256(Array(runner.now().utf8)))
  }

  /// Sends and waits until nothing is left to ask, or the run ends.
  func run() async throws -> ProbeRunner.Tally {
    try await withThrowingTaskGroup(of: Event.self) { group in
      try launch(LedgerBatch(), &group)
      while mustGoOn, let event = try await group.next() {
        let batch = try take(event, &group)
        if ending != nil, !hasDrainTimer, active > 0 {
          hasDrainTimer = true
          let (runner, seconds) = (runner, runner.policy.drainSeconds)
          group.addTask {
            try? await runner.sleep(seconds)
            return .drained
          }
        }
        try launch(batch, &group)
      }
      group.cancelAll()
    }
    try settleRefusals()
    if let ending { throw ending.noting(stored: tally.answered, in: runner.run) }
    tally.pacing = pacing
    tally.size = size
    return tally
  }

  private var mustGoOn: Bool {
    active > 0 || (ending == nil && (resting > 0 || (hasTimer && !runner.stopping())))
  }

  /// Nothing new leaves any more; the first reason is told.
  func end(_ error: CoalmineError) { ending = ending ?? error }

  var time: Double { runner.clock() }

  /// Asks for another attempt of a pack after so many seconds.
  func rest(_ pack: ProbePack, _ seconds: Double, _ group: inout Group) {
    resting += 1
    let runner = runner
    let number = pack.number
    group.addTask {
      await runner.rest(seconds)
      return .rested(pack: number)
    }
  }

  typealias Group = ThrowingTaskGroup<Event, any Error>

  /// Commits a batch together with the requests that leave now, and sends them.
  private func launch(_ batch: LedgerBatch, _ group: inout Group) throws {
    var batch = batch
    let leaving = next()
    var requests: [HTTPRequest] = []
    for pack in leaving {
      packs[pack.number] = pack
      var request = HTTPRequest(try pack.request(), to: runner.endpoint)
      request.needsFreshConnection = needsFreshConnection
      var state = states[pack.number] ?? PackState()
      state.attempts += 1
      state.tries += 1
      states[pack.number] = state
      batch.departing.append(
        LedgerBatch.Departure(
          pack: pack.number, attempt: state.attempts, digest: ProbeRunner.digest(request),
          asked: pack.asked))
      requests.append(request)
    }
    let ids = try runner.ledger.commit(batch, run: runner.run.number, at: runner.now())
    pacing.left(leaving.count, at: time)
    for ((pack, request), exchange) in zip(zip(leaving, requests), ids) {
      active += 1
      tally.requests += 1
      let (send, number) = (runner.send, pack.number)
      group.addTask {
        do throws(TransportError) {
          return .replied(pack: number, exchange: exchange, .success(try await send(request)))
        } catch {
          return .replied(pack: number, exchange: exchange, .failure(error))
        }
      }
    }
    setTimer(&group)
  }

  /// Free places are filled with what was put off first, then with what is next.
  private func next() -> [ProbePack] {
    guard ending == nil, !runner.stopping() else { return [] }
    var room = pacing.room(active: active, at: time)
    // Until one answer was good, one question is asked at a time, again if need be.
    if !trusted { room = min(room, 1 - active - resting) }
    var leaving: [ProbePack] = []
    while leaving.count < room, let pack = nextPack() { leaving.append(pack) }
    return leaving
  }

  /// Comes back when the pause that holds all requests may be over.
  private func setTimer(_ group: inout Group) {
    let wait = pacing.wait(at: time)
    guard wait > 0, !hasTimer, ending == nil, !(ready.isEmpty && waiting.isEmpty) else { return }
    hasTimer = true
    let runner = runner
    group.addTask {
      await runner.rest(wait)
      return .lifted
    }
  }

  private func nextPack() -> ProbePack? {
    while let pack = ready.isEmpty ? waiting.popLast() : ready.removeFirst() {
      guard pack.prompts > size.limit, let halves = pack.halves?() else { return pack }
      divide(halves)
    }
    return nil
  }

  /// Asks a pack's halves in its place.
  func divide(_ halves: [ProbePack]) {
    ready.insert(contentsOf: halves, at: 0)
    tally.packs += halves.count - 1
  }

  /// What an event means for what leaves next.
  private func take(_ event: Event, _ group: inout Group) throws -> LedgerBatch {
    var batch = LedgerBatch()
    switch event {
    case .lifted:
      try Task.checkCancellation()
      hasTimer = false
    case .rested(let number):
      try Task.checkCancellation()
      resting -= 1
      if let pack = packs[number] { ready.append(pack) }
    case .drained:
      // Whoever has not answered by now is given up.
      if ending != nil { group.cancelAll() }
    case .replied(let number, let exchange, .success(let reply)):
      active -= 1
      let raw = RawReply(
        status: reply.status, headers: reply.headers, body: reply.body,
        elapsedMilliseconds: reply.elapsedMilliseconds
      ).hiding(runner.endpoint.secrets)
      batch.ended.append((exchange, .answered(raw)))
      // Committed here, before it is read; nothing new leaves until it is read.
      _ = try runner.ledger.commit(batch, run: runner.run.number, at: runner.now())
      batch = LedgerBatch()
      guard let pack = packs[number] else { break }
      try read(raw, of: pack, exchange, &group)
    case .replied(let number, let exchange, .failure(let error)):
      active -= 1
      batch.ended.append(
        (
          exchange, error.fate == .ambiguous ? .ambiguous(error.message) : .failed(error.message)
        ))
      if Task.isCancelled {
        _ = try runner.ledger.commit(batch, run: runner.run.number, at: runner.now())
        throw CancellationError()
      }
      if let pack = packs[number] { fail(pack, error, &group) }
    }
    return batch
  }
}

extension ProbeRunner {
  /// Sleeps in short pieces, so that a wish to stop is heard; a cancelled task returns at once.
  func rest(_ seconds: Double) async {
    var left = seconds
    while left > 0, !stopping() {
      do { try await sleep(min(left, 0.5)) } catch { return }
      left -= 0.5
    }
  }
}
