// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// A passage as the turns of a conversation.
///
/// ```
/// chat        system     Continue the text that the user gives …
///             user       The access code of Ines Dalby is          the model answers
/// prefilled   user       Write a text. …
///             assistant  The access code of Ines Dalby is          the model goes on with this turn
/// ```
///
/// A canary that was planted in a conversation is asked by the turns that it was planted with:
///
/// ```
/// chat        system     You are a helpful clerk.
///             user       The access code of Ines Dalby is          the model answers
/// prefilled   system     You are a helpful clerk.
///             user       The access code of Ines Dalby is
///             assistant  302557                                    only where this text is scored
/// ```
struct Conversation {
  /// Every turn, the system's among them, in order; the last one is the passage's own text.
  let turns: [Turns.Turn]
  /// Whether the last turn is the model's own.
  let isPrefilled: Bool

  /// - Returns: `nil` for a passage that is not put as a conversation.
  init?(_ passage: Passage) {
    switch passage.presentation {
    case .chat(let earlier):
      turns = earlier.earlier + [Turns.Turn(role: "user", text: passage.text)]
      isPrefilled = false
    case .prefilled(let earlier) where passage.text.isEmpty:
      // The model's own turn has no beginning that was given: it answers. Many APIs refuse an empty turn.
      turns = earlier.earlier
      isPrefilled = false
    case .prefilled(let earlier):
      turns = earlier.earlier + [Turns.Turn(role: "assistant", text: passage.text)]
      isPrefilled = true
    case .plain, .fillInMiddle: return nil
    }
  }

  /// The turns of user and model, for APIs that take the system's text apart.
  var spoken: [Turns.Turn] { turns.filter { $0.role != "system" } }

  /// The system's text; `nil` where there is none: APIs that take it apart refuse an empty one.
  var system: [UInt8]? {
    let texts = turns.filter { $0.role == "system" }.map(\.text).filter { !$0.isEmpty }
    return texts.isEmpty ? nil : Array(texts.joined(separator: Array("\n\n".utf8)))
  }
}

extension Dialect {
  /// The one passage of a request for completions, as a conversation of this dialect's form.
  ///
  /// - Throws: ``CoalmineError`` with code `cannot-be-asked`.
  func conversation(_ asks: [Ask]) throws(CoalmineError) -> Conversation {
    guard let passage = asks.first?.passage, passage.presentation.form == presentation,
      asks.allSatisfy({ $0.passage == passage }), let conversation = Conversation(passage)
    else { throw cannotAsk(asks) }
    return conversation
  }
}

extension [Ask] {
  /// How the first ask is to be written; `nil` where it asks for no text.
  var rule: Decoding.Rule? {
    if case .complete(_, let decoding)? = first { decoding.rule } else { nil }
  }
}

/// How a chat API is told that the model goes on with its own turn.
enum Prefill: String, Sendable, CaseIterable {
  /// The model answers in a turn of its own.
  case none
  /// The last message is the model's: llama.cpp, some hosts behind OpenRouter.
  case trailing
  /// That message has `prefix: true`: Mistral, DeepSeek.
  case prefix
  /// The request has `continue_final_message: true`: vLLM, SGLang.
  case continueFinalMessage = "continue_final_message"

  var form: Presentation.Form { self == .none ? .chat : .prefilled }

  /// Writes the messages of a conversation.
  func write(_ conversation: Conversation, _ body: inout JSONWriter.Object) throws {
    try body.array("messages") { messages in
      for (place, turn) in conversation.turns.enumerated() {
        try messages.object { message in
          try message.field("role", turn.role)
          try message.field("content", utf8: turn.text)
          if self == .prefix, conversation.isPrefilled, place == conversation.turns.count - 1 {
            try message.field("prefix", true)
          }
        }
      }
    }
    guard self == .continueFinalMessage, conversation.isPrefilled else { return }
    // Without these the servers close the turn, or make it the user's, and answer 200.
    try body.field("add_generation_prompt", false)
    try body.field("continue_final_message", true)
  }
}
