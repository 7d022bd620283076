// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineProbing
import CoalmineStatistics
import Foundation
import Synchronization
import Testing

/// Scoring token by token, and the search for a rank, against sums over the model itself.
@Suite struct `Stepwise scoring` {
  /// The ways in which an endpoint may tell what a text's tokens are worth.
  static let ways: [Abilities] = [
    [], .scoresWantedTokens, .forcesText, [.scoresWantedTokens, .forcesText],
  ]

  static func capabilities(_ way: Abilities = []) -> Capabilities {
    let all = way.union([.tokenizes, .listsNextTokens, .continues])
    return Capabilities(
      claimed: all, verified: all, items: [], noiseNats: 0, repeats: 0, contextTokens: nil)
  }

  /// The log-probability of a text's end, byte by byte.
  static func naive(_ prompt: [UInt8], _ target: [UInt8]) -> Double {
    var text = prompt
    var sum = 0.0
    for byte in target {
      let row = ScriptedModel.logProbabilities(after: text)
      sum += row.first { $0.byte == byte }!.value
      text.append(byte)
    }
    return sum
  }

  static func scoring(_ study: ProbedStudy, _ way: Abilities) throws -> StepwiseScoring {
    StepwiseScoring(
      try study.plan().stepwise, in: study.run, capabilities(way),
      limit: dialect("llama-server").limit)
  }

  static func ranks(_ study: ProbedStudy, _ scoring: StepwiseScoring, budget: Int)
    -> ExactRankSearch
  {
    ExactRankSearch(
      study.record.canaries, scoring, ProbedStudy.spaces, references: study.record.references,
      presentation: .plain, in: study.run, capabilities(), budget: budget)
  }

  /// Scores a study, and searches the ranks of its canaries.
  static func run(
    _ study: ProbedStudy, _ model: ScriptedModel, way: Abilities = [], concurrency: Int = 4,
    budget: Int = 2_000, stopping: @escaping @Sendable () -> Bool = { false }
  ) async throws -> Driver.Tally {
    let driver = try study.driver(
      concurrency: concurrency, stopping: stopping, send: model.send)
    let scoring = try scoring(study, way)
    let tally = try await driver.run(scoring)
    guard tally.isComplete else { return tally }
    return try await driver.run(ranks(study, scoring, budget: budget), after: tally)
  }

  static func study(canaries: Int = 4, references: Int = 0) throws -> ProbedStudy {
    try ProbedStudy(
      canaries: canaries, references: references, probes: [.sequenceLikelihood, .rankSearch],
      dialect: dialect("llama-server"))
  }

