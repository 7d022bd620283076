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
  /// - `incomplete`: answers that the probe set asks are missing.
  /// - `inconclusive`: the primary test or a gate could not be measured, a gate is open, a control
  ///   was not seen, or the study is too small for its own question.
  /// - `pass`: none of these.
  var verdict: Verdict {
    if primaryRejects || gates.contains(where: { $0.state == .failed }) { return .leak }
    if missing.missing > 0 { return .incomplete }
    let clear =
      primaryTest.outcome.value != nil && isPowered && isSeen(controls.training)
      && isSeen(controls.chain) && gates.allSatisfy { $0.state == .passed }
    return clear ? .pass : .inconclusive
  }

  var primaryRejects: Bool {
    primaryTest.outcome.value.map { $0.pValue <= primaryTest.alpha } ?? false
  }

  /// Whether the canaries that were scored show the planned effect with the planned power.
  var isPowered: Bool {
    primaryTest.detectableAUC.map { $0 <= plannedAUC } ?? false
  }

  func isSeen(_ control: ControlResult) -> Bool { control.seen.value == true }
}
