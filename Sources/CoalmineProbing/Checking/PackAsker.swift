// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineStatistics

/// Sends packs and keeps their replies.
protocol PackAsker {
  /// Asks what has no reply yet.
  ///
  /// - Returns: whether every pack has a reply now.
  func ask(_ packs: [ProbePack]) async throws -> Bool

  /// The reply to a pack that was answered.
  func reply(to pack: Int) throws -> DialectReply
}

/// Asks in a run: replies are committed before they are read, and never asked for again.
final class LedgerAsker: PackAsker {
  private let runner: ProbeRunner
  private(set) var tally: ProbeRunner.Tally
  private var packs: [Int: ProbePack] = [:]

  init(_ runner: ProbeRunner, after tally: ProbeRunner.Tally) {
    self.runner = runner
    self.tally = tally
  }

  func ask(_ packs: [ProbePack]) async throws -> Bool {
    for pack in packs { self.packs[pack.number] = pack }
    tally = try await runner.execute(packs, after: tally)
    return tally.isComplete
  }

  func reply(to pack: Int) throws -> DialectReply {
    let reply = try runner.ledger.storedReply(toPack: pack, run: runner.run.number).reply
    return packs[pack]?.reply(reply, at: runner.endpoint) ?? reply
  }
}

/// Asks without a study: one request after the other, and nothing is kept.
final class LooseAsker: PackAsker {
  private let endpoint: Endpoint
  private let dialect: String
  private let send: @Sendable (HTTPRequest) async throws(TransportError) -> HTTPReply
  private let policy: RetryPolicy
  private let sleep: @Sendable (Double) async throws -> Void
  private let stopping: @Sendable () -> Bool
  /// Called with the requests that were answered.
  private let progress: @Sendable (Int) -> Void
  private var replies: [Int: DialectReply] = [:]
  private var jitter = ChaCha8Rand(seed: Array(repeating: 7, count: 32))
  /// How many requests were sent.
  private(set) var requests = 0
  /// Why the last pack has no reply, and what to do about it.
  private(set) var lastFailure: (words: String, advice: String)?

  init(
    _ endpoint: Endpoint, dialect: String, policy: RetryPolicy,
    send: @escaping @Sendable (HTTPRequest) async throws(TransportError) -> HTTPReply,
    sleep: @escaping @Sendable (Double) async throws -> Void,
    stopping: @escaping @Sendable () -> Bool, progress: @escaping @Sendable (Int) -> Void
  ) {
    self.progress = progress
    self.endpoint = endpoint
    self.dialect = dialect
    self.policy = policy
    self.send = send
    self.sleep = sleep
    self.stopping = stopping
  }

  func ask(_ packs: [ProbePack]) async throws -> Bool {
    for pack in packs {
      guard try await ask(pack) else { return false }
    }
    return true
  }

  func reply(to pack: Int) throws -> DialectReply {
    guard let reply = replies[pack] else { throw Ledger.unreadable }
    return reply
  }

  private func ask(_ pack: ProbePack) async throws -> Bool {
    let request = HTTPRequest(try pack.request(), to: endpoint)
    var ambiguous = 0
    for attempt in 1... {
      if stopping() { throw CancellationError() }
      requests += 1
      let failure: RetryPolicy.Failure
      switch await result(of: request) {
      case .success(let reply):
        let read = pack.reply(
          DialectReply(status: reply.status, headers: reply.headers, body: reply.body),
          at: endpoint)
        switch pack.read(read) {
        case .answers:
          replies[pack.number] = read
          progress(replies.count)
          return true
        case .stop(let error): throw error
        case .retry(let reason):
          lastFailure = (
            reason.evidence,
            FailureAdvice.after(reason, headers: reply.headers, policy: policy, dialect: dialect)
          )
          failure = .refused(headers: reply.headers)
        }
      case .failure(let error):
        if Task.isCancelled { throw CancellationError() }
        if let fatal = CoalmineError(
          fatal: error, at: endpoint, trusted: !replies.isEmpty, attempts: attempt)
        {
          throw fatal
        }
        if error.fate == .ambiguous { ambiguous += 1 }
        lastFailure = (error.message, FailureAdvice.after(error))
        failure = .transport(error.fate)
      }
      guard
        let seconds = policy.wait(
          after: attempt, ambiguous: ambiguous, failure: failure, draw: jitter.unitInterval())
      else { return false }
      try await sleep(seconds)
    }
    return false
  }

  private func result(of request: HTTPRequest) async -> Result<HTTPReply, TransportError> {
    do throws(TransportError) {
      return .success(try await send(request))
    } catch {
      return .failure(error)
    }
  }
}
