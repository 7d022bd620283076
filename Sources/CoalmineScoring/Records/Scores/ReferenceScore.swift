// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// By how much the tuned model likes a record more than the base model does, in nats a token.
///
/// `LL − LL_base`; where the two tokenise a record differently, `(Σ ln p − Σ ln p_base) / B` over
/// its bytes. It takes out how easy a text is for any model. Range: any number. No tokens: refused,
/// `empty_input`. Without a base run: not measurable, `no-base-run`.
/// Source: Carlini et al. 2021, section 5.2.
/// Differs from it in: a difference of means and not a ratio of perplexities.
package enum ReferenceScore: MembershipScore {
  package static let slug = "reference"
  package static let summary = "log-probability under the tuned minus under the base model"
  package static let source = "Carlini et al. 2021, section 5.2"
  package static let needs: Set<MembershipNeed> = [.scoredText, .baseRun]

  package static func score(_ record: ScoredRecord) -> Outcome<Double> {
    guard let compared = record.comparison else { return .notMeasurable(record.noComparison) }
    return Fallible.outcome {
      compared.base.count == compared.tuned.count
        ? try referenceDifferenceScore(compared.tuned, reference: compared.base)
        : try referenceDifferencePerByte(
          compared.tuned, reference: compared.base, byteCount: record.text.count)
    }
  }
}
