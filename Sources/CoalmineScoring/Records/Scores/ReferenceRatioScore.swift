// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The code length of a record under the tuned model over that under the base model, negated.
///
/// `−Σ ln p / Σ ln p_base`, over the same bytes; the ratio of totals is that of the means where both
/// models have as many tokens. Range: at most 0. No tokens: refused, `empty_input`. Without a base
/// run: not measurable, `no-base-run`.
/// Source: Carlini et al. 2021, section 5.2.
/// Differs from it in: log-likelihoods and not perplexities; higher = member.
package enum ReferenceRatioScore: MembershipScore {
  package static let slug = "reference-ratio"
  package static let summary = "code length under the tuned over that under the base model, negated"
  package static let source = "Carlini et al. 2021, section 5.2"
  package static let needs: Set<MembershipNeed> = [.scoredText, .baseRun]

  package static func score(_ record: ScoredRecord) -> Outcome<Double> {
    guard let compared = record.comparison else { return .notMeasurable(record.noComparison) }
    return Fallible.outcome {
      // Each as one token of the whole text, so that unequal numbers of tokens do no harm.
      try referenceRatioScore(
        [try lossScore(compared.tuned) * Double(compared.tuned.count)],
        reference: [try lossScore(compared.base) * Double(compared.base.count)])
    }
  }
}
