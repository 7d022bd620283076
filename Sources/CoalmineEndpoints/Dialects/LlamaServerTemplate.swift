// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// How llama.cpp's server renders a conversation, and how many tokens its chat route reads of it.
///
/// A last turn of the model stays open: its text is the end of the rendered text.
///
/// ```
/// POST /apply-template        {"messages": […]}                    {"prompt": "<|im_start|>user⏎…"}
/// POST /v1/chat/completions   {"messages": […], "max_tokens": 1}   {"usage": {"prompt_tokens": 31}}
/// ```
///
/// Source: llama.cpp, tools/server/README.md, 'POST /apply-template',
/// https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md.
extension LlamaServer {
  static let render = "/apply-template"
  static let chat = "/v1/chat/completions"

  /// - Parameter endpoint: asked to answer the conversation, by one token; `nil` where it is only rendered.
  static func conversation(_ turns: Turns, askedOf endpoint: Endpoint? = nil)
    throws(CoalmineError) -> DialectRequest
  {
    try .post(endpoint == nil ? render : chat) { body in
      if let endpoint { try body.field("model", endpoint.model) }
      try body.array("messages") { messages in
        for turn in turns.earlier {
          try messages.object { message in
            try message.field("role", turn.role)
            try message.field("content", utf8: turn.text)
          }
        }
      }
      guard endpoint != nil else { return }
      try body.field("max_tokens", 1)
      try body.field("temperature", 0)
    }
  }

  static func rendered(_ document: JSONDocument, _ endpoint: Endpoint) -> Reading<RequestAnswers> {
    guard let text = document.root["prompt"]?.stringBytes else {
      return .stop(
        HTTPFault.shape(
          "the reply to \(render) holds no rendered text", endpoint, "is this llama-server?"))
    }
    return .value(RequestAnswers([.measured(.rendered(text))]))
  }

  static func counted(_ document: JSONDocument, _ endpoint: Endpoint) -> Reading<RequestAnswers> {
    guard let count = document.root["usage"]?["prompt_tokens"]?.int.flatMap({ Int(exactly: $0) })
    else {
      return .stop(
        HTTPFault.shape(
          "the reply of the chat route does not say how many tokens it read", endpoint,
          "is this llama-server?"))
    }
    return .value(RequestAnswers([.measured(.tokenCount(count))]))
  }
}
