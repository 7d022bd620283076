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

  private static let prefix = "unnamed:"

  /// A mark that no other job has.
  static func newMark() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let digits = String(UInt64.random(in: 0 ... .max, using: &generator), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// What stands in the ledger for a job that has no name yet.
  static func unnamed(_ mark: String) -> String { prefix + mark }

  static func mark(ofUnnamed name: String) -> String? {
    name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
  }

  /// Makes the job of these requests; its name.
  func make(_ requests: [(name: String, body: [UInt8])], mark: String) async throws -> String {
    let endpoint = driver.endpoint
    let file = try await ask(jobs.upload(requests, at: endpoint)) {
      jobs.file($0, at: endpoint)
    }
    let submission = try jobs.submit(file: file, mark: mark, at: endpoint)
    var isLost = false
    return try await ask(submission) {
      // Whoever lost the reply looks whether the job was made before making it again.
      if isLost, let made = try await find(mark) { return made }
      isLost = true
      return nil
    } _: {
      jobs.job($0, at: endpoint).map(\.name)
    }
  }

  /// The job that has the mark; `nil` where there is none.
  func find(_ mark: String) async throws -> String? {
    // A list may lag behind what was just made.
    for look in 0..<2 {
      if look > 0 { await driver.rest(driver.policy.jobPauses.lowerBound) }
      var last: String?
      while true {
        let page = try await ask(jobs.list(after: last, at: driver.endpoint)) {
          jobs.jobs($0, at: driver.endpoint)
        }
        if let job = page.jobs.first(where: { $0.mark == mark }) { return job.name }
        guard page.more, let end = page.jobs.last else { break }
        last = end.name
      }
    }
    return nil
  }

  func look(_ job: String) async throws -> BatchJob {
    try await ask(jobs.look(job, at: driver.endpoint)) { jobs.job($0, at: driver.endpoint) }
  }

  func answers(_ file: String) async throws -> [JobAnswer] {
    try await ask(jobs.fetch(file, at: driver.endpoint)) {
      jobs.answers($0, at: driver.endpoint)
    }
  }

  /// Asks until there is a reply of use.
  ///
  /// - Parameter before: called before each attempt; a value that it gives is the answer.
  private func ask<Value: Sendable>(
    _ request: DialectRequest, before: () async throws -> Value? = { nil },
    _ read: (Reply) -> Reading<Value>
  ) async throws -> Value {
    var post = HTTPRequest(request, to: driver.endpoint)
    var failure = ""
    for attempt in 1...driver.policy.attempts {
      if driver.stopping() { throw CancellationError() }
      if let value = try await before() { return value }
      let reply: Reply
      do throws(TransportError) {
        reply = try await driver.send(post).hiding(driver.endpoint.secrets)
      } catch {
        if let fatal = CoalmineError(
          fatal: error, at: driver.endpoint, trusted: true, attempts: attempt)
        {
          throw fatal
        }
        failure = error.message
        post.needsFreshConnection = true
        await driver.rest(wait(after: attempt))
        continue
      }
      switch read(reply) {
      case .value(let value): return value
      case .unanswerable(let error), .stop(let error): throw error
      case .retry(let reason): failure = reason.evidence
      }
      let asked = RateLimitHeaders.wait(reply.headers)
      if let asked, asked > driver.policy.longestPauseSeconds {
        throw CoalmineError.waitTooLong(
          asked, driver.endpoint, Reason("http-\(reply.status)", failure))
      }
      await driver.rest(asked ?? wait(after: attempt))
    }
    throw CoalmineError.jobsUnanswered(driver.endpoint, driver.policy, failure)
  }

  private func wait(after attempt: Int) -> Double {
    min(driver.policy.capSeconds, driver.policy.baseSeconds * Double(1 << min(attempt - 1, 20)))
  }
}
