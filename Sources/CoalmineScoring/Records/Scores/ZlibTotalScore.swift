// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineStatistics

/// The log-probability of the text over its compressed size.
///
/// `Σ_t log p(x_t | x_<t) / Z`, `Z` the bytes of the text's zlib stream at level 6: how much better
/// the model foresees the text than a compressor does. Range: at most 0. No tokens: refused,
/// `empty_input`.
/// Source: Carlini et al. 2021, section 5.2.
package enum ZlibTotalScore: MembershipScore {
  package static let slug = "zlib-total"
  package static let summary = "log-probability of the text over its compressed size"
  package static let source = "Carlini et al. 2021, section 5.2"
  package static let needs: Set<MembershipNeed> = [.scoredText]

  package static func score(_ record: ScoredRecord) -> Outcome<Double> {
    Fallible.outcome {
      try zlibTotalScore(
        record.logProbabilities, compressedSize: Deflate.zlibSize(of: record.text))
    }
  }
}
