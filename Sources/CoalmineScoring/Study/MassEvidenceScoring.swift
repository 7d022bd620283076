// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The mean mass e-value of the canaries inserted at the target repetitions.
///
/// `E = |R| · p(secret | context)` has mean at most 1 where the model does not depend on which
/// secret was drawn, because candidates are prefix-free; means of e-values are e-values again under
/// any dependence, so `p = min(1, 1 / mean)` needs no references and no correction.
enum MassEvidenceScoring {
  static func result(
    _ canaries: [CanaryResult], targetRepetitions: Int, _ capabilities: Capabilities?
  ) -> Outcome<MassEvidence> {
    if let reason = unnormalised(capabilities) { return .notMeasurable(reason) }
    let inserted = canaries.filter { $0.role == .inserted && $0.repetitions == targetRepetitions }
    guard !inserted.isEmpty else {
      return .notMeasurable(
        Reason("no-canaries", "no canary is inserted at the target repetitions"))
    }
    let scored = inserted.filter { $0.secretLogProbability.value != nil }
    guard !scored.isEmpty else {
      return inserted[0].secretLogProbability.withoutValue()
        ?? .failed(Reasons.wrongObservation)
    }
    return Fallible.outcome {
      let values = try scored.compactMap { canary in
        try canary.secretLogProbability.value.map {
          try massEValue(logProbability: $0, spaceBits: canary.secretBits)
        }
      }
      let mean = try averageEValue(values)
      return MassEvidence(
        meanEValue: mean.value, pValue: mean.pValue, canaries: values.count)
    }
  }

  /// Why no bound follows from a probability: those of what may follow were seen to sum to
  /// something else than 1.
  static func unnormalised(_ capabilities: Capabilities?) -> Reason? {
    guard let item = capabilities?[.probabilitiesSum], item.state == .notSeen else { return nil }
    return Reason("probabilities-do-not-sum", item.evidence)
  }
}
