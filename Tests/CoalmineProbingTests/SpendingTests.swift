// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineProbing
import CoalmineTesting
import Foundation
import Synchronization
import Testing

/// What a run spends, by a model whose replies tell their tokens.
@Suite struct `Spending` {
  /// One dollar per input token and two per output token.
  static func price() throws -> Price {
    let text = """
      prices:
        - {host: h, models: [m], input: 1000000, output: 2000000, batch: 0.5, seen: x, source: y}
      """
    return try #require(
      try PriceTable(Array(text.utf8), path: "p").price(host: "h", model: "m"))
  }

  /// A model that bills three tokens in and one out per request, and the bill.
  final class Biller: Sendable {
    let bill = Mutex(0)
    let model: ScriptedModel
    let counts: Bool

    init(
      counts: Bool = true,
      fault: @escaping @Sendable (Int) async throws(TransportError) -> Reply? = { _ in nil }
    ) {
      self.counts = counts
      model = ScriptedModel(fault: fault)
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> Reply {
      bill.withLock { $0 += 1 }
      let reply = try await model.send(request)
      guard counts, reply.status == 200, var object = try? jsonObject(Data(reply.body)) else {
        return reply
      }
      object["usage"] = ["prompt_tokens": 3, "completion_tokens": 1]
      return ScriptedModel.reply(object)
    }
  }

  private static func run(
    _ study: ProbedStudy, _ biller: Biller, _ meter: SpendMeter, concurrency: Int = 1
  ) async throws -> Driver.Tally {
    var driver = try study.driver(concurrency: concurrency) {
      request async throws(TransportError) in try await biller.send(request)
    }
    driver.spending = meter
    return try await driver.run(study.questions(try study.plan().direct))
  }

  private static func study() throws -> ProbedStudy {
    try ProbedStudy(canaries: 12, probes: [.sampledExtraction])
  }

  @Test func `a run counts the tokens of its replies, and dollars where the price is known`()
    async throws
  {
    let study = try Self.study()
    let meter = SpendMeter(price: try Self.price())
    #expect(try await Self.run(study, Biller(), meter, concurrency: 4).isComplete)
    let requests = try study.plan().direct.count
    #expect(meter.spend.inputTokens == 3 * requests && meter.spend.outputTokens == requests)
    #expect(meter.spend.dollars == Double(5 * requests) && meter.spend.uncounted == 0)
    let unknown = SpendMeter(price: nil)
    #expect(try await Self.run(try Self.study(), Biller(), unknown).isComplete)
    #expect(unknown.spend.inputTokens == 3 * requests && unknown.spend.dollars == nil)
  }

  @Test(arguments: [1, 4])
  func `a run stops before it could cost more, and goes on with a higher limit`(_ concurrency: Int)
    async throws
  {
    // Without counts every request is taken at its bound, which is about the same for all.
    let bounds = SpendMeter(price: try Self.price())
    #expect(try await Self.run(try Self.study(), Biller(counts: false), bounds).isComplete)
    let most = try #require(bounds.spend.dollars) / 12
    let tight = try Self.study()
    let next = Biller()
    let small = SpendMeter(price: try Self.price(), limit: most + 30)
    let stopped = await `Driver of requests`.error {
      try await Self.run(tight, next, small, concurrency: concurrency)
    }
    let sent = next.bill.withLock { $0 }
    let spent = try #require(small.spend.dollars)
    #expect(stopped?.code == "cost-cap-reached" && stopped?.exit == .incomplete)
    #expect(stopped?.help?.contains("--max-cost") == true)
    #expect(sent >= 5 && sent <= 9 && spent == Double(5 * sent) && spent <= most + 30)
    // What is stored is not asked again.
    let rest = SpendMeter(price: try Self.price(), limit: 5_000)
    #expect(try await Self.run(tight, next, rest).isComplete)
    #expect(next.bill.withLock { $0 } == 12)
    #expect(rest.spend.dollars == Double(5 * (12 - sent)))
  }

  @Test func `a limit below one request sends none`() async throws {
    let biller = Biller()
    let study = try Self.study()
    let error = await `Driver of requests`.error {
      try await Self.run(study, biller, SpendMeter(price: try Self.price(), limit: 5))
    }
    #expect(error?.code == "cost-cap-reached" && biller.bill.withLock { $0 } == 0)
  }

  @Test func `a reply without counts is taken at the most that it can have cost`() async throws {
    let meter = SpendMeter(price: try Self.price())
    let study = try Self.study()
    #expect(try await Self.run(study, Biller(counts: false), meter).isComplete)
    let requests = try study.plan().direct.count
    #expect(meter.spend.uncounted == requests)
    // Four samples of three tokens, and more bytes than the prompt has.
    #expect(meter.spend.outputTokens >= 4 * requests && meter.spend.inputTokens > 30 * requests)
  }

  @Test func `a request without a reply may have been billed, a refused one was not`() async throws
  {
    let meter = SpendMeter(price: try Self.price())
    let lost = Biller { number throws(TransportError) in
      if number == 3 { throw `Driver of requests`.failure(.ambiguous) }
      if number == 5 { throw `Driver of requests`.failure(.notSent) }
      return number == 7 ? .refusal(503) : nil
    }
    let study = try Self.study()
    #expect(try await Self.run(study, lost, meter).isComplete)
    let requests = try study.plan().direct.count
    #expect(meter.spend.uncounted == 1 && lost.bill.withLock { $0 } == requests + 3)
    #expect(meter.spend.outputTokens > requests && meter.spend.inputTokens > 3 * requests)
    // A later call sends nothing and comes to the same sum.
    let again = try SpendMeter.ofRun(
      study.run, in: study.ledger, price: try Self.price(), limit: 1e9, at: ProbedStudy.endpoint)
    #expect(again.spend.dollars == Double(5 * requests))
    #expect(try await Self.run(study, lost, again).isComplete)
    #expect(lost.bill.withLock { $0 } == requests + 3)
    #expect(again.spend == meter.spend)
  }

  @Test func `batch jobs cost their share, and stop at the limit as well`() async throws {
    let study = try Self.study()
    let requests = try study.plan().direct.count
    let usage = ["prompt_tokens": 3, "completion_tokens": 1]
    let provider = BatchProvider { body, _ in
      guard
        var object =
          try? jsonObject(ScriptedModel.completions((try? jsonObject(body)) ?? [:]).body)
      else { return nil }
      object["usage"] = usage
      return [
        "response": ["status_code": 200, "body": object] as [String: Any], "error": NSNull(),
      ]
    }
    func run(_ meter: SpendMeter) async throws -> Driver.Tally {
      var driver = try study.driver(send: provider.send)
      driver.usesJobs = true
      driver.spending = meter
      return try await driver.run(study.questions(try study.plan().direct))
    }
    let none = SpendMeter(price: try Self.price(), limit: 1)
    let error = await `Driver of requests`.error { try await run(none) }
    #expect(error?.code == "cost-cap-reached" && provider.now.jobs.isEmpty)
    let meter = SpendMeter(price: try Self.price(), limit: 1_000_000)
    #expect(try await run(meter).isComplete)
    #expect(meter.spend.dollars == Double(requests) * 2.5, "\(meter.spend)")
  }

  @Test func `what waits in a job of an earlier call is not spent a second time`() async throws {
    let study = try Self.study()
    let provider = BatchProvider(looks: 3)
    func run(_ meter: SpendMeter, _ stopping: @escaping @Sendable () -> Bool = { false })
      async throws -> Driver.Tally
    {
      var driver = try study.driver(stopping: stopping, send: provider.send)
      driver.usesJobs = true
      driver.spending = meter
      return try await driver.run(study.questions(try study.plan().direct))
    }
    // About half of the requests fit.
    let whole = SpendMeter(price: try Self.price())
    #expect(try await Self.run(try Self.study(), Biller(counts: false), whole).isComplete)
    let limit = try #require(whole.spend.dollars) / 4
    func meter() throws -> SpendMeter {
      try SpendMeter.ofRun(
        study.run, in: study.ledger, price: try Self.price(), limit: limit, at: ProbedStudy.endpoint
      )
    }
    _ = await `Driver of requests`.error {
      try await run(try meter()) { !provider.now.jobs.isEmpty }
    }
    #expect(provider.now.jobs.count == 1)
    let paid = provider.now.bill.count
    #expect(paid > 0 && paid < 12)
    // The next call says what waits, and makes no other job before that one has cost less than its bound.
    let share = try StoredShare(
      of: study.run, isFinished: false, try study.plan(), in: study.ledger,
      by: provider.words.dialect, promptsPerRequest: .max, meter: try meter(),
      tokens: { _ in TokenBound(input: 10, output: 1) })
    #expect(
      share.waiting == paid && share.waitingBound == TokenBound(input: 10 * paid, output: paid))
    let next = try meter()
    let error = await `Driver of requests`.error { try await run(next) }
    #expect(error?.code == "cost-cap-reached" && provider.now.bill.count == paid)
    #expect(try #require(next.spend.dollars) <= limit)
  }

  @Test func `a limit of a run counts what is stored, and what tells no tokens by its bound`()
    async throws
  {
    let study = try Self.study()
    let requests = try study.plan().direct.count
    #expect(try await Self.run(study, Biller(), SpendMeter(price: nil)).isComplete)
    let meter = try SpendMeter.ofRun(
      study.run, in: study.ledger, price: try Self.price(), limit: 100, at: ProbedStudy.endpoint)
    #expect(meter.spend.dollars == Double(5 * requests))
    #expect(throws: CoalmineError.self) {
      _ = try SpendMeter.ofRun(
        study.run, in: study.ledger, price: nil, limit: 100, at: ProbedStudy.endpoint)
    }
    let silent = try Self.study()
    #expect(try await Self.run(silent, Biller(counts: false), SpendMeter(price: nil)).isComplete)
    let counted = SpendMeter(price: try Self.price())
    #expect(try await Self.run(try Self.study(), Biller(counts: false), counted).isComplete)
    let later = try SpendMeter.ofRun(
      silent.run, in: silent.ledger, price: try Self.price(), limit: 100, at: ProbedStudy.endpoint)
    #expect(later.spend.uncounted == requests && later.spend.dollars == 0)
    let biller = Biller(counts: false)
    #expect(try await Self.run(silent, biller, later).isComplete)
    #expect(later.spend == counted.spend && biller.bill.withLock { $0 } == 0)
  }

  @Test(
    arguments: [
      (0, "0.00"), (1e-12, "0.00"), (1_234.5, "1234.50"), (1, "1.00"), (0.5, "0.50"), (0.1, "0.10"),
      (0.0017, "0.0017"), (0.00086, "0.00086"), (0.099, "0.099"),
    ] as [(Double, String)])
  func `dollars are shown to the cent, and smaller ones by two digits`(
    _ amount: Double, _ text: String
  ) { #expect(Dollars.text(amount) == text) }
}
