// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// A p-value as a control.
enum ControlVerdict {
  /// Seen where `pValue` is small enough and `condition` holds; `sentence` says what was compared,
  /// without its full stop.
  static func result(
    _ sentence: String, test: String, also condition: Bool = true,
    _ pValue: () throws -> Double
  ) -> ControlResult {
    let outcome = Fallible.outcome(pValue)
    guard case .measured(let p) = outcome else {
      return unseen(outcome, "The control could not be computed")
    }
    return ControlResult(
      seen: .measured(condition && p <= ScoringRules.controlAlpha),
      sentence: "\(sentence) (\(test), \(Prose.pValue(p))).", pValue: p)
  }

  /// A control for which there is nothing to compare.
  static func unseen<Value: Sendable>(_ outcome: Outcome<Value>, _ sentence: String)
    -> ControlResult
  {
    ControlResult(
      seen: outcome.withoutValue() ?? .failed(Reasons.wrongObservation),
      sentence: sentence + ".", pValue: nil)
  }
}
