// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineProbing
import Foundation
import Synchronization
import Testing

/// What endpoints that fail, refuse or slow down cost, counted at a real server.
@Suite struct `Cost of endpoints that fail` {
  /// 114 requests: one canary each, and one full request of greedy questions.
  static func study(_ canaries: Int = 112) throws -> ProbedStudy {
    try ProbedStudy(canaries: canaries, probes: [.greedyExtraction, .sampledExtraction])
  }

  /// Runs a study against a server; what it ended with.
  static func run(
    _ study: ProbedStudy, _ server: BilledServer, concurrency: Int = 4
  ) async throws -> CoalmineError? {
    let packs = try study.plan().direct
    return await `Driver of requests`.error {
      try await study.driver(concurrency: concurrency, send: server.send).run(
        study.questions(packs))
    }
  }

  @Test(arguments: [1, 4, 16])
  func `a server that answers errors after 12 answers costs a handful of requests`(
    _ concurrency: Int
  ) async throws {
    let study = try Self.study()
    #expect(try study.plan().direct.count == 114)
    let server = try BilledServer { request in
      guard request.number >= 12 else { return nil }
      // The answers arrive before the failures: a success in between begins the count anew.
      usleep(50_000)
      return .reply(.refusal(500))
    }
    let error = try await Self.run(study, server, concurrency: concurrency)
    #expect(error?.code == "endpoint-down" && error?.exit == .endpointUnavailable)
    #expect(error?.details.contains("12 replies of run 1 are stored") == true)
    #expect(error?.help?.contains("the same command goes on") == true)
    let bound = 12 + 5 + concurrency + 3
    #expect(server.requests.count <= bound, "\(server.requests.count)")
    #expect(study.waited.withLock { $0 } >= RetryPolicy().trialPauses.reduce(0, +))
  }

  @Test(arguments: [1, 4])
  func `a server whose connections break after 12 answers costs a handful of requests`(
    _ concurrency: Int
  ) async throws {
    let study = try Self.study()
    let server = try BilledServer { request in
      guard request.number >= 12 else { return nil }
      // As above: a late answer begins the count of failures anew.
      usleep(50_000)
      return .hangUp
    }
    let error = try await Self.run(study, server, concurrency: concurrency)
    #expect(error?.code == "endpoint-down")
    let bound = 12 + 5 + concurrency + 3
    #expect(server.requests.count <= bound, "\(server.requests.count)")
  }

