// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// EZ-MIA, by probabilities alone: at the tokens that the tuned model finds improbable, how much
/// tuning raised the log-probabilities against how much it lowered them.
///
/// `Σ max(Δ, 0) / Σ max(−Δ, 0)` with `Δ = ln p − ln p_base`, over the tokens of probability ½ or
/// less under the tuned model. Range: 0…∞; ∞ without such a token or without a fall, 1 where nothing
/// moved. No tokens: refused, `empty_input`. Without a base run: not measurable, `no-base-run`; where
/// the two models split the record into different tokens: `tokenisers-differ`.
/// Source: Ilić, Stanojević and Cvejoski 2026, section 3.
/// Differs from it in: the paper takes the tokens that are not the tuned model's most likely ones.
/// Stored answers do not say which token is most likely, so those of probability ½ or less are taken:
/// all of the paper's, since a token above ½ is the most likely one, and others.
package enum ErrorZoneScore: MembershipScore {
  package static let slug = "error-zone"
  package static let summary =
    "rises over falls since the base model, at tokens that the tuned one finds improbable"
  package static let source = "Ilić, Stanojević and Cvejoski 2026, section 3"
  package static let needs: Set<MembershipNeed> = [.scoredText, .baseRun]
  /// ln ½: no token above it has a more likely one beside it.
  package static let limit = -0.693147180559945309417232121458

  package static func score(_ record: ScoredRecord) -> Outcome<Double> {
    guard let compared = record.comparison else { return .notMeasurable(record.noComparison) }
    guard compared.spans != nil else { return .notMeasurable(Reasons.tokenisersDiffer) }
    return Fallible.outcome {
      try ErrorZone(
        logProbabilities: compared.tuned, base: compared.base,
        mispredicted: compared.tuned.map { $0 <= limit }
      ).score
    }
  }
}
