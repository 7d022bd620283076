// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// The requests of one round in batch jobs of the provider.
///
/// ```
/// 'planned' ─► file ─► 'submitted' with its name ─► job ─► the job's name ─► looked at ─► answers ─► read
/// ```
///
/// What is written before each step makes it safe to end at any instant: a job whose name was not
/// stored is found by its mark or its file. What a job that ended left without an answer is asked in
/// one more job only where the job's time was over; else a person decides, by the same command.
final class JobFlight {
  private let driver: Driver
  private let procedure: any Procedure
  private let provider: JobProvider
  private var tally: Driver.Tally
  /// Requests that go out with the next job.
  private var ready: [BatchRequest] = []
  private var attempts: [RequestKey: Int] = [:]
  /// Requests that wait, by job and by the number of their exchange.
  private var open: [String: [Int64: BatchRequest]] = [:]
  /// Answers of jobs that have not ended, as the provider counts them.
  private var underWay: [String: Int] = [:]
  /// The provider's last word about each job.
  private var statuses: [String: String] = [:]
  /// Why the run ends, when all that has come is stored.
  private var ending: CoalmineError?

  init(
    _ driver: Driver, _ procedure: any Procedure, _ jobs: any BatchJobs, _ tally: Driver.Tally
  ) {
    self.driver = driver
    self.procedure = procedure
    self.tally = tally
    provider = JobProvider(jobs: jobs, driver: driver)
  }

  /// What a request's name in a job's file is.
  private static func name(_ exchange: Int64) -> String { "request-\(exchange)" }

  /// Submits what waits, looks at the jobs until they have ended, and reads their answers.
  ///
  /// - Parameters:
  ///   - waiting: the requests of the round without an answer.
  ///   - queued: those of them that an earlier process submitted, or was about to submit.
  /// - Returns: the requests that are to be asked by themselves: all that are not queued, where
  ///   the run does not use jobs.
  /// - Throws: ``CoalmineError`` where the provider will never do it; `CancellationError` where the
  ///   user wants to stop. The same command goes on then.
  func run(
    _ waiting: [BatchRequest], queued: [Ledger.QueuedRequest],
    _ wholes: [RequestKey: BatchRequest], _ states: [RequestKey: Ledger.RequestState]
  ) async throws -> (left: [BatchRequest], Driver.Tally) {
    // Nothing is looked at and nothing leaves any more.
    guard !driver.stopping() else { return ([], tally) }
    attempts = states.mapValues(\.attempts)
    for request in queued {
      let asked = wholes[request.key.whole]?.part(request.key)
      try driver.expectSame(asked, request.digest)
      open[request.job, default: [:]][request.exchange] = asked
    }
    let known = Set(queued.map(\.key))
    let others = waiting.filter { !known.contains($0.key) }
    if driver.usesJobs { ready = others.flatMap(fitting) }
    do {
      try await findUnnamed()
      try await work()
    } catch let error as CoalmineError {
      throw driver.journal.noting(error, stored: tally.answered)
    }
    return (driver.usesJobs ? [] : others + ready, tally)
  }

  /// The request, or its parts where it holds more prompts than the user allows.
  private func fitting(_ request: BatchRequest) -> [BatchRequest] {
    guard request.unit == .prompts, request.asks.count > driver.promptsPerRequest,
      let halves = request.halves
    else { return [request] }
    tally.planned += halves.count - 1
    return halves.flatMap(fitting)
  }

  private func work() async throws {
    var pause = driver.policy.jobPauses.lowerBound
    while true {
      while driver.usesJobs, ending == nil, !ready.isEmpty { try await submit() }
      // What still waits when the run ends is fetched by the next one.
      guard !open.isEmpty, ending == nil else { break }
      let before = tally.answered + underWay.values.reduce(0, +)
      try await lookAtAll()
      guard !open.isEmpty else { continue }
      let isMoving = tally.answered + underWay.values.reduce(0, +) > before
      pause =
        isMoving
        ? driver.policy.jobPauses.lowerBound : min(pause * 2, driver.policy.jobPauses.upperBound)
      await driver.rest(pause)
      if driver.stopping() { throw CancellationError() }
    }
    if let ending { throw ending }
  }

  // MARK: - Submitting

  private func submit() async throws {
    let limits = provider.jobs.limits
    var bodies: [[UInt8]] = []
    var bytes = 0
    var departing: [LedgerBatch.Departure] = []
    let mark = JobProvider.newMark()
    let planned = JobProvider.Unnamed.planned(mark: mark).stored
    for request in ready.prefix(limits.requests) {
      let post = try driver.httpRequest(request)
      let body = post.body?.reveal() ?? []
      // Beside the body, a line holds a name and the route.
      bytes += body.count + 256
      guard bodies.isEmpty || bytes <= limits.bytes else { break }
      bodies.append(body)
      let attempt = attempts[request.key, default: 0] + 1
      attempts[request.key] = attempt
      departing.append(
        LedgerBatch.Departure(
          key: request.key, attempt: attempt, digest: Driver.digest(post),
          asked: request.batch.questions, job: planned))
    }
    let leaving = ready.prefix(bodies.count)
    ready.removeFirst(bodies.count)
    var batch = LedgerBatch()
    batch.departing = departing
    let ids = try driver.journal.commit(batch, at: driver.now())
    open[planned] = Dictionary(uniqueKeysWithValues: zip(ids, leaving))
    let file = try await provider.upload(zip(ids, bodies).map { (Self.name($0), $1) })
    let submitted = JobProvider.Unnamed.submitted(mark: mark, file: file).stored
    try rename(planned, to: submitted)
    let job = try await provider.submit(file, mark: mark)
    tally.sent += bodies.count
    try rename(submitted, to: job)
    driver.note(
      "batch job \(terminalSafe(job)) holds \(Prose.count(bodies.count, "request", "requests")); it "
        + "goes on when this program ends, and the same command fetches its answers")
  }

