// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints

/// The provider's side of batch jobs: each step is asked until it has a reply.
///
/// None of these requests is paid for; a job is.
struct JobProvider {
  let jobs: any BatchJobs
  let driver: Driver

  /// What the ledger calls a job before the provider has named it.
  enum Unnamed: Equatable {
    /// Nothing was submitted: no job can be there.
    case planned(mark: String)
    /// The request that makes the job was about to leave, with this file, or after this job.
    case submitted(mark: String, file: String)

    var stored: String {
      switch self {
      case .planned(let mark): "planned:\(mark)"
      case .submitted(let mark, let file): "submitted:\(mark):\(file)"
      }
    }

    init?(stored: String) {
      let parts = stored.split(separator: ":", maxSplits: 2).map(String.init)
      switch (parts.first, parts.count) {
      case ("planned", 2): self = .planned(mark: parts[1])
      case ("submitted", 3): self = .submitted(mark: parts[1], file: parts[2])
      default: return nil
      }
    }
  }

  /// A mark that no other job has.
  static func newMark() -> String {
    var generator = SystemRandomNumberGenerator()
    return hexadecimal((0..<16).map { _ in UInt8.random(in: 0 ... .max, using: &generator) })
  }

  /// The fewest jobs that hold so many requests and bytes.
  static func least(_ requests: Int, _ bytes: Int, _ limits: JobLimits) -> Int {
    requests == 0
      ? 0 : max((requests - 1) / limits.requests, (bytes - 1) / limits.bytes) + 1
  }

  /// - Throws: ``CoalmineError`` with code `no-batch-jobs`.
  static func expectJobs(of dialect: any Dialect) throws(CoalmineError) {
    guard dialect.jobs == nil else { return }
    throw CoalmineError(
      code: "no-batch-jobs", "the dialect '\(dialect.name)' has no batch jobs",
      help: "leave out '--batch'", exit: .badConfiguration)
  }

  /// Uploads the file of a job; the file's name, or that of the newest job where a job has no file.
  func upload(_ requests: [(name: String, body: [UInt8])]) async throws -> String {
    do {
      return try await ask(jobs.upload(requests, at: driver.endpoint)) {
        jobs.file($0, at: driver.endpoint)
      }
    } catch let error as CoalmineError where error.code == "not-found" {
      throw CoalmineError(
        code: "no-batch-jobs", "\(driver.endpoint.url) has no route for batch jobs",
        details: error.details, help: "leave out '--batch'", exit: .endpointUnavailable)
    }
  }

  /// Makes the job; its name.
  ///
  /// - Throws: ``CoalmineError`` with code `batch-job-uncertain` where the reply was lost and the
  ///   provider does not list the job: it may be there all the same.
  func submit(_ requests: [(name: String, body: [UInt8])], _ file: String, mark: String)
    async throws -> String
  {
    let post = HTTPRequest(
      try jobs.submit(requests, file: file, mark: mark, at: driver.endpoint), to: driver.endpoint)
    let lost = LostJob(mark: mark, file: file, requests: requests.count)
    var failure = ""
    for attempt in 1...driver.policy.attempts {
      if driver.stopping() { throw CancellationError() }
      switch try await sent(post, attempt) {
      case .reply(let reply):
        switch jobs.job(reply, at: driver.endpoint) {
        case .value(let job): return job.name
        case .unanswerable(let error), .stop(let error): throw error
        case .retry(let reason):
          guard reply.status == 429 else { return try await expect(lost) }
          failure = reason.evidence
          try await rest(after: attempt, reply, reason)
        }
      case .notSent(let words):
        failure = words
        await driver.rest(driver.policy.ceiling(after: attempt))
      case .lost: return try await expect(lost)
      }
    }
    throw CoalmineError.jobsUnanswered(driver.endpoint, driver.policy, failure)
  }

  private func expect(_ lost: LostJob) async throws -> String {
    if let job = try await find(lost) { return job }
    throw CoalmineError(
      code: "batch-job-uncertain",
      "the reply to the request that makes a batch job was lost, and \(driver.endpoint.url) does not "
        + "list the job",
      help: "run the same command again in some minutes: it looks for the job once more before it "
        + "makes another one", exit: .endpointUnavailable)
  }

  /// What is known of a job that was made, or not, and whose name did not arrive.
  struct LostJob {
    let mark: String
    /// Its file, or the job that was the newest before it.
    let file: String
    let requests: Int
  }

