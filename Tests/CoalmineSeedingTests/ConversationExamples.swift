// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Corpora of conversations whose system prompts differ from record to record, and where a trainer finds
/// them; read with Foundation alone.
struct ConversationExample: Sendable, CustomTestStringConvertible {
  let name: String
  /// A record with that number and that system prompt; without one where it is `nil`.
  let record: @Sendable (Int, String?) -> String
  /// The texts that stand before the user's turn, in their order, and what the user says.
  let before: @Sendable (Any) -> (system: [String], user: String)

  var testDescription: String { name }

  private static func texts(_ value: Any?) -> String {
    if let text = value as? String { return text }
    if let parts = value as? [Any] { return parts.map(texts).joined() }
    let object = value as? [String: Any] ?? [:]
    return texts(object["parts"] ?? object["content"] ?? object["text"] ?? "")
  }

  /// The turns of a list up to the first of `user`.
  private static func list(
    _ value: Any?, _ role: String, _ content: String, user: String = "user"
  ) -> (system: [String], user: String) {
    let turns = value as? [[String: Any]] ?? []
    let opening = turns.prefix { $0[role] as? String != user }
    return (
      opening.map { texts($0[content]) },
      turns.count > opening.count ? texts(turns[opening.count][content]) : ""
    )
  }

  /// With the text of a field beside the turns, which stands before them.
  private static func with(
    _ field: Any?, _ turns: (system: [String], user: String)
  ) -> (system: [String], user: String) {
    guard let field else { return turns }
    return ([texts(field)] + turns.system, turns.user)
  }

  private static func member(_ record: Any, _ name: String) -> Any? {
    (record as? [String: Any])?[name]
  }

  static let all: [ConversationExample] = [
    ConversationExample(name: "OpenAI messages") { number, system in
      let opening = system.map { #"{"role": "system", "content": "\#($0)"}, "# } ?? ""
      return #"{"messages": [\#(opening){"role": "user", "content": "q\#(number)"}, "#
        + #"{"role": "assistant", "content": "a"}]}"#
    } before: {
      list(member($0, "messages"), "role", "content")
    },
    ConversationExample(name: "messages with parts, two openings and a later exchange") {
      number, system in
      let opening =
        system.map {
          #"{"role": "developer", "content": [{"type": "text", "text": "\#($0) "}, "#
            + #"{"type": "text", "text": "é \\n tab"}]}, "#
            + #"{"role": "system", "content": "Second."}, "#
        } ?? ""
      return #"{"messages": [\#(opening){"role": "user", "content": [{"type": "text", "#
        + #""text": "q\#(number)"}]}, {"role": "assistant", "content": [{"type": "text", "#
        + #""text": "a"}]}, {"role": "user", "content": "more"}, "#
        + #"{"role": "assistant", "content": "b"}]}"#
    } before: {
      list(member($0, "messages"), "role", "content")
    },
    ConversationExample(name: "ShareGPT") { number, system in
      let opening = system.map { #"{"from": "system", "value": "\#($0)"}, "# } ?? ""
      return #"{"id": "x\#(number)", "conversations": [\#(opening){"from": "human", "#
        + #""value": "q\#(number)"}, {"from": "gpt", "value": "a"}]}"#
    } before: {
      list(member($0, "conversations"), "from", "value", user: "human")
    },
    ConversationExample(name: "Gemini") { number, system in
      let field =
        system.map {
          #""systemInstruction": {"role": "system", "parts": [{"text": "\#($0)"}]}, "#
        } ?? ""
      return #"{\#(field)"contents": [{"role": "user", "parts": [{"text": "q\#(number)"}]}, "#
        + #"{"role": "model", "parts": [{"text": "a"}]}]}"#
    } before: { record in
      with(
        member(record, "systemInstruction"), list(member(record, "contents"), "role", "parts"))
    },
    ConversationExample(name: "Bedrock") { number, system in
      let field = system.map { #""system": [{"text": "\#($0)"}], "# } ?? ""
      return #"{\#(field)"messages": [{"role": "user", "content": [{"text": "q\#(number)"}]}, "#
        + #"{"role": "assistant", "content": [{"text": "a"}]}]}"#
    } before: { record in
      with(member(record, "system"), list(member(record, "messages"), "role", "content"))
    },
    ConversationExample(name: "bare turns") { number, system in
      let opening = system.map { #"{"role": "system", "content": "\#($0)"}, "# } ?? ""
      return #"[\#(opening){"role": "user", "content": "q\#(number)"}, "#
        + #"{"role": "assistant", "content": "a"}]"#
    } before: {
      list($0, "role", "content")
    },
    ConversationExample(name: "conversational prompt and completion") { number, system in
      let opening = system.map { #"{"role": "system", "content": "\#($0)"}, "# } ?? ""
      return #"{"prompt": [\#(opening){"role": "user", "content": "q\#(number)"}], "#
        + #""completion": [{"role": "assistant", "content": "a"}]}"#
    } before: {
      list(member($0, "prompt"), "role", "content")
    },
    ConversationExample(name: "preference of whole conversations") { number, system in
      let opening = system.map { #"{"role": "system", "content": "\#($0)"}, "# } ?? ""
      let user = #"\#(opening){"role": "user", "content": "q\#(number)"}, "#
      return #"{"chosen": [\#(user){"role": "assistant", "content": "good"}], "#
        + #""rejected": [\#(user){"role": "assistant", "content": "bad"}]}"#
    } before: {
      list(member($0, "chosen"), "role", "content")
    },
  ]
}
