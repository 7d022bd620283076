// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// What a report says of contexts that begin as records.
enum ContextText {
  /// A reader who knows the four tests sees in their table why one of them is not there: at most one row.
  static func coinRow(_ result: StudyResult) -> [[String]] {
    guard result.contextsAreGrafted else { return [] }
    let why =
      "not taken: contexts of inserted canaries were trained, those of held-out ones were not"
    return [[EvidenceComponent.coin.rawValue, Prose.percent(0), why, "", "", "", "", ""]]
  }
}

extension StudyResult {
  /// Whether contexts of canaries begin as records that were taken out of the corpus.
  var contextsAreGrafted: Bool {
    caveats.contains { $0.slug == Caveat.Slug.graftedContexts.rawValue }
  }
}
