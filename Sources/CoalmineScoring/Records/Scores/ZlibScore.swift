// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineStatistics

/// The mean log-probability of a token over the compressed size of the text.
///
/// `LL / Z`, `Z` the bytes of the text's zlib stream at level 6. Below 50 bytes the stream's own
/// overhead of 8 bytes and more decides. Range: at most 0. No tokens: refused, `empty_input`.
/// Source: Carlini et al. 2021, section 5.2.
/// Differs from it in: the mean log-probability stands where others take the total.
package enum ZlibScore: MembershipScore {
  package static let slug = "zlib"
  package static let summary = "mean log-probability of a token over the compressed size"
  package static let source = "Carlini et al. 2021, section 5.2"
  package static let needs: Set<MembershipNeed> = [.scoredText]

  package static func score(_ record: ScoredRecord) -> Outcome<Double> {
    Fallible.outcome {
      try zlibScore(
        record.logProbabilities, compressedSize: Deflate.zlibSize(of: record.text))
    }
  }
}
