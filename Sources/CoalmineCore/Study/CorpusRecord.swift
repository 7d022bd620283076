// SPDX-License-Identifier: Apache-2.0

/// A record of the corpus that takes part in the membership measures.
public struct CorpusRecord: Sendable, Equatable {
  /// A name that discloses nothing: `record-000123`, its number in the original corpus from 0.
  public let id: String
  /// Left in the corpus, or taken out by the same random draw.
  public let membership: Membership
  /// Records that belong together (one customer, one thread) share a group.
  public let group: String?
  /// The text that the model is scored on.
  public let text: Secret<[UInt8]>

  public enum Membership: String, Codable, Sendable, CaseIterable {
    case member
    case nonmember
  }

  public init(id: String, membership: Membership, group: String?, text: Secret<[UInt8]>) {
    self.id = id
    self.membership = membership
    self.group = group
    self.text = text
  }
}
