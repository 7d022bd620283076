// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The mean log-probability of the least likely fifth of the tokens, in nats.
///
/// The mean of the `c` smallest, `c = max(1, ⌊0.2 n + 1e-9⌋)`. Range: at most 0. No tokens: refused,
/// `empty_input`.
/// Source: Shi et al. 2024, section 3.
/// Differs from it in: short texts keep one token where `⌊0.2 n⌋` would keep none.
package enum MinKScore: MembershipScore {
  package static let slug = "min-k"
  package static let summary = "mean log-probability of the least likely fifth of the tokens"
  package static let source = "Shi et al. 2024, section 3"
  package static let needs: Set<MembershipNeed> = [.scoredText]
  /// The share of tokens, fixed before any record was seen.
  package static let fraction = 0.2

  package static func score(_ record: ScoredRecord) -> Outcome<Double> {
    Fallible.outcome { try minKScore(record.logProbabilities, fraction: fraction) }
  }
}
