// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineProbing
import Foundation
import Synchronization
import Testing

/// Requests that are refused whole, and asked in halves.
@Suite struct `Refused requests` {
  typealias Observations = [Probe: [Subject: Outcome<Observation>]]

  static let probes: [Probe] = [.sequenceLikelihood, .greedyExtraction, .sampledExtraction]

  static func study() throws -> ProbedStudy { try ProbedStudy(canaries: 26, probes: probes) }

  static func execute(_ study: ProbedStudy, _ server: BilledServer, concurrency: Int = 4)
    async throws -> Driver.Tally
  {
    try await study.driver(concurrency: concurrency, send: server.send)
      .run(study.questions(try study.plan().direct))
  }

  /// What a server that takes everything answers, and how many requests that takes.
  static func undisturbed() async throws -> (Observations, requests: Int) {
    let study = try study()
    let server = try BilledServer()
    #expect(try await execute(study, server).isComplete)
    return (try `Driver of requests`.observations(study), server.requests.count)
  }

  static func same(_ left: Observations, _ right: Observations) -> Bool { left == right }

  /// Refuses more prompts than `limit`, in plain text.
  static func limited(_ limit: Int, _ status: Int = 422) throws -> BilledServer {
    try BilledServer { asked in
      guard asked.prompts.count > limit else { return nil }
      return .reply(
        Reply(
          status: status, headers: [(name: "content-type", value: "text/plain")],
          body: Array("batch size must be \(limit)".utf8), elapsedMilliseconds: 0))
    }
  }

  @Test(arguments: [(1, 422), (4, 422), (4, 413), (7, 400)])
  func `a server that takes few prompts per request answers everything`(
    _ limit: Int, _ status: Int
  ) async throws {
    let study = try Self.study()
    let server = try Self.limited(limit, status)
    let tally = try await Self.execute(study, server)
    #expect(tally.isComplete && tally.given == 0)
    #expect(try `Driver of requests`.observations(study) == (try await Self.undisturbed().0))
    let refused = server.requests.count { $0.prompts.count > limit }
    #expect(refused <= 9, "\(refused) of \(server.requests.count) were refused")
  }

  @Test(arguments: [1, 4, 7])
  func `the total is known as soon as the size of a request is`(_ limit: Int) async throws {
    let study = try Self.study()
    let server = try Self.limited(limit)
    let shown = Mutex<[(answered: Int, total: Int)]>([])
    let tally = try await study.driver(
      concurrency: 1,
      progress: { answered, total in shown.withLock { $0.append((answered, total)) } },
      send: server.send
    ).run(study.questions(try study.plan().direct))
    let totals = shown.withLock { $0 }
    #expect(tally.isComplete && totals.last?.total == tally.planned)
    // The first request finds the size; from then on nothing is left to learn.
    let known = try #require(totals.first { $0.answered == 1 })
    #expect(known.total == tally.planned, "\(totals.map(\.total))")
  }

  @Test func `prompts per request can be stated`() async throws {
    let study = try Self.study()
    let server = try Self.limited(4)
    let tally = try await study.driver(promptsPerRequest: 4, send: server.send)
      .run(study.questions(try study.plan().direct))
    #expect(tally.isComplete && server.requests.allSatisfy { $0.prompts.count <= 4 })
    #expect(try `Driver of requests`.observations(study) == (try await Self.undisturbed().0))
  }

