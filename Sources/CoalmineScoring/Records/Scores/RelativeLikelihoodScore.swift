// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Offline RMIA with the base model as the one model that never saw the records.
///
/// `ln [p / p̄]` with `p = e^LL` and `p̄ = ((1 + a) · p_base + (1 − a)) / 2`, `a` = 0.3. The paper
/// compares this ratio with those of a population; which share of them a record beats rises with the
/// ratio, so that both order the records alike and no population is taken from the records that are
/// judged. Range: any number. No tokens: refused, `empty_input`. Without a base run: not measurable,
/// `no-base-run`; where the two models split the record into different tokens: `tokenisers-differ`.
/// Source: Zarifzadeh et al. 2024, section 3.
/// Differs from it in: the ratio and not the share of a population; the base model where the paper
/// trains models of its own.
package enum RelativeLikelihoodScore: MembershipScore {
  package static let slug = "rmia"
  package static let summary = "likelihood relative to what the base model lets expect"
  package static let source = "Zarifzadeh et al. 2024, section 3"
  package static let needs: Set<MembershipNeed> = [.scoredText, .baseRun]
  /// How far the base model understates a model that saw the record; fixed before any was seen.
  package static let a = 0.3

  package static func score(_ record: ScoredRecord) -> Outcome<Double> {
    guard let compared = record.comparison else { return .notMeasurable(record.noComparison) }
    // Means per token compare only where the tokens are the same.
    guard compared.spans != nil else { return .notMeasurable(Reasons.tokenisersDiffer) }
    return Fallible.outcome {
      try OfflineRMIA.logRatio(
        ModelScores(
          target: try lossScore(compared.tuned), references: [try lossScore(compared.base)]),
        a: a)
    }
  }
}
