// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The canaries of a study by what they are for in the decision.
///
/// Who belongs where was settled by the protocol and the random assignment alone, never by an answer.
struct DecidingCanaries: Sendable {
  /// Randomized at the target repetitions, and inserted.
  let inserted: [ScoredCanary]
  /// Randomized at the target repetitions, and held out.
  let heldOut: [ScoredCanary]
  /// Both of them.
  var randomized: [ScoredCanary] { inserted + heldOut }
  let controls: [ScoredCanary]
  /// In an index that the endpoint may look texts up in, and in no training record.
  let indexOnly: [ScoredCanary]
  /// Whether imported canaries of the highest repetition level stand in for ``controls``.
  let areStandIns: Bool

  init(_ canaries: [ScoredCanary], _ evidence: Evidence) {
    let target = evidence.studyProtocol.targetRepetitions
    let randomized = canaries.filter { $0.canary.randomized && $0.canary.repetitions == target }
    inserted = randomized.filter { $0.canary.role == .inserted }
    heldOut = randomized.filter { $0.canary.role == .heldOut }
    indexOnly = canaries.filter { $0.canary.role == .indexOnly }
    let planned = canaries.filter { $0.canary.role == .control }
    let standIns =
      planned.isEmpty && evidence.facts.origin == .imported
      ? Self.standIns(canaries, above: target) : []
    controls = planned.isEmpty ? standIns : planned
    areStandIns = !standIns.isEmpty
  }

  /// Canaries that others planted may have no control among them. Then those inserted most often
  /// stand in, where that is ``ScoringRules/standInRepetitions`` times or more and above the target
  /// repetitions: the rule looks at repetition levels only, never at scores.
  private static func standIns(_ canaries: [ScoredCanary], above target: Int) -> [ScoredCanary] {
    let inserted = canaries.filter { $0.canary.role == .inserted }
    guard let most = inserted.map(\.canary.repetitions).max(),
      most >= ScoringRules.standInRepetitions, most > target
    else { return [] }
    return inserted.filter { $0.canary.repetitions == most }
  }
}

/// What can be compared in one run, settled before its first answer.
struct ScoreChoice: Sendable, Equatable {
  /// Whether the coin compares differences to the base model.
  let coinUsesDifferences: Bool
  /// Whether ranks do: the base model was asked about references, too.
  let rankUsesDifferences: Bool

  init(_ evidence: Evidence, _ canaries: DecidingCanaries) {
    let plan = evidence.studyProtocol
    switch plan.decision.score {
    case .plain: coinUsesDifferences = false
    case .tunedMinusBase:
      coinUsesDifferences = evidence.base != nil && evidence.baseCameFirst
    case .best:
      coinUsesDifferences = Self.best(canaries.inserted + canaries.heldOut, evidence.base != nil)
    }
    rankUsesDifferences = coinUsesDifferences && evidence.asksBaseReferences
  }

  /// The rule of the first edition: the difference where the base model scored every canary that the
  /// tuned model scored; a base run that is under way is waited for.
  private static func best(_ canaries: [ScoredCanary], _ hasBase: Bool) -> Bool {
    guard hasBase else { return false }
    let scores = canaries.map(\.scores)
    if scores.contains(where: { $0.tunedMinusBase.isNotAnswered }) { return true }
    return scores.allSatisfy { $0.tunedMinusBase.value != nil || $0.tuned.value == nil }
      && scores.contains { $0.tunedMinusBase.value != nil }
  }
}
