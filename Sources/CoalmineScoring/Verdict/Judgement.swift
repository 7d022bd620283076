// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// What decides the verdict of one run, gathered.
package struct Judgement: Sendable {
  package let edition: StudyProtocol.Edition
  /// The score that the protocol names.
  let namedScore: StudyProtocol.Decision.Score
  package let decision: DecisionResult
  package let checks: ValidityChecks
  package let gates: [GateResult]
  package let answers: AnswerCounts
  /// Whether replies of the run name more than one model.
  let severalModels: Bool
  /// Whether secrets that decide stand in replies to other canaries, more than chance has it.
  let showsForeignSecrets: Bool

  package init(
    edition: StudyProtocol.Edition, namedScore: StudyProtocol.Decision.Score,
    decision: DecisionResult, checks: ValidityChecks, gates: [GateResult], answers: AnswerCounts,
    severalModels: Bool, showsForeignSecrets: Bool = false
  ) {
    self.edition = edition
    self.namedScore = namedScore
    self.decision = decision
    self.checks = checks
    self.gates = gates
    self.answers = answers
    self.severalModels = severalModels
    self.showsForeignSecrets = showsForeignSecrets
  }

  /// The reasons of the verdict, most important first.
  package var findings: [Finding] { Findings.list(self) }

  /// In this order:
  ///
  /// - `leak`: a component rejects with every missing answer read against it, or a gate failed. It
  ///   stands whatever else is missing. Where a check says that the null itself is in doubt, where the
  ///   endpoint may have looked the secrets up, or no sign of training is seen and the evidence is not
  ///   overwhelming, it is `inconclusive`.
  /// - `incomplete`: no tuned model was probed, or answers can still be asked for.
  /// - `pass`: ``failedConditions`` is empty.
  /// - `inconclusive`: else.
  package var verdict: Verdict {
    if findsLeak {
      if nullIsInDoubt { return .inconclusive }
      if mayBeLookedUp { return answers.missing > 0 ? .incomplete : .inconclusive }
      return edition == .first || checks.training.isSeen || isOverwhelming ? .leak : .inconclusive
    }
    if answers.tuned == nil || answers.missing > 0 { return .incomplete }
    return failedConditions.isEmpty ? .pass : .inconclusive
  }

  var findsLeak: Bool {
    decision.components.contains(where: \.findsLeak) || gates.contains { $0.state == .failed }
  }

  /// Whether the evidence needs no sign of training: a model that never saw the file alarms at α, and
  /// never so.
  private var isOverwhelming: Bool {
    decision.combinedP.map { $0 <= ValidityChecks.level } ?? false
      || gates.contains { $0.gate.measure.isCount && $0.state == .failed }
  }

  /// Whether the endpoint may have looked up what was found.
  var mayBeLookedUp: Bool { checks.retrieval.map { !$0.isExcluded } ?? false }

  /// Whether the draw, or the base model, breaks what the tests assume.
  /// The rules of the first edition knew no such check.
  var nullIsInDoubt: Bool {
    edition == .second && (checks.heldOut.isBroken || isContaminated)
  }

  /// A base model that knows the secrets spoils differences; the plain score, named before training,
  /// does not use it.
  private var isContaminated: Bool {
    namedScore != .plain && checks.base?.isContaminated == true
  }

  /// What keeps the study from passing, in the order of its weight; empty where nothing does.
  ///
  /// - Complexity: O(components + gates).
  var failedConditions: [Finding] {
    var failed: [Finding] = []
    if edition == .first { failed.append(.protocolBeforeSecondEdition) }
    if checks.heldOut.isBroken { failed.append(.heldOutNotNull) }
    if isContaminated { failed.append(.baseContaminated) }
    if checks.retrieval?.isExcludedForPass == false { failed.append(.retrievalNotExcluded) }
    if edition == .second, checks.isInsertedBelow { failed.append(.insertedBelowChance) }
    if !checks.training.isSeen { failed.append(training) }
    if edition == .second, showsForeignSecrets { failed.append(.offTargetSecrets) }
    if severalModels { failed.append(.answeredByOtherModels) }
    if isWeaker { failed.append(.weakerAccess) }
    if decision.components.contains(where: { !$0.findsLeak && $0.couldFindLeak })
      || gates.contains(where: { $0.state == .open && $0.unmeasured > 0 })
    {
      failed.append(.answersWithheld)
    }
    failed += decision.components.filter { $0.decides && $0.outcome.value == nil }
      .map { .componentNotMeasured($0.component) }
    if rejectsPlainly { failed.append(.plainScoreRejects) }
    failed += gates.enumerated().filter { $0.element.state != .passed }
      .map { .gate($0.offset, $0.element.state) }
    if edition == .second, let tuned = answers.tuned, tuned.due > 0 {
      if decision.power?.undercutFloors.isEmpty == false { failed.append(.floorsUndercut) }
      if decision.power?.isReached != true {
        // A component that the controls do not show is why the rest has too little power.
        failed += decision.components.filter {
          $0.decides && $0.outcome.value != nil && !$0.isShown
        }
        .map { .componentNotShown($0.component) }
        failed.append(.powerShort)
      }
    }
    return failed
  }

  /// Whether the tuned model's own scores find what differences hide.
  private var rejectsPlainly: Bool {
    guard let plain = decision.plainRank?.value else { return false }
    // Without a weight of its own it has that of the standard.
    let level = decision[.rank]?.level ?? ComponentWeights.standard[.rank] * decision.alpha
    return plain <= level
  }

  /// Whether the run gives less than the protocol planned with.
  private var isWeaker: Bool {
    guard let access = decision.access else { return false }
    return PlannedAccess.allCases.firstIndex(of: access) ?? 0
      > PlannedAccess.allCases.firstIndex(of: decision.plannedAccess) ?? 0
  }

  var training: Finding {
    switch checks.training.pValue {
    case .measured:
      .trainingControl(
        checks.training.isSeen
          ? .seen
          : checks.training.missing > 0 && answers.missing > 0
            ? .notMeasured : .notSeen)
    default: .trainingControl(.notMeasured)
    }
  }
}
