// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// A record of a conversation: what is said before the model's last turn, and that turn, which is scored.
///
/// ```
/// system     You are a clerk.
/// user       When do you open?
/// assistant  At nine.
/// user       And on Sundays?
/// assistant  We are closed.          scored, after the turns above
/// user       Thank you.              not asked
/// ```
///
/// ```swift
/// RecordConversation(turns)?.answer.reveal()  // "We are closed."
/// ```
public struct RecordConversation: Sendable, Equatable {
  /// The system's turns, then those of user and model by turns; the last one is the user's.
  public let earlier: [Turns.Turn]
  /// The model's last turn, without white space around it: chat templates differ in what they leave of it.
  public let answer: Secret<[UInt8]>

  /// - Parameter turns: in their order, with the roles `system`, `user` and `assistant`.
  /// - Returns: `nil` for turns of which none is the model's, whose last one of the model says nothing, or
  ///   that do not alternate before it: many chat templates refuse those.
  public init?(_ turns: [Turns.Turn]) {
    guard let last = turns.lastIndex(where: { $0.role == "assistant" }) else { return nil }
    let spoken = turns[..<last].drop { $0.role == "system" }
    let alternates = spoken.enumerated().allSatisfy { place, turn in
      turn.role == (place.isMultiple(of: 2) ? "user" : "assistant")
    }
    let text = turns[last].text.drop(while: \.isASCIISpace)
    guard alternates, !spoken.count.isMultiple(of: 2),
      let end = text.lastIndex(where: { !$0.isASCIISpace })
    else { return nil }
    earlier = Array(turns[..<last])
    answer = Secret(Array(text[...end]))
  }

  /// All turns that are asked, the model's last one among them. They disclose the record.
  public func revealedTurns() -> [Turns.Turn] {
    earlier + [Turns.Turn(role: "assistant", text: answer.reveal())]
  }
}
