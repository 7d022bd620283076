// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineStatistics

/// The requests of one round on their way: what leaves next, and when.
///
/// Replies that arrive together are committed together, with what the replies before them said and
/// with the requests that leave in their place. What a reply means for the others is decided in the
/// methods of the extension, when it is stored.
final class Flight {
  let driver: Driver
  let procedure: any Procedure
  var tally: Driver.Tally
  var pacing: Pacing
  /// Requests that were put off, in front of those that were never asked.
  var ready: [BatchRequest] = []
  /// Requests that were never asked, the next one last.
  private var waiting: [BatchRequest]
  /// How many of them hold so many prompts or samples.
  private var waitingSizes: [Size: Int] = [:]
  var requests: [RequestKey: BatchRequest] = [:]
  var states: [RequestKey: Attempts] = [:]
  /// Requests under way, and those that wait for their next attempt.
  var active = 0
  var resting = 0
  var hasTimer = false
  /// Why the run ends: nothing new leaves, and what is under way is waited for.
  private(set) var ending: CoalmineError?
  private var hasDrainTimer = false
  /// Whether the endpoint has given an answer in this run.
  var trusted: Bool
  /// Whether a transport failure came after the last whole reply.
  var needsFreshConnection = false
  var suspects = Suspects()
  /// Questions that an earlier reply left without any text.
  let uselessBefore: Set<RequestKey>
  /// Questions whose replies were of no use since the last answer.
  var useless: Set<RequestKey> = []
  var jitter: ChaCha8Rand
  /// What is to be committed next.
  var pending = LedgerBatch()
  let events = EventQueue<Event>()

  struct Attempts {
    /// Requests sent.
    var all = 0
    /// Of these, the ones that count against the attempts of a question.
    var tries = 0
    var ambiguous = 0
    /// When the last of them left.
    var leftAt: Double?
  }

  private struct Size: Hashable {
    let unit: BatchRequest.Unit
    let asks: Int
  }

  enum Event: Sendable {
    case replied(RequestKey, exchange: Int64, Result<Reply, TransportError>)
    case rested(RequestKey)
    /// A pause may be over.
    case lifted
    /// What is under way has had its time.
    case drained
  }

  init(
    _ driver: Driver, _ procedure: any Procedure, _ requests: [BatchRequest],
    _ tally: Driver.Tally, _ stored: [RequestKey: Ledger.RequestState] = [:]
  ) {
    uselessBefore = Set(stored.filter { $0.value.useless > 0 }.keys)
    self.driver = driver
    self.procedure = procedure
    self.tally = tally
    waiting = requests.reversed()
    for request in requests {
      waitingSizes[Size(unit: request.unit, asks: request.count), default: 0] += 1
    }
    pacing = tally.pacing ?? Pacing(driver.policy, concurrency: driver.concurrency)
    if self.tally.sizes.isEmpty {
      self.tally.sizes = [
        .prompts: RequestSize(most: driver.promptsPerRequest), .samples: RequestSize(),
      ]
    }
    trusted = tally.answered > 0
    jitter = ChaCha8Rand(seed: sha256(Array(driver.now().utf8)))
  }

  /// Sends and waits until nothing is left to ask, or the run ends.
  func run() async throws -> Driver.Tally {
    try await withThrowingDiscardingTaskGroup { group in
      try launch(&group)
      while mustGoOn {
        let arrived = await events.next()
        // Whoever ends this task wants no other request, and what has come must be stored.
        if Task.isCancelled { try await abandon(arrived) }
        try take(arrived, &group)
        if ending != nil, !hasDrainTimer, active > 0 {
          hasDrainTimer = true
          let (driver, events) = (driver, events)
          group.addTask {
            try? await driver.sleep(driver.policy.drainSeconds)
            events.push(.drained)
          }
        }
        try launch(&group)
      }
      group.cancelAll()
    }
    try settleSuspects()
    _ = try driver.journal.commit(pending, at: driver.now())
    if let ending { throw driver.journal.noting(ending, stored: tally.answered) }
    tally.pacing = pacing
    return tally
  }

  private var mustGoOn: Bool {
    active > 0 || (ending == nil && (resting > 0 || (hasTimer && !driver.stopping())))
  }

  /// Nothing new leaves any more; the first reason is told.
  func end(_ error: CoalmineError) { ending = ending ?? error }

  var time: Double { driver.clock() }

  typealias Group = ThrowingDiscardingTaskGroup<any Error>

  /// Asks for another attempt of a request after so many seconds.
  func rest(_ request: BatchRequest, _ seconds: Double, _ group: inout Group) {
    resting += 1
    let (driver, events, key) = (driver, events, request.key)
    group.addTask {
      await driver.rest(seconds)
      events.push(.rested(key))
    }
  }

