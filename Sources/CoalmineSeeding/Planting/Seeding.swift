// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// What was done to a corpus, and the records that take part in the membership measures.
public struct Seeding: Sendable, Equatable {
  public let manifest: Manifest
  /// Members and non-members in the order of the corpus. The id holds the number of the record in
  /// the original corpus, from 0.
  public let records: [CorpusRecord]
}
