// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The mean of the smallest fifth of z = (ℓ − μ) / σ, μ and σ of the model's own distribution at each
/// token.
///
/// Range: −∞…∞. Refused, `residual_too_large`, where the listed tokens leave out more than 0.3 of the
/// probability on average.
/// Source: Zhang J. et al. 2025, section 4.
/// Differs from it in: moments from the tokens that the endpoint lists, the rest spread evenly over
/// ``ListedAlternatives/vocabularySize`` tokens; z = 0 where σ² < 10⁻¹².
package enum MinKPlusPlusScore: MembershipScore {
  package static let slug = "min-k-plus-plus"
  package static let summary =
    "mean of the least likely fifth of the tokens, by the spread of their distributions"
  package static let source = "Zhang J. et al. 2025, section 4"
  package static let needs: Set<MembershipNeed> = [.scoredText, .nextTokenRows]

  package static func score(_ record: ScoredRecord) -> Outcome<Double> {
    guard let alternatives = record.alternatives.value else {
      return record.alternatives.withoutValue() ?? .notMeasurable(Reasons.noListedTokens)
    }
    return Fallible.outcome {
      try MinKPlusPlus(
        logProbabilities: record.logProbabilities, moments: alternatives.map(\.moments),
        fraction: MinKScore.fraction
      ).score
    }
  }
}