  static let bodies = [
    (#"{"error":{"message":"filtered","code":"content_filter"}}"#, "censored"),
    (
      #"{"error":{"code":"x","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#, "censored"
    ),
    (#"{"error":{"message":"the words of the server"}}"#, "failed"),
  ]

  @Test(arguments: bodies) func `one bad text does not end a run`(_ body: String, _ status: String)
    async throws
  {
    let study = try Self.study()
    let bad = String(decoding: study.record.canaries[7].prefix, as: UTF8.self)
    let server = try BilledServer { asked in
      asked.prompts.contains { $0.hasPrefix(bad + " ") || $0 == bad }
        ? .reply(.refusal(400, body)) : nil
    }
    let (whole, requests) = try await Self.undisturbed()
    let tally = try await Self.execute(study, server)
    #expect(tally.isComplete && tally.given == 0)
    var others = whole
    var seen = try `Driver of requests`.observations(study)
    var touched = 0
    for (probe, outcomes) in seen {
      for (subject, outcome) in outcomes where outcome.value == nil {
        #expect(outcome.status == status)
        #expect(
          status == "censored" || outcome.reason?.evidence.contains("the words of") == true)
        #expect(subject.slug.contains("code-7"), "\(subject.slug)")
        seen[probe]?[subject] = nil
        others[probe]?[subject] = nil
        touched += 1
      }
    }
    // A secret and four references, and two continuations.
    #expect(touched == 7 && seen == others)
    // Each of the seven costs at most two requests per halving.
    let bound = requests + 98
    #expect(server.requests.count <= bound, "\(server.requests.count)")
  }

  @Test func `a filter inside a success takes one text away`() async throws {
    let study = try Self.study()
    let server = try BilledServer { asked in
      // Only requests for scores hold more prompts than there are canaries, and the first went out alone.
      guard asked.number > 0, asked.prompts.count > 26 else { return nil }
      let reply = ScriptedModel.completions(["prompt": asked.prompts, "echo": true])
      var object = try! JSONSerialization.jsonObject(with: Data(reply.body)) as! [String: Any]
      var choices = object["choices"] as! [[String: Any]]
      choices[3]["finish_reason"] = "content_filter"
      choices[3]["logprobs"] = NSNull()
      object["choices"] = choices
      return .reply(ScriptedModel.reply(object))
    }
    #expect(try await Self.execute(study, server).isComplete)
    let seen = try `Driver of requests`.observations(study)[.sequenceLikelihood] ?? [:]
    #expect(seen.count == 130 && seen.values.count { $0.status == "censored" } == 1)
  }

  @Test(arguments: [400, 413, 422])
  func `a server that refuses everything costs one halving down to a single text`(_ status: Int)
    async throws
  {
    let study = try Self.study()
    let server = try BilledServer { _ in .reply(.refusal(status)) }
    let error = await `Driver of requests`.error { try await Self.execute(study, server) }
    #expect(error?.code == "request-refused")
    #expect(server.requests.count == 7, "\(server.requests.count)")
  }

  @Test func `a server that refuses everything from some time on is left`() async throws {
    let study = try Self.study()
    let server = try BilledServer { $0.number < 2 ? nil : .reply(.refusal(400)) }
    let error = await `Driver of requests`.error {
      try await Self.execute(study, server, concurrency: 1)
    }
    #expect(error?.code == "request-refused")
    // Two answers, four requests under way that are halved six times, and eight single texts.
    let bound = 46
    #expect(server.requests.count <= bound, "\(server.requests.count)")
    #expect(error?.details.last == "2 replies of run 1 are stored")
    // It was the endpoint, so no text is left out when it takes them again.
    let mended = try BilledServer()
    #expect(try await Self.execute(study, mended).isComplete)
    #expect(try `Driver of requests`.observations(study) == (try await Self.undisturbed().0))
  }

  @Test func `a run that is stopped at any request of a split goes on and buys nothing twice`()
    async throws
  {
    let whole = try await Self.undisturbed().0
    for boundary in stride(from: 1, to: 40, by: 3) {
      let study = try Self.study()
      let server = try Self.limited(4)
      let packs = try study.plan().direct
      _ = try await study.driver(
        concurrency: 1, stopping: { server.requests.count >= boundary }, send: server.send
      ).run(study.questions(packs))
      let tally = try await study.driver(send: server.send).run(study.questions(packs))
      #expect(tally.isComplete)
      #expect(try `Driver of requests`.observations(study) == whole)
      let answered = server.requests.filter { $0.prompts.count <= 4 }.map(\.prompts)
      // Sampled questions ask one prompt, as greedy ones of one prompt would.
      let scored = answered.filter { $0.count > 1 }
      #expect(Set(scored).count == scored.count, "stopped at \(boundary)")
      // Nothing is left to ask.
      #expect(try await study.driver(send: server.send).run(study.questions(packs)).sent == 0)
    }
  }

  @Test func `stored replies of a split are read again to the same observations`() async throws {
    let study = try Self.study()
    let bad = String(decoding: study.record.canaries[3].prefix, as: UTF8.self)
    let server = try BilledServer { asked in
      asked.prompts.count > 8 || asked.prompts.contains { $0.hasPrefix(bad) }
        ? .reply(.refusal(422, #"{"error":{"message":"no"}}"#)) : nil
    }
    #expect(try await Self.execute(study, server).isComplete)
    let stored = try `Driver of requests`.observations(study)
    let asked = server.requests.count
    try study.ledger.forgetObservations(run: study.run.number)
    #expect(try `Driver of requests`.observations(study).isEmpty)
    let tally = try await study.driver(stopping: { true }, send: server.send)
      .run(study.questions(try study.plan().direct))
    #expect(tally.isComplete && tally.sent == 0 && server.requests.count == asked)
    #expect(try `Driver of requests`.observations(study) == stored)
  }

  @Test func `a request that takes too long is asked in halves and a slow server answers all`()
    async throws
  {
    let study = try ProbedStudy(canaries: 26, probes: [.sequenceLikelihood])
    var limits = TransportLimits()
    limits.silentSeconds = 2
    limits.totalSeconds = 2
    // 50 ms a prompt: 64 prompts take longer than is waited, 32 do not.
    let server = try BilledServer(limits: limits) { .late(0.05 * Double($0.prompts.count)) }
    let tally = try await Self.execute(study, server, concurrency: 2)
    #expect(tally.isComplete && tally.given == 0)
    #expect(server.requests.count { $0.prompts.count > 40 } <= 3)
  }
}
