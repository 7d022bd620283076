// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension StudyResult {
  /// Whether contexts of canaries begin as records that were taken out of the corpus.
  var contextsAreGrafted: Bool {
    caveats.contains { $0.slug == Caveat.Slug.graftedContexts.rawValue }
  }
}
