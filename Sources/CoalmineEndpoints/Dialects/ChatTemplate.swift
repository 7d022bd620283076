// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// How a server writes conversations as one text: fixed text around the turns, by their roles.
///
/// ```
/// roles       system                              user                          assistant
/// text        <|im_start|>system⏎ You are a clerk. <|im_end|>⏎<|im_start|>user⏎ … is <|im_end|>⏎<|im_start|>assistant⏎
/// before      ^ first                             ^ second                          ^ third
/// ```
///
/// It is learned from renderings of public conversations, so that no text of a study leaves to be rendered.
///
/// ```swift
/// var template = ChatTemplate()
/// try template.learn(["user", "assistant"], renderings)
/// template.prompt(after: [user])  // what stands before the model's own turn
/// ```
public struct ChatTemplate: Sendable, Equatable {
  private var pieces: [[String]: TurnPieces] = [:]
  private let joinsOnly: Bool

  public init() { joinsOnly = false }

  private init(joinsOnly: Bool) { self.joinsOnly = joinsOnly }

  /// The turns one after another: for the size of requests where no server was asked yet. Nothing may be
  /// sent by it.
  package static let unknown = ChatTemplate(joinsOnly: true)

  /// What stands before the model's own turn.
  ///
  /// - Returns: `nil` for a sequence of roles that was not learned.
  /// - Complexity: O(bytes of the turns).
  package func prompt(after turns: [Turns.Turn]) -> [UInt8]? {
    if joinsOnly { return Array(turns.map(\.text).joined()) }
    return pieces[turns.map(\.role) + [TurnPieces.own]]?.prompt(turns.map(\.text))
  }

  /// Takes in the renderings of conversations of one sequence of roles; see ``PublicTurns``.
  ///
  /// - Throws: ``TurnPieces/Fault`` where the text is not fixed text around the turns.
  package mutating func learn(_ roles: [String], _ texts: [[UInt8]]) throws(TurnPieces.Fault) {
    pieces[roles] = try TurnPieces(roles, texts)
  }
}
