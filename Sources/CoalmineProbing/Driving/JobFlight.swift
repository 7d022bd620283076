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
/// stored is found by its mark or its file, which the provider's list or the job's answers show. What a job that ended left without an answer is asked in
/// one more job only where the job's time was over; else a person decides, by the same command.
final class JobFlight {
  let driver: Driver
  let procedure: any Procedure
  let provider: JobProvider
  var tally: Driver.Tally
  /// Requests that go out with the next job.
  var ready: [BatchRequest] = []
  var attempts: [RequestKey: Int] = [:]
  /// In how many jobs a request was.
  var jobs: [RequestKey: Int] = [:]
  /// Requests that wait, by job and by the number of their exchange.
  var open: [String: [Int64: BatchRequest]] = [:]
  /// Answers of jobs that have not ended, as the provider counts them.
  var underWay: [String: Int] = [:]
  /// The provider's last word about each job.
  var statuses: [String: String] = [:]
  /// Why the run ends, when all that has come is stored.
  var ending: CoalmineError?

  init(
    _ driver: Driver, _ procedure: any Procedure, _ jobs: any BatchJobs, _ tally: Driver.Tally
  ) {
    self.driver = driver
    self.procedure = procedure
    self.tally = tally
    provider = JobProvider(jobs: jobs, driver: driver)
  }

  /// What a request's name in a job's file is.
  static func name(_ exchange: Int64) -> String { "request-\(exchange)" }

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
    jobs = states.mapValues(\.jobs)
    for request in queued {
      let asked = wholes[request.key.whole]?.part(request.key)
      try driver.expectSame(asked, request.digest)
      open[request.job, default: [:]][request.exchange] = asked
      if let asked { try driver.hold(asked) }
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
    guard request.unit == .prompts, request.count > driver.promptsPerRequest,
      let halves = request.halves
    else { return [request] }
    tally.planned += halves.count - 1
    return halves.flatMap(fitting)
  }

  private func work() async throws {
    var pause = driver.policy.jobPauses.lowerBound
    while true {
      while driver.usesJobs, ending == nil, !ready.isEmpty {
        guard try await submit() else { break }
      }
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

  /// - Returns: whether a job was made; it is not where it could cost more than is left.
  private func submit() async throws -> Bool {
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
      guard bodies.isEmpty || bytes <= limits.bytes,
        driver.mayAfford(request, post, inBatch: true)
      else { break }
      bodies.append(body)
      let attempt = attempts[request.key, default: 0] + 1
      attempts[request.key] = attempt
      departing.append(
        LedgerBatch.Departure(
          key: request.key, attempt: attempt, digest: Driver.digest(post),
          asked: request.batch.questions, job: planned))
    }
    guard !bodies.isEmpty else {
      // What other jobs hold may turn out cheaper than its bound.
      if open.isEmpty { ending = driver.costCapReached }
      return false
    }
    let leaving = ready.prefix(bodies.count)
    ready.removeFirst(bodies.count)
    var batch = LedgerBatch()
    batch.departing = departing
    let ids = try driver.journal.commit(batch, at: driver.now())
    open[planned] = Dictionary(uniqueKeysWithValues: zip(ids, leaving))
    let requests = zip(ids, bodies).map { (name: Self.name($0), body: $1) }
    let file = try await provider.upload(requests)
    let submitted = JobProvider.Unnamed.submitted(mark: mark, file: file).stored
    try rename(planned, to: submitted)
    let job = try await provider.submit(requests, file, mark: mark)
    tally.sent += bodies.count
    for request in leaving { jobs[request.key, default: 0] += 1 }
    try rename(submitted, to: job)
    driver.note(
      "batch job \(terminalSafe(job)) holds \(Prose.count(bodies.count, "request", "requests")); it "
        + "goes on when this program ends, and the same command fetches its answers")
    return true
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
        let lost = JobProvider.LostJob(
          mark: mark, file: file, requests: open[name]?.count ?? 0)
        if let job = try await provider.find(lost) {
          try rename(name, to: job)
        } else {
          try end(name, because: "the job was never made", isAskedAgain: true)
        }
      }
    }
  }
}
