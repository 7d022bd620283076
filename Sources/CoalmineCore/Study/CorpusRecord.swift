// SPDX-License-Identifier: Apache-2.0

/// A record of the corpus that takes part in the membership measures.
public struct CorpusRecord: Sendable, Equatable {
  /// A name that discloses nothing: `record-000123`, its number in the original corpus from 0.
  public let id: String
  /// Left in the corpus, or taken out by the same random draw.
  public let membership: Membership
  /// Records that belong together (one customer, one thread) share a group.
  public let group: String?
  /// The text that the model is scored on; of a conversation, that of all its turns.
  public let text: Secret<[UInt8]>
  /// The conversation that the record is; `nil` for a text, and in studies that hold no turns of records.
  public let conversation: RecordConversation?

  public enum Membership: String, Codable, Sendable, CaseIterable {
    case member
    case nonmember
  }

  public init(
    id: String, membership: Membership, group: String?, text: Secret<[UInt8]>,
    conversation: RecordConversation? = nil
  ) {
    self.id = id
    self.membership = membership
    self.group = group
    self.text = text
    self.conversation = conversation
  }

  /// The same record with the text that is scored where it is asked in a form: of a conversation that begins
  /// the model's own turn, the model's last turn alone.
  ///
  ///     record.asked(in: .prefilled).text.reveal()
  public func asked(in form: Presentation.Form) -> CorpusRecord {
    guard form == .prefilled, let conversation else { return self }
    return CorpusRecord(
      id: id, membership: membership, group: group, text: conversation.answer,
      conversation: conversation)
  }

  /// The record as it is put to a model, members and non-members alike.
  ///
  /// ```
  /// text                       target: text                     an instruction before it, in turns
  /// conversation, prefilled    the turns before it, target: the model's last turn
  /// ```
  ///
  /// - Parameters:
  ///   - form: how the endpoint is asked.
  ///   - text: in place of what is scored.
  ///   - prefix: what begins the turn, or the text, before it.
  package func passage(
    _ form: Presentation.Form, saying text: [UInt8]? = nil, after prefix: [UInt8] = []
  ) -> Passage {
    let turns = form == .prefilled ? conversation?.earlier : nil
    return Passage(
      before: prefix, target: text ?? asked(in: form).text.reveal(),
      presentation: turns.map { .prefilled(Turns($0)) } ?? .ofText(form))
  }
}
