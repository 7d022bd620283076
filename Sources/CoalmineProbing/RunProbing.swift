// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// The procedures of one run, in their order: check, questions, scores token by token, ranks.
struct RunProbing {
  let ledger: Ledger
  let run: RunRecord
  let driver: Driver
  let study: RegisteredStudy
  /// The most prefixes that the search for one canary's exact rank asks.
  let rankBudget: Int

  /// What the endpoint can do, as an earlier call noted or as a check sees it now; `nil` where
  /// replies are missing.
  ///
  /// - Throws: ``CoalmineError`` with code `endpoint-cannot` where it cannot do what is asked:
  ///   nothing of the study has left then.
  func check() async throws -> (Capabilities?, Driver.Tally) {
    if let noted = try ledger.capabilities(run: run.number) {
      try expect(noted)
      return (noted, Driver.Tally())
    }
    let (seen, tally) = try await seen()
    if let seen {
      try ledger.store(seen, run: run.number)
      try expect(seen)
    }
    return (seen, tally)
  }

  /// What a check sees, by stored replies and by those that come now.
  func seen() async throws -> (Capabilities?, Driver.Tally) {
    let check = EndpointCheck(
      driver.dialect, model: run.model, for: run.probeSet.probes,
      scoring: run.probeSet.probes.contains { $0.needs == .scores })
    let tally = try await driver.run(check)
    return (check.capabilities, tally)
  }

  private func expect(_ seen: Capabilities) throws {
    let missing = run.probeSet.probes.first { !seen.verified.meets($0.needs) }
    guard let missing else { return }
    throw CoalmineError(
      code: "endpoint-cannot",
      "\(run.endpoint) failed the capability check for probe set '\(run.probeSet.name)'",
      details: seen.items.filter { $0.state == .notSeen && $0.subject.decides }.map {
        "\($0.subject.rawValue): \(terminalSafe($0.evidence))"
      },
      help: missing.needs == .scores && seen.verified.meets(.completions)
        ? run.role == .base
          ? CoalmineError.baseHelp
          : "use '--probe-set text-only', which needs no log-probabilities"
        : "'coalmine check' says what it can do; is '\(run.dialect)' the dialect it speaks?",
      exit: .endpointUnavailable)
  }

  /// Asks everything that is planned.
  ///
  /// - Returns: how many answers that is, and what became of the requests.
  func ask(_ capabilities: Capabilities, after tally: Driver.Tally) async throws
    -> (questions: Int, Driver.Tally)
  {
    let plan = QuestionPlan(study, run: run, dialect: driver.dialect)
    var tally = try await driver.run(DirectQuestions(plan.direct, in: run), after: tally)
    guard tally.isComplete, !plan.stepwise.isEmpty else { return (plan.questions, tally) }
    let scoring = StepwiseScoring(
      plan.stepwise, in: run, capabilities, limit: driver.dialect.limit)
    tally = try await driver.run(scoring, after: tally)
    guard tally.isComplete, run.probeSet.probes.contains(.rankSearch) else {
      return (plan.questions, tally)
    }
    let ranks = ExactRankSearch(
      study.record.canaries, scoring, study.spaces, references: study.record.references,
      presentation: run.presentation, in: run, tieEpsilon: capabilities.tieEpsilon,
      budget: rankBudget)
    return (plan.questions, try await driver.run(ranks, after: tally))
  }
}
