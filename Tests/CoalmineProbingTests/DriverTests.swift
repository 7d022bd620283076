// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineProbing
import Foundation
import Synchronization
import Testing

/// How packs are sent, retried, stopped and gone on with; the ledger is a real one.
@Suite struct `Driver of requests` {
  static let probes: [Probe] = [.sequenceLikelihood, .greedyExtraction, .sampledExtraction]

  /// Everything that a run stored, comparable.
  static func observations(_ study: ProbedStudy) throws
    -> [Probe: [Subject: Outcome<Observation>]]
  { try study.ledger.observations(run: study.run.number) }

  /// A whole run without any trouble.
  static func undisturbed() async throws -> [Probe: [Subject: Outcome<Observation>]] {
    let study = try ProbedStudy(probes: probes)
    let model = ScriptedModel()
    let packs = try study.plan().direct
    let tally = try await study.driver(send: model.send).run(study.questions(packs))
    #expect(tally.isComplete && tally.sent == packs.count && tally.given == 0)
    #expect(model.bodies.values.allSatisfy { $0 == 1 })
    return try observations(study)
  }

  static func refused(_ status: Int, _ headers: [(name: String, value: String)] = []) -> Reply {
    Reply(status: status, headers: headers, body: [], elapsedMilliseconds: 1)
  }

  static func failure(_ fate: TransportError.Fate) -> TransportError {
    TransportError(fate: fate, code: 7, message: "http://127.0.0.1:1: broken")
  }

  static func error(_ body: () async throws -> some Any) async -> CoalmineError? {
    do {
      _ = try await body()
      return nil
    } catch {
      return error as? CoalmineError
    }
  }

  @Test func `every answer is stored`() async throws {
    let stored = try await Self.undisturbed()
    #expect(stored[.sequenceLikelihood]?.count == 30)
    #expect(stored[.greedyExtraction]?.count == 6 && stored[.sampledExtraction]?.count == 6)
    #expect(stored.values.allSatisfy { $0.values.allSatisfy { $0.value != nil } })
  }

  @Test(arguments: [1, 4, 32])
  func `how many requests are under way changes nothing`(_ concurrency: Int) async throws {
    let study = try ProbedStudy(probes: Self.probes)
    let under = Mutex((now: 0, most: 0))
    let model = ScriptedModel { _ in
      under.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      // Later ones overtake earlier ones.
      try? await Task.sleep(for: .milliseconds(Int.random(in: 0...3)))
      under.withLock { $0.now -= 1 }
      return nil
    }
    let tally = try await study.driver(concurrency: concurrency, send: model.send)
      .run(study.questions(try study.plan().direct))
    #expect(tally.isComplete)
    #expect(under.withLock { $0.most } <= concurrency)
    #expect(try Self.observations(study) == (try await Self.undisturbed()))
  }

  @Test func `the first request goes out alone`() async throws {
    let study = try ProbedStudy(probes: Self.probes)
    let model = ScriptedModel()
    let seen = Mutex<[Int]>([])
    let started = Mutex(0)
    let send: @Sendable (HTTPRequest) async throws(TransportError) -> Reply = {
      (request) async throws(TransportError) -> Reply in
      let mine = started.withLock { started in
        started += 1
        return started
      }
      if mine == 1 {
        try? await Task.sleep(for: .milliseconds(30))
        seen.withLock { $0.append(started.withLock { $0 }) }
      }
      return try await model.send(request)
    }
    _ = try await study.driver(concurrency: 8, send: send)
      .run(study.questions(try study.plan().direct))
    #expect(seen.withLock { $0 } == [1])
  }

  @Test(arguments: [429, 500, 503])
  func `what may pass is asked again until it does`(_ status: Int) async throws {
    let study = try ProbedStudy(probes: Self.probes)
    let model = ScriptedModel { $0 % 3 == 1 ? Self.refused(status) : nil }
    let packs = try study.plan().direct
    let tally = try await study.driver(concurrency: 1, send: model.send).run(study.questions(packs))
    #expect(tally.isComplete && tally.given == 0 && tally.sent > packs.count)
    #expect(try Self.observations(study) == (try await Self.undisturbed()))
  }

