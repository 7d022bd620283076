// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineProbing
import CoalmineTesting
import Foundation
import Synchronization
import Testing

/// Samples that an endpoint holds back are asked again: as many, and once.
@Suite struct `Withheld samples` {
  /// An endpoint that filters the first replies to every prompt that it is asked to go on with.
  private final class Filter: Sendable {
    let model = ScriptedModel()
    private let seen = Mutex<[String: Int]>([:])
    /// How many replies per prompt it holds back.
    let held: Int
    /// Which prompts it looks at.
    let looksAt: @Sendable (String) -> Bool

    init(_ held: Int, looksAt: @escaping @Sendable (String) -> Bool = { _ in true }) {
      self.held = held
      self.looksAt = looksAt
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> Reply {
      let reply = try await model.send(request)
      let asked = (try? jsonObject(request.body?.reveal() ?? [])) ?? [:]
      guard asked["echo"] == nil, let prompts = asked["prompt"] as? [String],
        var root = try? jsonObject(reply.body), var choices = root["choices"] as? [[String: Any]]
      else { return reply }
      let samples = asked["n"] as? Int ?? 1
      for place in choices.indices {
        let number = seen.withLock { seen in
          defer { seen[prompts[place / samples], default: 0] += 1 }
          return seen[prompts[place / samples], default: 0]
        }
        if number < held, looksAt(prompts[place / samples]) {
          choices[place]["finish_reason"] = "content_filter"
          choices[place]["text"] = ""
        }
      }
      root["choices"] = choices
      return ScriptedModel.reply(root)
    }
  }

  private func procedure(_ study: ProbedStudy) throws -> DirectQuestions {
    let plan = try study.plan(samples: 4)
    return DirectQuestions(plan.direct, in: study.run) {
      plan.again(try study.ledger.observations(run: study.run.number))
    }
  }

  @Test func `as many come in their place as were held back`() async throws {
    let study = try ProbedStudy(probes: [.sampledExtraction])
    let filter = Filter(3)
    let tally = try await study.driver(concurrency: 1, send: filter.send).run(procedure(study))
    #expect(tally.isComplete)
    let seen = try #require(
      try study.ledger.observations(run: study.run.number)[.sampledExtraction])
    #expect(seen.count == 6)
    for outcome in seen.values {
      guard case .completions(let texts)? = outcome.value else {
        Issue.record("no completions")
        continue
      }
      #expect(texts.count == 7 && texts.count { $0.isWithheld } == 3)
    }
    // Looked at again, nothing more is asked, whatever came the second time.
    let bill = filter.model.requests
    let again = try await study.driver(concurrency: 1, send: filter.send).run(procedure(study))
    #expect(again.isComplete && again.sent == 0 && filter.model.requests == bill)
  }

  @Test func `what is held back a second time is not asked a third`() async throws {
    let study = try ProbedStudy(probes: [.greedyExtraction, .sampledExtraction])
    let filter = Filter(.max)
    let tally = try await study.driver(send: filter.send).run(procedure(study))
    #expect(tally.isComplete)
    let seen = try study.ledger.observations(run: study.run.number)
    for (probe, count) in [(Probe.greedyExtraction, 2), (.sampledExtraction, 8)] {
      for outcome in try #require(seen[probe]).values {
        guard case .completions(let texts)? = outcome.value else {
          Issue.record("no completions")
          continue
        }
        #expect(texts.count == count && texts.allSatisfy(\.isWithheld))
      }
    }
  }

  @Test func `many texts that are held back again and again end no run that has answers`()
    async throws
  {
    let study = try ProbedStudy(canaries: 200, probes: [.sampledExtraction])
    let filter = Filter(.max) { $0.utf8.reduce(0, { $0 + Int($1) }) % 2 == 0 }
    let tally = try await study.driver(send: filter.send).run(procedure(study))
    #expect(tally.isComplete)
    let seen = try study.ledger.observations(run: study.run.number)
    let held = try #require(seen[.sampledExtraction]).values.count { outcome in
      guard case .completions(let texts)? = outcome.value else { return false }
      return texts.count == 8 && texts.allSatisfy(\.isWithheld)
    }
    #expect(held > RetryPolicy().filteredTextsInRow, "\(held)")
    #expect(filter.model.requests == 200 + held)
  }

  @Test func `nothing is asked again where nothing was held back`() async throws {
    let study = try ProbedStudy(probes: [.greedyExtraction, .sampledExtraction])
    let filter = Filter(0)
    let tally = try await study.driver(send: filter.send).run(procedure(study))
    #expect(try tally.sent == study.plan(samples: 4).direct.count)
  }

  @Test(arguments: 1...8)
  func `a run that stops at any request asks the same again`(_ stop: Int) async throws {
    let study = try ProbedStudy(probes: [.sampledExtraction])
    let filter = Filter(2)
    _ = try? await study.driver(
      concurrency: 1, stopping: { filter.model.requests >= stop }, send: filter.send
    ).run(procedure(study))
    let tally = try await study.driver(concurrency: 1, send: filter.send).run(procedure(study))
    #expect(tally.isComplete)
    let seen = try #require(
      try study.ledger.observations(run: study.run.number)[.sampledExtraction])
    #expect(
      seen.values.allSatisfy { outcome in
        if case .completions(let texts)? = outcome.value { texts.count == 6 } else { false }
      })
    // Every request was answered, so none was sent twice.
    #expect(filter.model.requests == tally.answered)
  }
}
