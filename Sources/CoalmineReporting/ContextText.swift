// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// What a report says of contexts that begin as records.
enum ContextText {
  /// A reader who knows the four tests sees in their table why one of them is not there: at most one row.
  static func coinRow(_ result: StudyResult) -> [[String]] {
    guard result.coinIsLeftOut else { return [] }
    let why =
      "not taken: contexts of inserted canaries were trained, those of held-out ones were not"
    return [[EvidenceComponent.coin.rawValue, Prose.percent(0), why, "", "", "", "", ""]]
  }
}

extension StudyResult {
  /// Whether the test by assignment has no weight because contexts of canaries begin as records of the
  /// corpus, and those of held-out ones were not trained.
  var coinIsLeftOut: Bool {
    caveats.contains { $0.slug == Caveat.Slug.graftedContexts.rawValue } && decision[.coin] == nil
  }
}