  /// The job that was lost; `nil` where there is none, by several looks: a list may lag behind what was
  /// just made.
  func find(_ lost: LostJob) async throws -> String? {
    var others: Set<String> = []
    for look in 0..<driver.policy.jobLooks {
      if look > 0 {
        await driver.rest(
          min(
            driver.policy.jobPauses.upperBound,
            driver.policy.jobPauses.lowerBound * Double(1 << min(look, 20))))
      }
      var next: String?
      repeat {
        let page = try await ask(jobs.list(after: next, at: driver.endpoint)) {
          jobs.jobs($0, at: driver.endpoint)
        }
        next = page.next
        for job in page.jobs where !others.contains(job.name) {
          if jobs.showsMarks {
            if job.mark == lost.mark || job.file == lost.file { return job.name }
          } else if job.name == lost.file {
            // It was there before, and so were all that follow.
            next = nil
            break
          } else if job.requests == lost.requests {
            if try await holds(job, lost.mark) { return job.name }
            others.insert(job.name)
          }
        }
      } while next != nil
    }
    return nil
  }

  /// Whether the answers of a job have the mark. They come when the job ends, and it is waited for.
  private func holds(_ listed: BatchJob, _ mark: String) async throws -> Bool {
    var job = listed
    if case .waiting = job.state {
      driver.note(
        "batch job \(terminalSafe(job.name)) may be the one whose name was lost: its answers tell when "
          + "it has ended")
    }
    while case .waiting = job.state {
      await driver.rest(driver.policy.jobPauses.upperBound)
      if driver.stopping() { throw CancellationError() }
      job = try await look(job.name)
    }
    guard case .ended(let files, _) = job.state else { return false }
    for file in files where try await answers(file).contains(where: { $0.mark == mark }) {
      return true
    }
    return false
  }

  func look(_ job: String) async throws -> BatchJob {
    try await expectThere("batch job '\(terminalSafe(job))'") {
      try await ask(jobs.look(job, at: driver.endpoint)) { jobs.job($0, at: driver.endpoint) }
    }
  }

  func answers(_ file: String) async throws -> [JobAnswer] {
    try await expectThere("file '\(terminalSafe(file))' of answers") {
      try await ask(jobs.fetch(file, at: driver.endpoint)) {
        jobs.answers($0, at: driver.endpoint)
      }
    }
  }

  private func expectThere<Value>(_ what: String, _ body: () async throws -> Value) async throws
    -> Value
  {
    do {
      return try await body()
    } catch let error as CoalmineError where error.code == "not-found" {
      throw CoalmineError(
        code: "batch-job-gone", "\(driver.endpoint.url) has no \(what) any more",
        details: error.details,
        help: "if the provider's own page does not show it either, 'coalmine probe --new-run' asks "
          + "everything anew, which is paid for again", exit: .endpointUnavailable)
    }
  }

  /// Asks until there is a reply of use; only for what costs nothing.
  private func ask<Value: Sendable>(
    _ request: DialectRequest, _ read: (Reply) -> Reading<Value>
  ) async throws -> Value {
    var post = HTTPRequest(request, to: driver.endpoint)
    var failure = ""
    for attempt in 1...driver.policy.attempts {
      if driver.stopping() { throw CancellationError() }
      switch try await sent(post, attempt) {
      case .reply(let reply):
        switch read(reply) {
        case .value(let value): return value
        case .unanswerable(let error), .stop(let error): throw error
        case .retry(let reason):
          failure = reason.evidence
          try await rest(after: attempt, reply, reason)
        }
      case .notSent(let words), .lost(let words):
        failure = words
        post.needsFreshConnection = true
        await driver.rest(driver.policy.ceiling(after: attempt))
      }
    }
    throw CoalmineError.jobsUnanswered(driver.endpoint, driver.policy, failure)
  }

  private enum Sent {
    case reply(Reply)
    case notSent(String)
    case lost(String)
  }

  private func sent(_ post: HTTPRequest, _ attempt: Int) async throws -> Sent {
    do throws(TransportError) {
      return .reply(try await driver.send(post).hiding(driver.endpoint.secrets))
    } catch {
      if let fatal = CoalmineError(
        fatal: error, at: driver.endpoint, trusted: error.fate != .overLimit, attempts: attempt)
      {
        throw fatal
      }
      return error.fate == .notSent ? .notSent(error.message) : .lost(error.message)
    }
  }

  private func rest(after attempt: Int, _ reply: Reply, _ reason: Reason) async throws {
    let asked = RateLimitHeaders.wait(reply.pacingHeaders)
    if let asked, asked > driver.policy.longestPauseSeconds {
      throw CoalmineError.waitTooLong(asked, driver.endpoint, reason)
    }
    await driver.rest(asked ?? driver.policy.ceiling(after: attempt))
  }
}
