// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// What decides in a sample report.
struct SampleDecision {
  private let verdict: Verdict
  private let missing: Reason

  init(_ verdict: Verdict, _ missing: Reason) {
    self.verdict = verdict
    self.missing = missing
  }

  private var isMeasured: Bool { verdict == .leak || verdict == .pass }

  func result() -> DecisionResult {
    DecisionResult(
      edition: .second, plannedAccess: .textScoring,
      access: verdict == .incomplete ? nil : isMeasured ? .textScoring : .textOnly, alpha: 0.05,
      inserted: 37, heldOut: 35,
      components: EvidenceComponent.allCases.map(component),
      power: isMeasured
        ? AchievedPower(
          wanted: 0.8, dense: .init(size: 0.75, power: 0.991), sparse: .init(size: 2, power: 0.94),
          studies: 10_000, undercutFloors: []) : nil,
      combinedP: isMeasured ? verdict == .leak ? 0.000_2 : 0.7 : nil,
      plainRank: verdict == .leak ? .measured(0.003) : nil)
  }

  private func component(_ component: EvidenceComponent) -> ComponentResult {
    let statistic: ComponentResult.Statistic =
      switch component {
      case .rank: .rank(auc: verdict == .leak ? 0.796 : 0.527)
      case .mass: .mass(log10Mean: verdict == .leak ? 3.4 : -2.6)
      case .extraction: .extraction(found: verdict == .leak ? 3 : 0, expected: 0.001_2)
      case .coin: .coin(auc: 0.486, relabellings: 9_999, isExact: false)
      }
    return ComponentResult(
      component: component, weight: component == .rank ? 0.4 : 0.2,
      look: component == .mass ? 2 : 1, level: component == .rank ? 0.02 : 0.01,
      score: component == .rank ? .plain : component == .coin ? .tunedMinusBase : nil,
      outcome: isMeasured
        ? .measured(
          .init(
            statistic: statistic,
            pValue: verdict == .leak && component == .rank ? 0.000_08 : 0.283_7,
            pValueForPass: 0.000_05, missing: 2)) : .notMeasurable(missing),
      controls: isMeasured ? .measured(0.000_02) : .notMeasurable(missing), isShown: isMeasured)
  }

  func checks() -> ValidityChecks {
    ValidityChecks(
      training: TrainingControl(
        pValue: verdict == .incomplete
          ? .notMeasurable(missing) : .measured(verdict == .inconclusive ? 0.41 : 0.000_1),
        component: verdict == .incomplete ? nil : .rank, controls: 8, repetitions: 64,
        areStandIns: false, missing: 0),
      heldOut: HeldOutControl(
        pValue: isMeasured ? .measured(0.62) : .notMeasurable(missing), canaries: 35),
      base: verdict == .incomplete
        ? nil
        : BaseCheck(
          run: 1, component: .coin, pValue: .measured(0.44), massPValue: .notMeasurable(missing)),
      inContext: isMeasured
        ? InContextResult(
          seen: .measured(true), secrets: 8, scoredHigher: 8, pValue: 0.003_9, writtenBack: 7)
        : InContextResult(seen: .failed(missing), secrets: 8))
  }
}
