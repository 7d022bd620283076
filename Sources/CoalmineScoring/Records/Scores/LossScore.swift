// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The mean log-probability of a token, in nats.
///
/// `LL = (1/n) Σ_t log p(x_t | x_<t)`. Range: at most 0. No tokens: refused, `empty_input`.
/// Source: Yeom et al. 2018, section 3.
package enum LossScore: MembershipScore {
  package static let slug = "loss"
  package static let summary = "mean log-probability of a token"
  package static let source = "Yeom et al. 2018, section 3"
  package static let needs: Set<MembershipNeed> = [.scoredText]

  package static func score(_ record: ScoredRecord) -> Outcome<Double> {
    Fallible.outcome { try lossScore(record.logProbabilities) }
  }
}
