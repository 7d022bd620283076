// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// DeepSeek's chat completions, with the passage as the beginning of the model's own turn
/// (`prefix: true`, under `/beta`).
///
/// Thinking is switched off: with it the service ignores the temperature. There is no `n`.
public struct DeepSeekChat: Dialect {
  public let name: String
  let topTokens: Int

  static let entry = DialectEntry(
    "deepseek-chat", "DeepSeek's chat API, text alone: a turn of the model is continued",
    source: "DeepSeek API documentation, 'Chat Prefix Completion (Beta)', 26 Nov 2026",
    options: [
      DialectOption("logprobs", "the likeliest tokens at each place, 0 to 20 (default 0)")
    ]
  ) { options throws(CoalmineError) in
    DeepSeekChat(
      name: options.name, topTokens: try options.number("logprobs", in: 0...20, else: 0))
  }

  public var abilities: Abilities { topTokens > 0 ? [.continues, .showsTopTokens] : [.continues] }
  public var presentation: Presentation.Form { .prefilled }
  public var limits: RequestLimits { .one }
  public var routes: APIRoutes {
    APIRoutes(
      base: .version, main: "/chat/completions", others: ["/models"], version: "/beta")
  }
  public var cures: [FieldCure] {
    topTokens > 0 ? [FieldCure("logprobs", setting: "logprobs", to: "0", of: self)] : []
  }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    if case .describe? = asks.first { return .get(routes.path("/models", at: endpoint)) }
    guard asks.rule != nil else { throw cannotAsk(asks) }
    let conversation = try conversation(asks)
    return try .post(routes.path("/chat/completions", at: endpoint)) { body in
      try ChatFields(prefill: .prefix).write(asks, conversation, to: endpoint, &body)
      try body.object("thinking") { try $0.field("type", "disabled") }
      guard topTokens > 0 else { return }
      try body.field("logprobs", true)
      try body.field("top_logprobs", topTokens)
    }
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    chatTexts(reply, asks, at: endpoint, oneByOne: "is this DeepSeek's API?")
  }
}
