// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The reasons of a verdict, most important first.
enum Findings {
  /// What decides nothing and is a sign all the same: it stands after the reasons.
  static func recited(_ canaries: [CanaryResult]) -> [Finding] {
    let recited = canaries.filter { $0.role != .indexOnly && ($0.recited?.count ?? 0) > 0 }
    guard !recited.isEmpty else { return [] }
    let heldOut = recited.count { $0.role == .heldOut }
    return [.repliesRecited(inFile: recited.count - heldOut, heldOut: heldOut)]
  }

  static func list(_ judgement: Judgement) -> [Finding] {
    guard judgement.answers.tuned != nil else {
      return [.tunedModelNotProbed] + missing(judgement.answers)
    }
    let components = judgement.decision.components.filter(\.decides)
    var findings: [Finding] = []
    if judgement.nullIsInDoubt {
      if judgement.checks.heldOut.isBroken { findings.append(.heldOutNotNull) }
      if judgement.failedConditions.contains(.baseContaminated) {
        findings.append(.baseContaminated)
      }
    }
    if judgement.findsLeak, judgement.mayBeLookedUp { findings.append(.retrievalNotExcluded) }
    if judgement.findsLeak, !judgement.checks.training.isSeen {
      findings.append(.differsWithoutTraining)
    }
    findings += components.filter(\.findsLeak).map { .componentFindsLeak($0.component) }
    findings += gates(judgement, .failed)
    findings += missing(judgement.answers)
    if judgement.verdict != .leak {
      findings += judgement.failedConditions.filter { !isGate($0) && !follows($0, judgement) }
    }
    if judgement.severalModels { findings.append(.answeredByOtherModels) }
    findings += gates(judgement, .open) + gates(judgement, .notMeasured)
    findings += components.filter { $0.outcome.value != nil && !$0.findsLeak }
      .map { .componentFindsNothing($0.component) }
    findings += gates(judgement, .passed)
    findings.append(judgement.training)
    if judgement.checks.retrieval?.isExcluded == true { findings.append(.retrievalExcluded) }
    if judgement.decision.power?.suffices == true { findings.append(.powerReached) }
    if judgement.verdict == .pass, judgement.decision.plannedAccess != .textScoring {
      findings.append(.generationOnly)
    }
    if let control = inContext(judgement.checks.inContext) { findings.append(control) }
    var seen: Set<Finding> = []
    return findings.filter { seen.insert($0).inserted }
  }

  /// Whether a condition fails because answers are still to come, or because the controls are not seen:
  /// then the finding that says so is enough.
  private static func follows(_ finding: Finding, _ judgement: Judgement) -> Bool {
    let isWaiting = judgement.answers.missing > 0
    switch finding {
    case .powerShort, .componentNotShown: return isWaiting || !judgement.checks.training.isSeen
    case .answersWithheld, .plainScoreRejects: return isWaiting
    default: return false
    }
  }

  private static func isGate(_ finding: Finding) -> Bool {
    if case .gate = finding { true } else { false }
  }

  private static func gates(_ judgement: Judgement, _ state: GateResult.State) -> [Finding] {
    judgement.gates.enumerated().filter { $0.element.state == state }
      .map { .gate($0.offset, state) }
  }

  /// What is missing of each run; empty where nothing is.
  private static func missing(_ answers: AnswerCounts) -> [Finding] {
    [(answers.tuned, RunRole.tuned), (answers.base, .base)].compactMap { count, role in
      count.map { $0.missing > 0 } == true ? .answersMissing(role) : nil
    }
  }

  private static func inContext(_ control: InContextResult) -> Finding? {
    switch control.seen {
    case .measured(true): .inContextControl(.seen)
    case .measured(false): .inContextControl(.notSeen)
    default: control.secrets > 0 ? .inContextControl(.notMeasured) : nil
    }
  }
}
