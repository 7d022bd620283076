// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// A kind of canary with the files that define it.
public struct Kind: Sendable {
  /// What canaries are drawn from.
  public let template: CanaryTemplate
  /// The kind's own file, then the word lists that it names, sorted by name.
  public let files: [CatalogueFile]
  /// The scrubber rules of `coalmine preflight` that can hit a secret of the kind, as its file says; a test
  /// holds the shipped kinds to it.
  public let scrubbers: [String]

  /// The kind's slug, `access-code`.
  public var name: String { template.kind }
}
