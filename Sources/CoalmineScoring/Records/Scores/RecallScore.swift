// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// ReCaLL: the mean log-probability of a record after non-members over that without them.
///
/// `LL(x | P) / LL(x)` over the same tokens, in nats; `P` is ``RecordVariants/prefix``. Range: 0…∞. No
/// tokens: refused, `empty_input`. Not asked: not measurable, `not-asked`; for a record of the prefix:
/// `no-prefix`; where the prefix changes how the record is split into tokens: `tokenisers-differ`.
/// Source: Xie et al. 2024, section 3.
/// Differs from it in: the same tokens on both sides, and a prefix of at most 2,048 bytes.
package enum RecallScore: MembershipScore {
  package static let slug = "recall"
  package static let summary =
    "mean log-probability after records not trained on, over that without them"
  package static let source = "Xie et al. 2024, section 3"
  package static let needs: Set<MembershipNeed> = [.scoredText, .furtherQuestions]

  package static func score(_ record: ScoredRecord) -> Outcome<Double> {
    switch record.afterNonmembers {
    case .measured(let variant):
      Fallible.outcome {
        try reCaLLScore(variant.alone, afterNonmembers: variant.changed)
      }
    default: record.afterNonmembers.withoutValue() ?? .notMeasurable(Reasons.noFurtherQuestions)
    }
  }
}