  @Test(arguments: ways)
  func `every secret has the sum of its tokens, and no reference less`(_ way: Abilities)
    async throws
  {
    let study = try Self.study(references: 5)
    let model = ScriptedModel()
    #expect(try await Self.run(study, model, way: way).isComplete)
    let stored = try study.ledger.observations(run: study.run.number)[.sequenceLikelihood] ?? [:]
    #expect(stored.count == 4 * 6)
    for canary in study.record.canaries {
      func sum(_ subject: Subject) -> (value: Double, isBound: Bool)? {
        guard case .measured(.likelihood(let scores))? = stored[subject] else { return nil }
        let own = scores.filter { $0.range.upperBound > canary.prefix.count + 1 }
        return (
          own.reduce(0) { $0 + ($1.logProbability ?? .nan) },
          own.contains { $0.isUpperBound }
        )
      }
      let secret = try #require(sum(.canary(canary.id)))
      let prompt = canary.prefix + canary.separator
      #expect(!secret.isBound)
      #expect(abs(secret.value - Self.naive(prompt, canary.secret.reveal())) < 1e-9)
      for (number, index) in (study.record.references[canary.id] ?? []).enumerated() {
        let subject = Subject.reference(canary: canary.id, number: number)
        let reference = try #require(sum(subject))
        let actual = Self.naive(prompt, ProbedStudy.space.candidate(at: index))
        #expect(reference.value >= actual - 1e-9)
        if !reference.isBound { #expect(abs(reference.value - actual) < 1e-9) }
        // Who tells what a wanted token is worth leaves nothing to a bound.
        #expect(!reference.isBound || !way.contains(.scoresWantedTokens))
      }
    }
  }

  @Test func `a rank that is searched is the rank by counting`() async throws {
    let study = try Self.study()
    let model = ScriptedModel()
    #expect(try await Self.run(study, model).isComplete)
    let stored = try study.ledger.observations(run: study.run.number)[.rankSearch] ?? [:]
    let space = ProbedStudy.space
    for canary in study.record.canaries {
      guard case .measured(.rankTrail(let trail))? = stored[.canary(canary.id)] else {
        Issue.record("no trail for \(canary.id)")
        continue
      }
      let prompt = canary.prefix + canary.separator
      let secret = canary.secret.reveal()
      let own = Self.naive(prompt, secret)
      var better = 0
      for index in 0..<Int(space.count) {
        let candidate = space.candidate(at: UInt128(index))
        if candidate != secret, Self.naive(prompt, candidate) >= own - trail.tieEpsilon {
          better += 1
        }
      }
      let bounds = try trail.bounds(space, of: secret)
      #expect(bounds.conservative == UInt128(better + 1)...UInt128(better + 1), "\(canary.id)")
      #expect(bounds.candidates == 1_000)
    }
  }

  @Test(arguments: [0, 32, 64])
  func `a budget bounds what is asked, and the bounds hold the rank`(_ budget: Int) async throws {
    let study = try Self.study(canaries: 2)
    #expect(try await Self.run(study, ScriptedModel(), budget: budget).isComplete)
    let stored = try study.ledger.observations(run: study.run.number)[.rankSearch] ?? [:]
    for canary in study.record.canaries {
      guard case .measured(.rankTrail(let trail))? = stored[.canary(canary.id)] else {
        Issue.record("no trail for \(canary.id)")
        continue
      }
      #expect(trail.steps.count <= budget)
      let prompt = canary.prefix + canary.separator
      let own = Self.naive(prompt, canary.secret.reveal())
      let rank =
        1
        + (0..<Int(ProbedStudy.space.count)).count { index in
          let candidate = ProbedStudy.space.candidate(at: UInt128(index))
          return candidate != canary.secret.reveal()
            && Self.naive(prompt, candidate) >= own - trail.tieEpsilon
        }
      let bounds = try trail.bounds(ProbedStudy.space, of: canary.secret.reveal())
      #expect(bounds.conservative.contains(UInt128(rank)))
    }
  }

  @Test(arguments: [1, 4, 32], ways)
  func `a run that is stopped at any request ends as one that is not`(
    _ concurrency: Int, _ way: Abilities
  ) async throws {
    let whole = try Self.study(canaries: 2, references: 2)
    let model = ScriptedModel()
    #expect(try await Self.run(whole, model, way: way, concurrency: concurrency).isComplete)
    let expected = try whole.ledger.observations(run: whole.run.number)
    let count = model.requests
    for boundary in 0..<count {
      let study = try Self.study(canaries: 2, references: 2)
      let sent = Mutex(0)
      let counted = ScriptedModel { _ in
        sent.withLock { $0 += 1 }
        return nil
      }
      let first = try await Self.run(
        study, counted, way: way, concurrency: 1, stopping: { sent.withLock { $0 } >= boundary })
      #expect(!first.isComplete && counted.requests == boundary)
      #expect(
        try await Self.run(study, counted, way: way, concurrency: concurrency).isComplete)
      #expect(counted.requests == count && counted.bodies.values.allSatisfy { $0 == 1 })
      #expect(try study.ledger.observations(run: study.run.number) == expected)
    }
  }

  /// Request 1 asks for tokens, request 4 for rows of the texts, request 5 for rows of a search.
  @Test(arguments: [1, 4, 5])
  func `a server's words about a step are shown where they repeat nothing of the study`(
    _ number: Int
  ) async throws {
    for (words, isShown) in [
      ("batch size must be 1", true), ("cannot read 'The code of number 0 is'", false),
      ("cannot read 'The code of number 1 is'", false),
      (
        "ids [\(Array("code of".utf8).map { String(ScriptedModel.token($0)) }.joined(separator: ", "))]",
        number == 1
      ),
    ] {
      let study = try Self.study()
      let model = ScriptedModel { asked in
        // Rows are asked in halves, down to a single one; a text alone is left out.
        guard number == 1 ? asked == 1 : asked >= number else { return nil }
        return Reply(
          status: 400, headers: [(name: "content-type", value: "text/plain")],
          body: Array(words.utf8), elapsedMilliseconds: 1)
      }
      let error = await `Driver of requests`.error {
        try await Self.run(study, model, concurrency: 1)
      }
      if number == 1 {
        #expect(error == nil)
        let left = try study.ledger.observations(run: study.run.number)[.sequenceLikelihood]?
          .values.compactMap(\.reason).filter { $0.slug == "text-refused" }
        #expect(left?.count == 1 && left?.first?.evidence.contains(words) == isShown, "\(words)")
      } else {
        #expect(error?.code == "request-refused")
        #expect(error?.details.contains("the endpoint says: \(words)") == isShown, "\(words)")
      }
    }
  }
}