  @Test func `a server that comes back is gone on with, and the pauses are told once`() async throws
  {
    let study = try Self.study()
    let server = try BilledServer { (12..<18).contains($0.number) ? .reply(.refusal(503)) : nil }
    let notes = Mutex<[String]>([])
    // One at a time: no answer comes between the failures.
    var driver = try study.driver(concurrency: 1, send: server.send)
    driver.note = { note in notes.withLock { $0.append(note) } }
    let tally = try await driver.run(study.questions(try study.plan().direct))
    #expect(tally.isComplete && server.requests.count == 114 + 6, "\(server.requests.count)")
    let told = notes.withLock { $0 }
    #expect(
      told == [
        "http://127.0.0.1:1 gives no answer (HTTP 503); one request tries it again after "
          + "pauses of 2, 10, 30 seconds"
      ])
  }

  @Test func `a long pause that the endpoint asks for is told`() async throws {
    let study = try Self.study()
    let server = try BilledServer {
      [12, 40].contains($0.number)
        ? .reply(
          .refusal(429, "{}", [(name: "retry-after", value: $0.number == 12 ? "180" : "2")])) : nil
    }
    let notes = Mutex<[String]>([])
    var driver = try study.driver(send: server.send)
    driver.note = { note in notes.withLock { $0.append(note) } }
    #expect(try await driver.run(study.questions(try study.plan().direct)).isComplete)
    #expect(
      notes.withLock { $0 } == [
        "http://127.0.0.1:1 asks to wait 180 seconds; nothing is sent until then"
      ])
  }

  @Test func `a limit of requests per second is kept and everything is answered`() async throws {
    let study = try Self.study(78)
    let window = Mutex((start: 0.0, count: 0))
    let refused = Mutex(0)
    let server = try BilledServer { _ in
      let isAllowed = window.withLock { window in
        let now = Pacing.monotonic()
        if now - window.start >= 1 { window = (now, 0) }
        window.count += 1
        return window.count <= 20
      }
      if isAllowed { return nil }
      refused.withLock { $0 += 1 }
      return .reply(.refusal(429, "{}", [(name: "retry-after", value: "1")]))
    }
    let packs = try study.plan().direct
    // In earnest: what is tested is time.
    let driver = Driver(
      ledger: study.ledger, run: study.run, dialect: dialect(),
      endpoint: ProbedStudy.endpoint, send: server.send, policy: RetryPolicy(), concurrency: 4,
      progress: { _, _ in }, now: { ProbedStudy.time },
      sleep: { try await Task.sleep(for: .seconds($0)) }, stopping: { false })
    let tally = try await driver.run(study.questions(packs))
    #expect(tally.isComplete && tally.answered == packs.count && tally.given == 0)
    let share = Double(refused.withLock { $0 }) / Double(server.requests.count)
    #expect(share <= 0.2, "\(share) of \(server.requests.count)")
    #expect(refused.withLock { $0 } > 0)
  }

  @Test func `refusals for now use up no attempt`() async throws {
    let study = try Self.study()
    let server = try BilledServer { (5..<25).contains($0.number) ? .reply(.refusal(429)) : nil }
    let error = try await Self.run(study, server, concurrency: 1)
    #expect(error == nil && server.requests.count == 114 + 20)
  }

  @Test(arguments: [
    (429, #"{"error":{"code":"insufficient_quota","message":"you are out"}}"#, "no-credit"),
    (429, #"{"error":{"type":"billing_hard_limit_reached"}}"#, "no-credit"),
    (402, "{}", "no-credit"), (401, "{}", "key-refused"), (403, "{}", "key-refused"),
    (200, #"{"error":{"code":"insufficient_quota"}}"#, "no-credit"),
    (200, #"{"error":"insufficient_quota: you exceeded your current quota"}"#, "no-credit"),
    (200, #"{"error":{"code":"model_not_found"}}"#, "not-found"),
  ])
  func `what no pause mends stops at once`(
    _ status: Int, _ body: String, _ code: String
  ) async throws {
    let study = try Self.study()
    let server = try BilledServer { request in
      guard request.number >= 12 else { return nil }
      // The answers arrive before the refusal, which ends the run.
      usleep(50_000)
      return .reply(.refusal(status, body))
    }
    let error = try await Self.run(study, server)
    #expect(error?.code == code)
    #expect(server.requests.count <= 12 + 4, "\(server.requests.count)")
    if code == "no-credit" { #expect(error?.exit == .incomplete) }
    if code == "key-refused" { #expect(error?.exit == .credentialsRefused) }
    #expect(error?.details.contains("12 replies of run 1 are stored") == true)
  }

  @Test(arguments: [429, 503]) func `a wait of days ends the run and is told`(_ status: Int)
    async throws
  {
    let study = try Self.study()
    let server = try BilledServer { request in
      guard request.number >= 12 else { return nil }
      // The answers arrive before the refusal, which ends the run.
      usleep(50_000)
      return .reply(.refusal(status, "{}", [(name: "retry-after", value: "198300")]))
    }
    let error = try await Self.run(study, server)
    #expect(error?.code == "wait-too-long" && error?.exit == .incomplete)
    #expect(error?.message.contains("55 h 5 min") == true)
    #expect(error?.details.contains("12 replies of run 1 are stored") == true)
    #expect(server.requests.count <= 12 + 4)
  }

  @Test func `an unknown error inside a success is asked twice at most`() async throws {
    let study = try Self.study()
    let bad = Mutex<[String]?>(nil)
    let server = try BilledServer { asked in
      if asked.number == 5 { bad.withLock { $0 = asked.prompts } }
      return bad.withLock { $0 } == asked.prompts
        ? .reply(.refusal(200, #"{"error":{"message":"hm","code":503}}"#)) : nil
    }
    let packs = try study.plan().direct
    let tally = try await study.driver(concurrency: 1, send: server.send).run(
      study.questions(packs))
    #expect(tally.given == 1 && tally.answered == packs.count - 1)
    #expect(server.requests.count { $0.prompts == bad.withLock { $0 } } == 2)
  }

  @Test(arguments: [
    #"{"choices":[]}"#, #"{"error":"model is overloaded"}"#, "<html>a gateway</html>", "",
    // No choice for the prompt that was asked: an outcome each, and nothing in it.
    #"{"choices":[{"index":99,"text":"x"}]}"#,
  ])
  func `replies of no use to every question cost a handful of requests`(_ body: String) async throws
  {
    let study = try Self.study()
    let server = try BilledServer { request in
      guard request.number >= 12 else { return nil }
      usleep(50_000)
      return .reply(.refusal(200, body))
    }
    let error = try await Self.run(study, server)
    #expect(error?.code == "endpoint-down" && error?.exit == .endpointUnavailable)
    #expect(error?.message.contains("gives no usable reply any more") == true)
    #expect(error?.details.contains("12 replies of run 1 are stored") == true)
    #expect(error?.help?.hasSuffix("the same command goes on where this one stopped") == true)
    // A question of those under way can be asked again before the fifth one failed.
    let bound = 12 + 2 * 5 + 4 + 3
    #expect(server.requests.count <= bound, "\(server.requests.count)")
    // None of them is an answer: the same command asks them again.
    let mended = try BilledServer()
    #expect(try await Self.run(study, mended) == nil && mended.requests.count == 114 - 12)
    #expect(
      try study.ledger.observations(run: 1).values.allSatisfy {
        $0.values.allSatisfy { $0.value != nil }
      })
  }

  @Test func `a question that is empty each time is asked twice in all and ends no second call`()
    async throws
  {
    let study = try Self.study()
    // Ten canaries whose replies are empty, whoever asks, before and behind others.
    let empty = Mutex<Set<String>>([])
    func server() throws -> BilledServer {
      try BilledServer { request in
        if request.number >= 12, request.prompts.count == 1 {
          empty.withLock { if $0.count < 10 { _ = $0.insert(request.prompts[0]) } }
        }
        return empty.withLock { $0.contains(request.prompts[0]) && request.prompts.count == 1 }
          ? .reply(.refusal(200, #"{"choices":[{"index":99,"text":"x"}]}"#)) : nil
      }
    }
    let first = try server()
    #expect(try await Self.run(study, first, concurrency: 1)?.code == "endpoint-down")
    let second = try server()
    #expect(try await Self.run(study, second, concurrency: 1) == nil)
    let asked = (first.requests + second.requests).map(\.prompts).filter { $0.count == 1 }
    #expect(Dictionary(grouping: asked, by: \.self).values.allSatisfy { $0.count <= 2 })
  }

  @Test func `a gateway's page between answers passes`() async throws {
    let study = try Self.study()
    let server = try BilledServer {
      $0.number == 20 ? .reply(.refusal(200, "<html>back in a second</html>")) : nil
    }
    let tally = try await study.driver(concurrency: 1, send: server.send).run(
      study.questions(try study.plan().direct))
    #expect(tally.isComplete && server.requests.count == 114 + 1)
  }

  @Test func `a filter that holds everything back is told, and ends the run`() async throws {
    let study = try Self.study()
    let server = try BilledServer { request in
      guard request.number >= 12 else { return nil }
      usleep(20_000)
      return .reply(.refusal(400, #"{"error":{"code":"content_filter","message":"no"}}"#))
    }
    let notes = Mutex<[String]>([])
    var driver = try study.driver(send: server.send)
    driver.note = { note in notes.withLock { $0.append(note) } }
    let packs = try study.plan().direct
    let error = await `Driver of requests`.error {
      try await driver.run(study.questions(packs))
    }
    #expect(error?.code == "all-filtered")
    #expect(server.requests.count <= 12 + 2 * RetryPolicy().filteredTextsInRow)
    #expect(notes.withLock { $0.count { $0.contains("holds texts back") } } == 1)
    // Behind a route without the filter the same command gets them all.
    let open = try BilledServer()
    #expect(try await Self.run(study, open) == nil)
    #expect(
      try study.ledger.observations(run: 1).values.allSatisfy {
        $0.values.allSatisfy { $0.value != nil }
      })
  }

  @Test func `a filter that answers with status 200 is told, counted and ends the run as well`()
    async throws
  {
    let study = try Self.study()
    let choices = (0..<64).map { ["index": $0, "text": "", "finish_reason": "content_filter"] }
    let body = try JSONSerialization.data(withJSONObject: ["choices": choices])
    let server = try BilledServer { request in
      guard request.number >= 12 else { return nil }
      usleep(5_000)
      return .reply(.refusal(200, String(decoding: body, as: UTF8.self)))
    }
    let notes = Mutex<[String]>([])
    var driver = try study.driver(send: server.send)
    driver.note = { note in notes.withLock { $0.append(note) } }
    let packs = try study.plan().direct
    let error = await `Driver of requests`.error {
      try await driver.run(study.questions(packs))
    }
    #expect(error?.code == "all-filtered" && error?.help?.contains("asks these again") == true)
    #expect(server.requests.count <= 12 + RetryPolicy().filteredTextsInRow + 4)
    #expect(notes.withLock { $0.count { $0.contains("counts as not answered") } } == 1)
  }

  @Test func `"too many requests" that is not to be asked again slows the run down`() async throws {
    let study = try Self.study()
    let server = try BilledServer { request in
      guard request.number >= 12 else { return nil }
      return .reply(.refusal(429, "{}", [(name: "x-should-retry", value: "false")]))
    }
    let error = try await Self.run(study, server)
    #expect(error?.code == "endpoint-busy")
    #expect(server.requests.count < 80, "\(server.requests.count)")
    #expect(study.waited.withLock { $0 } >= RetryPolicy().longestThrottleSeconds)
  }

  @Test func `a handshake that breaks behind answers passes`() async throws {
    let study = try Self.study()
    let model = ScriptedModel { number throws(TransportError) in
      guard (20..<23).contains(number) else { return nil }
      throw TransportError(
        fate: .notSent, code: 35, message: "http://127.0.0.1:1: reset", cause: .certificate(.noTLS))
    }
    let tally = try await study.driver(concurrency: 1, send: model.send).run(
      study.questions(try study.plan().direct))
    #expect(tally.isComplete && model.requests == 114 + 3)
    // Before any answer it is the wrong port.
    let first = ScriptedModel { _ throws(TransportError) in
      throw TransportError(
        fate: .notSent, code: 35, message: "http://127.0.0.1:1: reset", cause: .certificate(.noTLS))
    }
    let other = try Self.study()
    let error = await `Driver of requests`.error {
      try await other.driver(concurrency: 1, send: first.send).run(
        other.questions(try other.plan().direct))
    }
    #expect(error?.code == "tls-refused" && first.requests == 1)
  }

  @Test func `a reply that is too large is asked for in parts, and counts as billed`() async throws
  {
    let study = try Self.study(12)
    let meter = SpendMeter(price: try Spending.price())
    let model = ScriptedModel { number throws(TransportError) in
      guard number == 3 else { return nil }
      throw TransportError(fate: .overLimit, code: 23, message: "http://127.0.0.1:1: too large")
    }
    var driver = try study.driver(concurrency: 1, send: model.send)
    driver.spending = meter
    let packs = try study.plan().direct
    let tally = try await driver.run(study.questions(packs))
    #expect(tally.isComplete && tally.given == 0 && tally.planned > packs.count)
    // Beside the replies of the model, which tell no tokens.
    #expect(meter.spend.uncounted == model.requests)
  }

  @Test func `what was refused when a run is stopped is asked again`() async throws {
    let study = try Self.study()
    let stops = Mutex(false)
    let server = try BilledServer { request in
      guard request.number >= 12 else { return nil }
      if request.number == 15 { stops.withLock { $0 = true } }
      return .reply(.refusal(400, #"{"error":{"message":"no"}}"#))
    }
    let stopped = try await study.driver(
      concurrency: 1, stopping: { stops.withLock { $0 } }, send: server.send
    ).run(study.questions(try study.plan().direct))
    #expect(!stopped.isComplete)
    let open = try BilledServer()
    #expect(try await Self.run(study, open) == nil)
    #expect(
      try study.ledger.observations(run: 1).values.allSatisfy {
        $0.values.allSatisfy { $0.value != nil }
      })
  }

  @Test func `a filter on some texts costs no others, and they are counted`() async throws {
    let study = try Self.study()
    let held = Mutex<Set<String>>([])
    let server = try BilledServer { request in
      if request.number == 5 { held.withLock { _ = $0.insert(request.prompts[0]) } }
      return held.withLock { !$0.isDisjoint(with: request.prompts) }
        ? .reply(.refusal(400, #"{"error":{"code":"content_filter"}}"#)) : nil
    }
    let tally = try await study.driver(concurrency: 1, send: server.send).run(
      study.questions(try study.plan().direct))
    #expect(tally.isComplete && tally.held >= 1)
  }

  @Test func `another name in the replies is told once`() async throws {
    let study = try Self.study()
    let server = try BilledServer()
    let notes = Mutex<[String]>([])
    let count = Mutex(0)
    var driver = try study.driver(send: { request throws(TransportError) in
      let reply = try await server.send(request)
      let name = count.withLock { count in
        count += 1
        return count < 40 ? "first" : "second"
      }
      return reply.named(name)
    })
    driver.note = { note in notes.withLock { $0.append(note) } }
    #expect(try await driver.run(study.questions(try study.plan().direct)).isComplete)
    #expect(
      notes.withLock { $0 } == [
        "replies name the model 'second', and 'first' before: if the model was replaced, the numbers "
          + "are those of two models, and nothing passes"
      ])
  }

  @Test func `what is under way when a run stops is waited for and stored`() async throws {
    let study = try Self.study()
    let server = try BilledServer { asked in
      if asked.number < 12 { return nil }
      // The last of four refuses at once; the others are still being written.
      return asked.number == 15 ? .reply(.refusal(402)) : .late(0.4)
    }
    let packs = try study.plan().direct
    let driver = Driver(
      ledger: study.ledger, run: study.run, dialect: dialect(),
      endpoint: ProbedStudy.endpoint, send: server.send, policy: RetryPolicy(), concurrency: 4,
      progress: { _, _ in }, now: { ProbedStudy.time },
      sleep: { try await Task.sleep(for: .seconds($0)) }, stopping: { false })
    let error = await `Driver of requests`.error { try await driver.run(study.questions(packs)) }
    #expect(error?.code == "no-credit")
    let refusals = 1
    let answered = server.requests.count - refusals
    #expect(error?.details == ["\(answered) replies of run 1 are stored"])
    #expect(
      try study.ledger.requests(run: 1, procedure: .direct, round: 0).values.count {
        $0.answered
      } == answered)
  }

  @Test func `a fresh connection is none of those that are kept`() async throws {
    let server = try BilledServer { $0.number < 4 ? .late(0.2) : nil }
    let request = HTTPRequest(
      url: ProbedStudy.endpoint.url + "/v1/completions", headers: [], body: Secret([0x7B, 0x7D]))
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 { group.addTask { _ = try? await server.send(request) } }
    }
    _ = try await server.send(request)
    #expect(server.requests.map(\.connection).max() == 3)
    var fresh = request
    fresh.needsFreshConnection = true
    _ = try await server.send(fresh)
    #expect(server.requests.last?.connection == 4)
  }

  @Test func `after a transport failure connections are fresh until an answer comes`()
    async throws
  {
    let study = try Self.study()
    let model = ScriptedModel { (number) async throws(TransportError) -> Reply? in
      if number == 5 || number == 6 {
        throw TransportError(fate: .notSent, code: 7, message: "http://127.0.0.1:1: broken")
      }
      return nil
    }
    let flags = Mutex<[Bool]>([])
    let packs = try study.plan().direct
    _ = try await study.driver(
      concurrency: 1,
      send: { (request) async throws(TransportError) -> Reply in
        flags.withLock { $0.append(request.needsFreshConnection) }
        return try await model.send(request)
      }
    ).run(study.questions(packs))
    let seen = flags.withLock { $0 }
    #expect(seen.indices.filter { seen[$0] } == [6, 7])
  }
}
