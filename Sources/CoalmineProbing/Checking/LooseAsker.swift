// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineStatistics

/// Asks without a study: one request after the other, and nothing is kept.
final class LooseAsker: PackAsker {
  private let endpoint: Endpoint
  private let dialect: String
  private let send: @Sendable (HTTPRequest) async throws(TransportError) -> HTTPReply
  private let policy: RetryPolicy
  private let sleep: @Sendable (Double) async throws -> Void
  private let stopping: @Sendable () -> Bool
  private let clock: @Sendable () -> Double
  private var pacing: Pacing
  private var size: RequestSize
  /// Called with the requests that were answered.
  private let progress: @Sendable (Int) -> Void
  private var replies: [Int: DialectReply] = [:]
  /// Requests with an answer of use.
  private var answered = 0
  /// Whether a public text alone was refused before any was answered.
  private var isRefused = false
  private var jitter = ChaCha8Rand(seed: Array(repeating: 7, count: 32))
  /// How many requests were sent.
  private(set) var requests = 0
  /// Why the last pack has no reply, and what to do about it.
  private(set) var lastFailure: (words: String, advice: String)?

  init(
    _ endpoint: Endpoint, dialect: String, policy: RetryPolicy, promptsPerRequest: Int = .max,
    send: @escaping @Sendable (HTTPRequest) async throws(TransportError) -> HTTPReply,
    sleep: @escaping @Sendable (Double) async throws -> Void,
    clock: @escaping @Sendable () -> Double = Pacing.monotonic,
    stopping: @escaping @Sendable () -> Bool, progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) {
    self.progress = progress
    self.endpoint = endpoint
    self.dialect = dialect
    self.policy = policy
    self.send = send
    self.sleep = sleep
    self.clock = clock
    pacing = Pacing(policy, concurrency: 1)
    size = RequestSize(most: promptsPerRequest)
    self.stopping = stopping
  }

  func ask(_ packs: [ProbePack]) async throws -> Bool {
    for pack in packs {
      guard try await ask(pack) else { return false }
    }
    return true
  }

  func reply(to pack: Int) throws -> DialectReply? { replies[pack] }

  private func ask(_ pack: ProbePack) async throws -> Bool {
    if pack.prompts > size.limit, !isRefused, let halves = pack.halves?() {
      return try await askHalves(halves)
    }
    var tries = 0
    var ambiguous = 0
    var needsFreshConnection = false
    while true {
      if stopping() { throw CancellationError() }
      requests += 1
      tries += 1
      pacing.left(1, at: clock())
      var request = HTTPRequest(try pack.request(), to: endpoint)
      request.needsFreshConnection = needsFreshConnection
      var wait: Double?
      switch await result(of: request) {
      case .success(let reply):
        let read = pack.reply(
          DialectReply(status: reply.status, headers: reply.headers, body: reply.body),
          at: endpoint)
        let asked = RateLimitHeaders.wait(reply.headers)
        switch pack.read(read) {
        case .answers:
          replies[pack.number] = read
          answered += 1
          progress(answered)
          pacing.answered(at: clock(), asked: asked)
          size.answered(pack.prompts)
          try await pause()
          return true
        case .refused:
          pacing.answered(at: clock())
          return try await refused(pack, read)
        case .stop(let error): throw error
        case .retry(let reason):
          wait = try again(reason, reply.headers, &tries)
        }
      case .failure(let error):
        if Task.isCancelled { throw CancellationError() }
        needsFreshConnection = true
        if error.isTimeout, let halves = pack.halves?() {
          if pacing.failed(at: clock()) == .giveUp || pacing.isOpen && answered == 0 {
            throw CoalmineError.down(endpoint, policy, error.message)
          }
          size.tookTooLong(pack.prompts)
          try await pause()
          return try await askHalves(halves)
        }
        if let fatal = CoalmineError(
          fatal: error, at: endpoint, trusted: !replies.isEmpty, attempts: tries)
        {
          throw fatal
        }
        if error.fate == .ambiguous { ambiguous += 1 }
        lastFailure = (error.message, FailureAdvice.after(error))
        wait = policy.wait(
          after: tries, ambiguous: ambiguous, failure: .transport(error.fate),
          draw: jitter.unitInterval())
        if pacing.failed(at: clock()) == .giveUp {
          throw CoalmineError.down(endpoint, policy, error.message)
        }
      }
      guard let wait else { return false }
      try await sleep(max(wait, pacing.wait(at: clock())))
    }
  }

  /// How long to wait before the same pack is asked again; `nil` gives it up.
  private func again(
    _ reason: Reason, _ headers: RateLimitHeaders.Headers, _ tries: inout Int
  ) throws -> Double? {
    lastFailure = (
      reason.evidence,
      FailureAdvice.after(reason, headers: headers, policy: policy, dialect: dialect)
    )
    let asked = RateLimitHeaders.wait(headers)
    if let asked, asked > policy.longestPauseSeconds {
      throw CoalmineError.waitTooLong(asked, endpoint, reason)
    }
    if reason.slug == "http-429", answered > 0 {
      if pacing.throttled(asked: asked, at: clock(), draw: jitter.unitInterval()) == .giveUp {
        throw CoalmineError.busy(endpoint, policy, reason)
      }
      tries -= 1
      return 0
    }
    if reason.slug.hasPrefix("http-5"), pacing.failed(at: clock()) == .giveUp {
      throw CoalmineError.down(endpoint, policy, reason.evidence)
    }
    if reason.slug == "error-in-reply", tries >= policy.errorReplies { return nil }
    return policy.wait(
      after: tries, ambiguous: 0, failure: .refused(headers: headers),
      draw: jitter.unitInterval())
  }

  /// A refusal of several texts is asked in halves. Where even one public text alone is refused
  /// before any was answered, the endpoint cannot do it, and the refusal is the reply.
  private func refused(_ pack: ProbePack, _ reply: DialectReply) async throws -> Bool {
    if !isRefused, let halves = pack.halves?() {
      size.refused(pack.prompts)
      guard try await askHalves(halves) else { return false }
      if isRefused { replies[pack.number] = reply }
      return true
    }
    isRefused = isRefused || answered == 0
    replies[pack.number] = reply
    return true
  }

  private func askHalves(_ halves: [ProbePack]) async throws -> Bool {
    for half in halves {
      guard try await ask(half) else { return false }
      // A half that was refused alone speaks for all.
      if isRefused { return true }
    }
    return true
  }

  /// Waits while the endpoint wants it.
  private func pause() async throws {
    let wait = pacing.wait(at: clock())
    if wait > 0 { try await sleep(wait) }
  }

  private func result(of request: HTTPRequest) async -> Result<HTTPReply, TransportError> {
    do throws(TransportError) {
      return .success(try await send(request))
    } catch {
      return .failure(error)
    }
  }
}