  /// Commits what is pending together with the requests that leave now, and sends them.
  func launch(_ group: inout Group) throws {
    let leaving = try next()
    var posts: [HTTPRequest] = []
    for (request, encoded) in leaving {
      requests[request.key] = request
      var post = encoded
      post.needsFreshConnection = needsFreshConnection
      var state = states[request.key] ?? Attempts()
      state.all += 1
      state.tries += 1
      state.leftAt = time
      states[request.key] = state
      pending.departing.append(
        LedgerBatch.Departure(
          key: request.key, attempt: state.all, digest: Driver.digest(post),
          asked: request.batch.questions))
      posts.append(post)
    }
    // What was read can wait for the next commit: the reply that says it is stored.
    guard !leaving.isEmpty || !pending.ended.isEmpty else { return setTimer(&group) }
    let ids = try driver.journal.commit(pending, at: driver.now())
    pending = LedgerBatch()
    pacing.left(leaving.count, at: time)
    for ((leaving, post), exchange) in zip(zip(leaving, posts), ids) {
      active += 1
      tally.sent += 1
      let (send, events, key) = (driver.send, events, leaving.request.key)
      group.addTask {
        do throws(TransportError) {
          events.push(.replied(key, exchange: exchange, .success(try await send(post))))
        } catch {
          events.push(.replied(key, exchange: exchange, .failure(error)))
        }
      }
    }
    setTimer(&group)
  }

  /// Free places are filled with what was put off first, then with what is next.
  private func next() throws -> [(request: BatchRequest, post: HTTPRequest)] {
    guard ending == nil, !driver.stopping() else { return [] }
    var room = pacing.room(active: active, at: time)
    // Until one answer was good, one question is asked at a time, again if need be.
    if !trusted { room = min(room, 1 - active - resting) }
    var leaving: [(request: BatchRequest, post: HTTPRequest)] = []
    while leaving.count < room, let request = nextRequest()?.spelled {
      let post = try driver.httpRequest(request)
      guard driver.mayAfford(request, post) else {
        // What is under way may turn out cheaper than its bound.
        if active == 0, leaving.isEmpty { end(driver.costCapReached) }
        ready.insert(request, at: 0)
        break
      }
      leaving.append((request, post))
    }
    return leaving
  }

  /// Comes back when the pause that holds all requests may be over.
  private func setTimer(_ group: inout Group) {
    let wait = pacing.wait(at: time)
    // A wait that ended since the places were counted leaves nothing that would wake this up.
    guard wait > 0 || active + resting == 0, !hasTimer, ending == nil,
      !(ready.isEmpty && waiting.isEmpty)
    else { return }
    hasTimer = true
    let (driver, events) = (driver, events)
    group.addTask {
      await driver.rest(wait)
      events.push(.lifted)
    }
  }

  private func nextRequest() -> BatchRequest? {
    while let request = ready.isEmpty ? popWaiting() : ready.removeFirst() {
      guard request.count > size(request).limit, let halves = request.halves else {
        return request
      }
      divide(halves)
    }
    return nil
  }

  private func popWaiting() -> BatchRequest? {
    guard let request = waiting.popLast() else { return nil }
    waitingSizes[Size(unit: request.unit, asks: request.count), default: 1] -= 1
    return request
  }

  /// The requests of the run as far as they are known: those that wait count as they will be
  /// divided, by what was learned of their size.
  var expected: Int {
    func further(_ unit: BatchRequest.Unit, _ asks: Int) -> Int {
      RequestSize.requests(asks, tally.sizes[unit]?.limit ?? .max) - 1
    }
    return waitingSizes.reduce(tally.planned) { $0 + $1.value * further($1.key.unit, $1.key.asks) }
      + ready.reduce(0) { $0 + further($1.unit, $1.count) }
  }

  /// What was learned of the size that a request of this kind may have.
  func size(_ request: BatchRequest) -> RequestSize {
    tally.sizes[request.unit] ?? RequestSize()
  }

  /// Asks a request's halves in its place.
  func divide(_ halves: [BatchRequest]) {
    ready.insert(contentsOf: halves, at: 0)
    tally.planned += halves.count - 1
  }

  /// Leaves out the parts of a whole that were not asked; returns them.
  func drop(partsOf whole: RequestKey) -> [BatchRequest] {
    let dropped = (ready + waiting).filter { $0.key.whole == whole }
    ready.removeAll { $0.key.whole == whole }
    for request in waiting where request.key.whole == whole {
      waitingSizes[Size(unit: request.unit, asks: request.count), default: 1] -= 1
    }
    waiting.removeAll { $0.key.whole == whole }
    tally.planned -= dropped.count
    return dropped
  }
}

extension Driver {
  /// Sleeps in short pieces, so that a wish to stop is heard; a cancelled task returns at once.
  func rest(_ seconds: Double) async {
    var left = seconds
    while left > 0, !stopping() {
      do { try await sleep(min(left, 0.5)) } catch { return }
      left -= 0.5
    }
  }
}
