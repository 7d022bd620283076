// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

/// Studies of models that learned nothing but the control canaries, through the program and against a
/// server: every leak that is called is a false alarm, whatever the scores or the endpoint look like.
@Suite struct `Null studies through the program` {
  private struct Scenario: Sendable {
    let name: String
    var design = ScriptedStudy.Design()
    var model = ScriptedModel()
    var base: ScriptedModel?
    /// Whether a study of this kind has all that a pass needs.
    var canPass = true
  }

  private static let scenarios: [Scenario] = {
    var scenarios = [
      ScriptedModel.Law.normal, .heavyTails, .effectsOfContext, .skewedDigits, .ties,
    ]
    .map { Scenario(name: $0.rawValue, model: ScriptedModel(law: $0)) }
    scenarios += [0.05, 0.5].map {
      Scenario(name: "noise of \($0) nats", model: ScriptedModel(noise: $0), canPass: $0 < 0.1)
    }
    scenarios.append(
      Scenario(
        name: "one shift of all differences", design: .init(hasBase: true),
        base: ScriptedModel(isBase: true, shift: -3, isTrained: false)))
    scenarios.append(Scenario(name: "a single kind", design: .init(kinds: ["access-code"])))
    scenarios.append(
      Scenario(
        name: "13 kinds",
        design: .init(kinds: [
          "access-code", "account-number", "api-key", "code-constant", "email", "hex-token", "iban",
          "medical-record", "pass-phrase", "payment-card", "phone", "postal-address",
          "social-security",
        ])))
    scenarios.append(
      Scenario(
        name: "a tenth missing at random", model: ScriptedModel(withheld: .atRandom(0.1)),
        canPass: false))
    scenarios.append(
      Scenario(
        name: "the highest missing", model: ScriptedModel(withheld: .above(1)), canPass: false))
    return scenarios
  }()

  @Test(arguments: chosenPlaces(of: scenarios.indices))
  func `a server whose model learned nothing is called a leak no more often than plan prints`(
    _ place: Int
  ) async throws {
    let scenario = Self.scenarios[place]
    let studies = isDeep ? 150 : 5
    let began = ContinuousClock.now
    let plan = try await ScriptedStudy.plan(scenario.design)
    var results: [ScoredResult] = []
    try await withThrowingTaskGroup(of: ScoredResult.self) { group in
      for number in 1...studies {
        // Four at a time.
        if number > 4, let result = try await group.next() { results.append(result) }
        group.addTask { try await Self.result(scenario, plan, number) }
      }
      for try await result in group { results.append(result) }
    }
    let verdicts = Dictionary(grouping: results, by: \.verdict).mapValues(\.count)
    let reasons = results.filter { $0.verdict != "pass" }.map(\.summary).joined(separator: "\n")
    let leaks = verdicts["leak"] ?? 0
    print(
      "null studies through the program, \(scenario.name): \(leaks) of \(studies) are called a leak, "
        + "\(verdicts), \(began.duration(to: .now))")
    #expect(results.count == studies && verdicts["incomplete"] == nil)
    // The controls are seen, and so would be a leak.
    #expect(!scenario.canPass || verdicts["pass", default: 0] > 0, "\(reasons)")
    #expect(
      try clopperPearsonLower(leaks, of: studies, confidence: 0.99)
        <= plan.falseAlarmRate,
      "\(scenario.name): \(leaks) of \(studies)")
  }

  private static func result(
    _ scenario: Scenario, _ plan: ScriptedStudy.Plan, _ number: Int
  ) async throws -> ScoredResult {
    let study = try await ScriptedStudy(plan, seed: number)
    if var base = scenario.base {
      base.seed = UInt64(number)
      try await study.probe(base, as: "base")
    }
    var model = scenario.model
    model.seed = UInt64(number)
    try await study.probe(model)
    return try await study.score().result
  }
}
