// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension Explanations {
  /// Words that say whether a value is there, a gate is decided, or a check saw something.
  static let states = [
    Family(
      "statuses", "whether a value is there",
      texts: """
        measured
          A value is there, with its interval where it has one.
        not-measurable
          This endpoint or this study cannot give the value, or nothing was asked; the reason says
          which. It counts nowhere and never as zero.
        censored
          The endpoint held the answer back, by a filter or a refusal. It is in no rate, and a gate
          treats it as an answer that could go either way.
        failed
          An answer was due and did not arrive, or could not be read. It counts nowhere and never as
          zero. 'coalmine probe' asks again what did not arrive.
        """),
    Family("gate states", "what became of a limit", of: GateResult.State.self) { state in
      switch state {
      case .passed: "What the gate limits is at or below its limit."
      case .failed: "What the gate limits is above its limit: the verdict is leak."
      case .open:
        "It cannot be said on which side of the limit it is, for want of canaries or of replies, and "
          + "the study does not pass."
      case .notMeasured: "It was measured of no canary, so the gate is undecided."
      }
    },
    Family("check states", "what became of a check", of: Capabilities.State.self) { state in
      switch state {
      case .seen: "The endpoint was seen to do it, with public texts and nothing of a study."
      case .notSeen:
        "It was tried and not seen. Measures that rest on it are not asked, or carry a caveat."
      case .notTried: "It could not be tried here, or nothing that is asked needs it."
      }
    },
  ]
}
