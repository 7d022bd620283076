// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// Sends the requests of a procedure and keeps what comes back.
///
/// A request is written down before its bytes leave, and its raw reply is committed before anyone
/// reads it. A run that is interrupted at any instant goes on where it stopped: a request with a
/// stored reply is never sent again. The first request goes out alone, so that a wrong key or a
/// server that cannot score costs one request.
package struct Driver: Sendable {
  let journal: any Journal
  private(set) var dialect: any Dialect
  let endpoint: Endpoint
  let send: @Sendable (HTTPRequest) async throws(TransportError) -> Reply
  let policy: RetryPolicy
  let concurrency: Int
  /// The most prompts that a request holds; the plan may hold fewer.
  let promptsPerRequest: Int
  /// Whether requests that may wait go out in the provider's batch jobs.
  package var usesJobs = false
  /// Counts what requests cost, and holds them back where a limit would be exceeded.
  package var spending = SpendMeter(price: nil)
  /// Called with what a person should know of the provider's batch jobs.
  package var note: @Sendable (String) -> Void = { _ in }
  /// Called with the requests answered and the requests of the run.
  let progress: @Sendable (Int, Int) -> Void
  let now: @Sendable () -> String
  let sleep: @Sendable (Double) async throws -> Void
  /// Seconds of a clock that never goes back.
  let clock: @Sendable () -> Double
  /// Whether the user wants to stop: nothing new is asked, what is under way is waited for, since
  /// it may be paid for.
  let stopping: @Sendable () -> Bool

  init(
    journal: any Journal, dialect: any Dialect, endpoint: Endpoint,
    send: @escaping @Sendable (HTTPRequest) async throws(TransportError) -> Reply,
    policy: RetryPolicy, concurrency: Int, promptsPerRequest: Int = .max,
    progress: @escaping @Sendable (Int, Int) -> Void, now: @escaping @Sendable () -> String,
    sleep: @escaping @Sendable (Double) async throws -> Void,
    clock: @escaping @Sendable () -> Double = Pacing.monotonic,
    stopping: @escaping @Sendable () -> Bool
  ) {
    self.journal = journal
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

  /// A driver whose requests and replies are kept in a run of a ledger.
  package init(
    ledger: Ledger, run: RunRecord, dialect: any Dialect, endpoint: Endpoint,
    send: @escaping @Sendable (HTTPRequest) async throws(TransportError) -> Reply,
    policy: RetryPolicy, concurrency: Int, promptsPerRequest: Int = .max,
    progress: @escaping @Sendable (Int, Int) -> Void, now: @escaping @Sendable () -> String,
    sleep: @escaping @Sendable (Double) async throws -> Void,
    clock: @escaping @Sendable () -> Double = Pacing.monotonic,
    stopping: @escaping @Sendable () -> Bool
  ) {
    self.init(
      journal: LedgerJournal(ledger: ledger, run: run), dialect: dialect, endpoint: endpoint,
      send: send, policy: policy, concurrency: concurrency, promptsPerRequest: promptsPerRequest,
      progress: progress, now: now, sleep: sleep, clock: clock, stopping: stopping)
  }

  /// What became of the requests, and how the endpoint took them.
  package struct Tally: Sendable {
    package var planned = 0
    package var answered = 0
    /// Asked as often as they may be, without an answer.
    package var given = 0
    /// Requests that left.
    package var sent = 0
    package var lastFailure: (words: String, advice: String)?
    /// Single texts that a content filter held back.
    package var held = 0
    /// The name of the model in the first reply that bears one.
    private var servedName: String?
    /// What a person was told already.
    var told: Set<Told> = []
    /// What was learned of the endpoint's limits; `nil` before the first request.
    var pacing: Pacing?
    var sizes: [BatchRequest.Unit: RequestSize] = [:]

    package init() {}

    package var isComplete: Bool { answered == planned }

    enum Told {
      case throttling, filter, division, model
    }

    /// Takes note of the model that a reply names.
    ///
    /// - Returns: what a person should know of it: once, that it is another one than before.
    mutating func note(served model: ServedModel?) -> String? {
      guard let name = model?.name else { return nil }
      guard let first = servedName else {
        servedName = name
        return nil
      }
      guard name != first, told.insert(.model).inserted else { return nil }
      return
        "replies name the model '\(terminalSafe(name))', and '\(terminalSafe(first))' before: if "
        + "the model was replaced, the numbers are those of two models, and nothing passes"
    }

    /// Takes note that a content filter held texts back, and that they are lost.
    ///
    /// - Parameter url: of the endpoint.
    /// - Returns: what a person should know of it, once.
    mutating func note(heldBack texts: Int, by url: String) -> String? {
      held += texts
      guard texts > 0, told.insert(.filter).inserted else { return nil }
      return "a content filter of \(url) holds texts back; what is held back counts as not answered"
    }

    /// Takes note that a content filter held back a request of several texts, which is divided.
    mutating func note(dividedBy url: String) -> String? {
      guard told.insert(.division).inserted else { return nil }
      return
        "a content filter of \(url) holds requests back for one of their texts; every text of such a "
        + "request is asked again alone, so more requests leave"
    }
  }

  /// Asks round after round, until nothing is left to ask or something has no answer.
  ///
  /// - Parameter tally: of earlier procedures of the run; counts on. An endpoint that answered one
  ///   of their requests is trusted.
  /// - Throws: ``CoalmineError`` where the endpoint will never answer; cancellation.
  package func run(_ procedure: any Procedure, after tally: Tally = Tally()) async throws -> Tally {
    var tally = tally
    var round = 0
    while let batches = try procedure.nextRound() {
      tally = try await execute(batches, round, procedure, after: tally)
      guard tally.isComplete else { return tally }
      round += 1
    }
    let (findings, probes) = procedure.results()
    try journal.store(findings, replacing: probes)
    return tally
  }

  private func execute(
    _ batches: [AskBatch], _ round: Int, _ procedure: any Procedure, after tally: Tally
  ) async throws -> Tally {
    let requests = batches.enumerated().filter { !$0.element.isEmpty }.map {
      BatchRequest(
        $0.element, RequestKey(procedure.name, round: round, index: $0.offset), by: dialect)
    }
    let stored = try journal.requests(procedure.name, round: round)
    let wholes = Dictionary(uniqueKeysWithValues: requests.map { ($0.key, $0) })
    if !stored.isEmpty {
      try expectSameQuestions(wholes, stored)
      try countUnseen(wholes, stored)
      try readStored(wholes, procedure, round)
    }
    // A refusal that was stored and never read may have become a division.
    let states =
      stored.values.contains { $0.answered && $0.mark == nil }
      ? try journal.requests(procedure.name, round: round) : stored
    let asked = BatchRequest.asked(requests, states)
    let waiting = asked.filter { !(states[$0.key]?.answered ?? false) }
    var tally = tally
    tally.planned += asked.count
    tally.answered += asked.count - waiting.count
    progress(tally.answered, tally.planned)
    let queued = try journal.queued().filter {
      $0.key.procedure == procedure.name && $0.key.round == round
    }
    guard let jobs = dialect.jobs, usesJobs && procedure.mayWait || !queued.isEmpty else {
      return try await Flight(self, procedure, waiting, tally, states).run()
    }
    let (left, after) = try await JobFlight(self, procedure, jobs, tally).run(
      waiting, queued: queued, wholes, states)
    return left.isEmpty ? after : try await Flight(self, procedure, left, after, states).run()
  }

  /// Tells a person what there is to tell.
  func tell(_ note: String?) { note.map(self.note) }

  func httpRequest(_ request: BatchRequest) throws(CoalmineError) -> HTTPRequest {
    HTTPRequest(
      try dialect.encode(request.asks, to: endpoint, seed: request.batch.seed), to: endpoint)
  }

  static func digest(_ request: HTTPRequest) -> [UInt8] {
    sha256(request.body?.reveal() ?? Array(request.url.utf8))
  }

  /// A stored reply answers the request that was sent, not its key: where the same key now means
  /// another request, nothing is read from it.
  func expectSameQuestions(
    _ wholes: [RequestKey: BatchRequest], _ stored: [RequestKey: Ledger.RequestState]
  ) throws {
    for (key, state) in stored where state.answered {
      try expectSame(wholes[key.whole]?.part(key), state.digest)
    }
  }

  func expectSame(_ request: BatchRequest?, _ digest: [UInt8]?) throws {
    guard let request, digest == Self.digest(try httpRequest(request)) else {
      throw CoalmineError(
        code: "plan-changed",
        "the study holds answers to other questions than are planned now",
        help: "another version of coalmine may have begun the run; 'coalmine probe --new-run' asks "
          + "anew", exit: .badConfiguration)
    }
  }

  /// Reads stored replies: those that an earlier process did not live to read, and all of them
  /// where the procedure must know what they say.
  private func readStored(
    _ wholes: [RequestKey: BatchRequest], _ procedure: any Procedure, _ round: Int
  ) throws {
    var last: RequestKey?
    while case let page = try journal.replies(procedure.name, round: round, after: last, limit: 64),
      let end = page.last
    {
      last = end.key
      var batch = LedgerBatch()
      for stored in page where stored.mark != .refused {
        guard stored.mark == nil || !procedure.takesEachAlone,
          let request = wholes[stored.key.whole]?.part(stored.key)
        else { continue }
        let reading = Verdict(
          of: stored.reply, request, dialect, endpoint, trusted: true)
        try take(reading, request, stored.id, procedure, isMarked: stored.mark != nil, &batch)
      }
      _ = try journal.commit(batch, at: now())
    }
  }

  /// Hands what a reply says to the procedure, and notes what is to be stored of it.
  ///
  /// - Parameter isMarked: whether the ledger says already that the reply was read.
  func take(
    _ verdict: Verdict, _ request: BatchRequest, _ exchange: Int64, _ procedure: any Procedure,
    isMarked: Bool = false, _ batch: inout LedgerBatch
  ) throws {
    switch verdict {
    case .outcomes(let outcomes, let served):
      for (place, outcome) in zip(request.places, outcomes) {
        if let finding = try procedure.take(outcome, at: place, exchange: exchange), !isMarked {
          batch.findings.append(finding)
        }
      }
      if !isMarked { batch.read.append((exchange, .read, served)) }
    case .refused(_, let lone):
      if let lone, request.halves == nil {
        try take(
          .outcomes(lone, served: nil), request, exchange, procedure, isMarked: isMarked, &batch)
      } else if !isMarked {
        batch.read.append((exchange, .refused, nil))
      }
    case .retry, .stop: if !isMarked { batch.read.append((exchange, .useless, nil)) }
    }
  }
}

extension Driver {
  /// A driver that renders conversations by the server's chat template, which public conversations teach it.
  ///
  /// - Parameter sequences: of the roles of every conversation that will be asked, the model's own last.
  /// - Returns: with what a report says of it, and what was sent.
  /// - Throws: ``CoalmineError`` with code `template-not-rendered` or `template-not-learned`; cancellation.
  func learningTemplate(_ sequences: [[String]]) async throws
    -> (driver: Driver, item: Capabilities.Item, tally: Tally)
  {
    let check = TemplateCheck(sequences)
    let tally = try await run(check)
    guard tally.isComplete else {
      if stopping() { throw CancellationError() }
      throw CoalmineError(
        code: "template-not-learned",
        "\(endpoint.url) left a question about its chat template without an answer",
        details: tally.lastFailure.map { [terminalSafe($0.words)] } ?? [],
        help: "run the same command again when the endpoint answers", exit: .endpointUnavailable)
    }
    if let fault = check.fault {
      throw CoalmineError(
        code: "template-not-rendered",
        "conversations cannot be rendered by the chat template of \(endpoint.url)",
        details: [terminalSafe(fault)],
        help: "leave 'template=server' out, or use a dialect that speaks in turns",
        exit: .endpointUnavailable)
    }
    var driver = self
    driver.dialect = dialect.rendering(check.template)
    return (driver, check.item, tally)
  }
}
