// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// DC-PDD with the base model in place of a corpus: probabilities weighed by how much each token
/// surprises the base model.
///
/// The mean over first occurrences of `min(p · (−ln p_base), 0.01)`. Two tokens are the same where
/// their bytes are. Range: 0…0.01. No tokens: refused, `empty_input`. Without a base run: not
/// measurable, `no-base-run`; where the two models split the record into different tokens:
/// `tokenisers-differ`.
/// Source: Zhang W. et al. 2024, section 3.
/// Differs from it in: the paper takes the frequency of a token in a large corpus, wherever it
/// stands. Here it is the base model's probability of the token at its place: no corpus like the
/// training data is at hand, and none of the records that are judged is used to calibrate.
package enum CorpusCalibratedScore: MembershipScore {
  package static let slug = "dc-pdd"
  package static let summary = "probability of a token times its surprise under the base model"
  package static let source = "Zhang W. et al. 2024, section 3"
  package static let needs: Set<MembershipNeed> = [.scoredText, .baseRun]
  /// The cap of one token, the paper's, fixed before any record was seen.
  package static let cap = 0.01

  package static func score(_ record: ScoredRecord) -> Outcome<Double> {
    guard let compared = record.comparison else { return .notMeasurable(record.noComparison) }
    guard let spans = compared.spans else { return .notMeasurable(Reasons.tokenisersDiffer) }
    return Fallible.outcome {
      try CorpusCalibration(
        tokens: spans.map { Array(record.text[$0]) }, logProbabilities: compared.tuned,
        logFrequencies: compared.base, cap: cap
      ).score
    }
  }
}