  @Test func `a request that may be billed is asked once more and no oftener`() async throws {
    let study = try ProbedStudy(probes: Self.probes)
    let good = ScriptedModel()
    let bodies = Mutex<[Data: Int]>([:])
    let target = Mutex<Data?>(nil)
    let send: @Sendable (HTTPRequest) async throws(TransportError) -> Reply = {
      (request) async throws(TransportError) -> Reply in
      let body = Data(request.body?.reveal() ?? [])
      let all = bodies.withLock { bodies in
        bodies[body, default: 0] += 1
        return bodies.count
      }
      if all == 3 { target.withLock { $0 = $0 ?? body } }
      if target.withLock({ $0 }) == body { throw Self.failure(.ambiguous) }
      return try await good.send(request)
    }
    let packs = try study.plan().direct
    let tally = try await study.driver(concurrency: 1, send: send).run(study.questions(packs))
    #expect(!tally.isComplete && tally.given == 1 && tally.answered == packs.count - 1)
    let hit = try #require(target.withLock { $0 })
    #expect(bodies.withLock { $0[hit] } == 2)
    #expect(tally.lastFailure?.words.contains("broken") == true)
    // The same command asks it again, and nothing else.
    let again = ScriptedModel()
    let rest = try await study.driver(send: again.send).run(study.questions(packs))
    #expect(rest.isComplete && rest.sent == 1 && again.bodies == [hit: 1])
    #expect(try Self.observations(study) == (try await Self.undisturbed()))
  }

  /// 30 prompts in one request; what may be about one of them is asked in halves: 15, 8, 4, 2, 1.
  @Test(arguments: [(400, 6), (401, 1), (404, 1), (422, 6)])
  func `a refusal at the first question costs little and says nothing of stored answers`(
    _ status: Int, _ requests: Int
  ) async throws {
    let study = try ProbedStudy(probes: Self.probes)
    let model = ScriptedModel { _ in Self.refused(status) }
    let packs = try study.plan().direct
    let error = await Self.error {
      try await study.driver(send: model.send).run(study.questions(packs))
    }
    #expect(error != nil && model.requests == requests)
    #expect(error?.description.contains("stored") == false)
    if status == 404 {
      #expect(error?.message.hasPrefix("http://127.0.0.1:1/v1/completions ") == true)
    }
  }

  @Test func `a refusal later keeps what was answered and says how much that is`() async throws {
    let study = try ProbedStudy(probes: Self.probes)
    let model = ScriptedModel { $0 == 3 ? Self.refused(402) : nil }
    let packs = try study.plan().direct
    let error = await Self.error {
      try await study.driver(concurrency: 1, send: model.send).run(study.questions(packs))
    }
    #expect(error?.code == "no-credit")
    #expect(error?.details == ["3 replies of run 1 are stored"])
    let rest = ScriptedModel()
    let tally = try await study.driver(send: rest.send).run(study.questions(packs))
    #expect(tally.isComplete && rest.requests == packs.count - 3)
    #expect(try Self.observations(study) == (try await Self.undisturbed()))
  }

  @Test func `a dead server costs two requests`() async throws {
    let study = try ProbedStudy(probes: Self.probes)
    let model = ScriptedModel { _ throws(TransportError) in throw Self.failure(.notSent) }
    let packs = try study.plan().direct
    let error = await Self.error {
      try await study.driver(send: model.send).run(study.questions(packs))
    }
    #expect(error?.code == "endpoint-down" && model.requests == 2)
    #expect(error?.description.contains("stored") == false)
  }

