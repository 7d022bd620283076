// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The mean log-probability, in nats, of the tokens at which a sure model was wrong: entropy below
/// ``entropy`` and a log-probability below the ``percentile`` of the record's tokens.
///
/// Range: at most 0. A record without such a token has no score.
/// Source: Zhang A. et al. 2024, section 3.
/// Differs from it in: what the endpoint does not list counts as spread evenly, so that the entropy is an
/// upper bound; both limits are fixed before any record was seen, where the paper chooses them by the
/// result.
package enum SurprisingTokenScore: MembershipScore {
  package static let slug = "surprising-tokens"
  package static let summary =
    "mean log-probability of improbable tokens where the model was sure of others"
  package static let source = "Zhang A. et al. 2024, section 3"
  package static let needs: Set<MembershipNeed> = [.scoredText, .nextTokenRows]
  /// The largest entropy of a distribution that counts as sure, in nats.
  package static let entropy = 2.0
  /// Of the record's log-probabilities, in per cent.
  package static let percentile = 40.0

  package static func score(_ record: ScoredRecord) -> Outcome<Double> {
    guard let alternatives = record.alternatives.value else {
      return record.alternatives.withoutValue() ?? .notMeasurable(Reasons.noListedTokens)
    }
    let found: Outcome<Double?> = Fallible.outcome {
      try SurprisingTokens(
        logProbabilities: record.logProbabilities, entropies: alternatives.map(\.entropy),
        percentile: percentile, maximumEntropy: entropy
      ).score
    }
    guard let score = found.value else {
      return found.withoutValue() ?? .notMeasurable(Reasons.noSurprisingToken)
    }
    return score.map { .measured($0) } ?? .notMeasurable(Reasons.noSurprisingToken)
  }
}
