// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// One record that was drawn.
struct DrawnRecord: Sendable, Equatable {
  /// Its number in the corpus, from 0.
  let record: Int
  /// `nil` where it was taken out because a context of a canary comes from it or from its group.
  let membership: CorpusRecord.Membership?
  /// Its group, where there are groups.
  let group: [UInt8]?
  /// The tag of its text, where it is the first record of its unit with that text.
  let textTag: UInt128?
}
