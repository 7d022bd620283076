// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// What a check asks beside the rest: checks of earlier versions asked less, and their replies are read again
/// as what they were asked for.
struct CheckForm {
  /// Whether answers are kept by which the model is known again; scores serve where there are any.
  var keepsAnswers = true
  /// Whether it is looked at that a turn of the model is continued, where the dialect has such turns.
  var looksAtTurns = true
  /// Whether the model is asked to repeat a fresh secret of each kind.
  var repeatsSecrets = false
}

extension CheckForm {
  /// The form of the check that saw this.
  init(of noted: Capabilities) {
    self.init(
      keepsAnswers: noted.publicAnswers != nil, looksAtTurns: noted[.turnContinued] != nil,
      repeatsSecrets: noted[.secretsRepeated] != nil)
  }
}
