// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// What decides a verdict, gathered.
package struct Judgement: Sendable {
  let primaryTest: PrimaryTestResult
  /// The effect that the study was planned to see.
  let plannedAUC: Double
  let controls: ControlResults
  let gates: [GateResult]
  let missing: MissingAnswers

  /// - `leak`: the primary test rejects, or a gate failed. A finding stands whatever else is
  ///   missing.
  /// - `incomplete`: no tuned model was probed, or answers that the probe set asks are missing.
  /// - `inconclusive`: the primary test or a gate could not be measured, a gate is open, a control
  ///   was not seen, or the study is underpowered.
  /// - `pass`: none of these.
  var verdict: Verdict {
    if primaryRejects || gates.contains(where: { $0.state == .failed }) { return .leak }
    if missing.tuned == nil || missing.missing > 0 { return .incomplete }
    let clear =
      primaryTest.outcome.value != nil && isPowered && isSeen(controls.highRepetition)
      && isSeen(controls.inContext) && gates.allSatisfy { $0.state == .passed }
    return clear ? .pass : .inconclusive
  }

  var primaryRejects: Bool {
    primaryTest.outcome.value.map { $0.pValue <= primaryTest.alpha } ?? false
  }

  /// Whether the canaries that were scored show the planned effect with the planned power.
  var isPowered: Bool {
    primaryTest.detectableAUC.map { $0 <= plannedAUC } ?? false
  }

  /// Whether the power can be told. While answers are awaited, or where secrets were not asked, the
  /// number of scored canaries is not the study's own.
  var knowsPower: Bool {
    guard missing.tuned != nil, missing.secrets == 0 else { return false }
    return switch primaryTest.outcome {
    case .measured: true
    case .notMeasurable(let reason):
      [Reasons.noPairs, Reasons.noRandomizedCanaries].map(\.slug).contains(reason.slug)
    case .censored, .failed: false
    }
  }

  func isSeen(_ control: ControlResult) -> Bool { control.seen.value == true }
}