  @Test(arguments: [(529, "busy"), (500, "log"), (200, "dialect")])
  func `what a server that never answers well is advised is what was seen of it`(
    _ status: Int, _ word: String
  ) async throws {
    let study = try ProbedStudy(probes: Self.probes)
    let model = ScriptedModel { _ in
      status == 200 ? ScriptedModel.reply(["choices": [String]()]) : Self.refused(status)
    }
    let packs = try study.plan().direct
    let error = await Self.error {
      try await study.driver(send: model.send).run(study.questions(packs))
    }
    #expect(error?.code == "endpoint-unusable" && model.requests == RetryPolicy().attempts)
    #expect(error?.help?.contains(word) == true, "\(String(describing: error))")
    for other in ["busy", "log", "dialect"] where other != word {
      #expect(error?.help?.contains(other) == false)
    }
  }

  @Test func `a run that is stopped at any request goes on and buys nothing twice`() async throws {
    let whole = try await Self.undisturbed()
    let count = try await { () async throws -> Int in
      let study = try ProbedStudy(probes: Self.probes)
      return try study.plan().direct.count
    }()
    for boundary in 0...count {
      let study = try ProbedStudy(probes: Self.probes)
      let sent = Mutex(0)
      let model = ScriptedModel { _ in
        sent.withLock { $0 += 1 }
        return nil
      }
      let packs = try study.plan().direct
      let first = try await study.driver(
        concurrency: 1, stopping: { sent.withLock { $0 } >= boundary }, send: model.send
      ).run(study.questions(packs))
      #expect(first.answered == boundary && model.requests == boundary)
      let second = try await study.driver(concurrency: 4, send: model.send).run(
        study.questions(packs))
      #expect(second.isComplete && model.requests == count)
      #expect(model.bodies.values.allSatisfy { $0 == 1 })
      #expect(try Self.observations(study) == whole)
    }
  }

  @Test func `a run that is cut off at any request asks again only what was under way`()
    async throws
  {
    let whole = try await Self.undisturbed()
    for boundary in 0..<8 {
      let study = try ProbedStudy(probes: Self.probes)
      let packs = try study.plan().direct
      let reached = AsyncStream<Void>.makeStream()
      let model = ScriptedModel { (number) async throws(TransportError) -> Reply? in
        guard number == boundary else { return nil }
        reached.continuation.finish()
        // Never answers: the task is cancelled meanwhile.
        while !Task.isCancelled { await Task.yield() }
        throw TransportError(fate: .cancelled, code: 0, message: "given up")
      }
      let task = Task {
        try await study.driver(concurrency: 1, send: model.send).run(study.questions(packs))
      }
      for await _ in reached.stream {}
      task.cancel()
      await #expect(throws: CancellationError.self) { _ = try await task.value }
      let rest = ScriptedModel()
      let tally = try await study.driver(send: rest.send).run(study.questions(packs))
      #expect(tally.isComplete && rest.requests == packs.count - boundary)
      #expect(try Self.observations(study) == whole)
    }
  }

  @Test func `a stored reply is not read for another question`() async throws {
    let study = try ProbedStudy(probes: Self.probes)
    let model = ScriptedModel()
    _ = try await study.driver(send: model.send).run(study.questions(try study.plan().direct))
    let other = try study.plan(samples: 5).direct
    let error = await Self.error {
      try await study.driver(send: model.send).run(study.questions(other))
    }
    #expect(error?.code == "plan-changed")
  }

  @Test(arguments: [RunRole.tuned, .base])
  func `a base run is not sent to a probe set that it cannot have`(_ role: RunRole) async throws {
    let study = try ProbedStudy(probes: [.sequenceLikelihood], role: role)
    // Scores that are about what the server wrote itself: 'echo' was ignored.
    let model = ScriptedModel { _ in
      ScriptedModel.reply([
        "choices": (0..<(role == .base ? 6 : 30)).map {
          [
            "index": $0, "text": "x", "finish_reason": "length",
            "logprobs": ["tokens": ["x"], "token_logprobs": [-1.0]],
          ] as [String: Any]
        }
      ])
    }
    let packs = try study.plan().direct
    let error = await Self.error {
      try await study.driver(send: model.send).run(study.questions(packs))
    }
    #expect(error?.code == "unexpected-reply", "\(String(describing: error))")
    #expect(error?.help?.contains("text-only") == (role == .tuned))
    #expect(error?.help?.contains("base run") == (role == .base))
  }
}
