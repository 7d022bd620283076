// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// A record's code length over that of the record in lower case, negated.
///
/// `−LL(x) / LL(lower(x))`, means per token in nats. Range: at most 0; −1 for a record without
/// capitals. No tokens: refused, `empty_input`. Not asked: not measurable, `not-asked`.
/// Source: Carlini et al. 2021, section 5.
package enum LowercaseScore: MembershipScore {
  package static let slug = "lowercase"
  package static let summary = "code length over that of the record in lower case, negated"
  package static let source = "Carlini et al. 2021, section 5"
  package static let needs: Set<MembershipNeed> = [.scoredText, .furtherQuestions]

  package static func score(_ record: ScoredRecord) -> Outcome<Double> {
    switch record.lowercase {
    case .measured(let variant):
      Fallible.outcome { try lowercaseRatioScore(variant.alone, lowercased: variant.changed) }
    default: record.lowercase.withoutValue() ?? .notMeasurable(Reasons.noFurtherQuestions)
    }
  }
}