  private func rename(_ mark: String, to job: String) throws {
    try driver.journal.rename(job: mark, to: job)
    open[job] = open.removeValue(forKey: mark)
  }

  /// Jobs that an earlier process made, or did not live to make.
  private func findUnnamed() async throws {
    for name in open.keys.sorted() {
      switch JobProvider.Unnamed(stored: name) {
      case nil:
        driver.note("batch job \(terminalSafe(name)) of an earlier call is looked at first")
      case .planned: try end(name, because: "the job was never made", isAskedAgain: true)
      case .submitted(let mark, let file):
        if let job = try await provider.find(mark, file) {
          try rename(name, to: job)
        } else {
          try end(name, because: "the job was never made", isAskedAgain: true)
        }
      }
    }
  }

  // MARK: - Answers

  private func lookAtAll() async throws {
    for name in open.keys.sorted() {
      let job = try await provider.look(name)
      switch job.state {
      case .waiting(let answered):
        underWay[name] = min(answered, open[name]?.count ?? 0)
        if statuses.updateValue(job.status, forKey: name) != job.status {
          driver.note("batch job \(terminalSafe(name)): \(terminalSafe(job.status))")
        }
      case .ended(let files, let how):
        underWay[name] = nil
        for file in files { try read(try await provider.answers(file), of: name) }
        try end(name, how)
        let kept = ([job.file].compactMap { $0 } + files).map(terminalSafe)
        driver.note(
          "batch job \(terminalSafe(name)) has ended; the provider keeps its files until you delete "
            + "them: \(kept.joined(separator: ", "))")
      }
      driver.progress(tally.answered + underWay.values.reduce(0, +), tally.planned)
    }
  }

  /// Stores answers, some at a time, and reads them.
  private func read(_ answers: [JobAnswer], of job: String) throws {
    let requests = Dictionary(
      uniqueKeysWithValues: (open[job] ?? [:]).keys.map { (Self.name($0), $0) })
    var batch = LedgerBatch()
    var replies: [(BatchRequest, Int64, Reply)] = []
    func settle() throws {
      _ = try driver.journal.commit(batch, at: driver.now())
      batch = LedgerBatch()
      for (request, exchange, reply) in replies { try read(reply, request, exchange, &batch) }
      replies = []
    }
    for answer in answers {
      // Lines that are not ours, and a second answer to one request, are nobody's.
      guard let exchange = requests[answer.name],
        let request = open[job]?.removeValue(forKey: exchange)
      else { continue }
      guard let reply = answer.reply else {
        batch.ended.append((exchange, .failed(answer.failure)))
        let words = "the provider did not ask the model: \(answer.failure)"
        if answer.isExpired { again(request, words) } else { giveUp(words) }
        continue
      }
      let hidden = reply.hiding(driver.endpoint.secrets)
      batch.ended.append((exchange, .answered(hidden)))
      replies.append((request, exchange, hidden))
      if replies.count == 64 { try settle() }
    }
    try settle()
    _ = try driver.journal.commit(batch, at: driver.now())
  }

  private func read(
    _ reply: Reply, _ request: BatchRequest, _ exchange: Int64, _ batch: inout LedgerBatch
  ) throws {
    let verdict = Verdict(of: reply, request, driver.dialect, driver.endpoint, trusted: true)
    try driver.take(verdict, request, exchange, procedure, &batch)
    switch verdict {
    case .outcomes: tally.answered += 1
    case .refused:
      guard let halves = request.halves else {
        tally.answered += 1
        return
      }
      ready += halves
      tally.planned += halves.count - 1
    case .retry(let reason): again(request, reason.evidence)
    case .stop(let error): ending = ending ?? error
    }
  }

  /// What is left of a job that has ended has no answer.
  private func end(_ job: String, _ how: BatchJob.End) throws {
    switch how {
    case .completed: try end(job, because: "the files of its batch job hold no answer to it")
    case .expired: try end(job, because: "its batch job expired", isAskedAgain: true)
    case .cancelled: try end(job, because: "its batch job was cancelled at the provider")
    case .refused(let words):
      try end(job, because: "the provider refused its batch job: \(words)")
      ending =
        ending
        ?? CoalmineError(
          code: "batch-job-refused",
          "\(driver.endpoint.url) refused batch job '\(terminalSafe(job))'",
          details: ["the provider says: \(terminalSafe(words))"],
          help: "when the cause is mended, the same command makes a new job",
          exit: .endpointUnavailable)
    }
  }

  private func end(_ job: String, because words: String, isAskedAgain: Bool = false) throws {
    let rest = (open.removeValue(forKey: job) ?? [:]).sorted { $0.key < $1.key }
    var batch = LedgerBatch()
    for (exchange, request) in rest {
      batch.ended.append((exchange, .failed(words)))
      if isAskedAgain { again(request, words) } else { giveUp(words) }
    }
    _ = try driver.journal.commit(batch, at: driver.now())
  }

  /// Asks a request in another job, unless it was asked often enough.
  private func again(_ request: BatchRequest, _ why: String) {
    guard attempts[request.key, default: 0] < driver.policy.jobAttempts else { return giveUp(why) }
    ready.append(request)
  }

  private func giveUp(_ why: String) {
    tally.lastFailure = (terminalSafe(why), "the same command asks in another job")
    tally.given += 1
  }
}
