// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// OpenAI's responses, `/v1/responses`, without anything kept at the provider (`store: false`).
///
/// One text per request; no seed, no samples, no turn of the model that goes on.
public struct OpenAIResponses: Dialect {
  public let name: String
  let samplers: Samplers
  let topTokens: Int
  /// `reasoning.effort`; left out where it is `nil`.
  let effort: String?
  let room: ReasoningRoom

  /// OpenAI refuses a lower limit.
  private static let leastTokens = 16

  static let entry = DialectEntry(
    "openai-responses", "OpenAI's responses API, text alone",
    source: "OpenAI API reference, 'Create a model response', 26 Nov 2026",
    options: [
      Samplers.option,
      DialectOption("logprobs", "the likeliest tokens at each place, 0 to 20 (default 0)"),
      DialectOption(
        "effort", "reasoning.effort: none, minimal, low, medium, high; not sent by default"),
      ReasoningRoom.option,
    ]
  ) { options throws(CoalmineError) in
    OpenAIResponses(
      name: options.name, samplers: try options.choice("samplers", of: Samplers.self),
      topTokens: try options.number("logprobs", in: 0...20, else: 0),
      effort: try options.word("effort"), room: try ReasoningRoom(options))
  }

  public var abilities: Abilities { topTokens > 0 ? [.chats, .showsTopTokens] : [.chats] }
  public var presentation: Presentation.Form { .chat }
  public var limits: RequestLimits { .one }
  public var routes: APIRoutes {
    APIRoutes(base: .version, main: "/responses", others: ["/models"])
  }

  public var cures: [FieldCure] {
    let tokens = FieldCure("logprobs", setting: "logprobs", to: "0", of: self)
    return samplers.cure(self) + (topTokens > 0 ? [tokens] : [])
      + (effort == nil
        ? []
        : [
          FieldCure(
            "reasoning.effort", words: ["reasoning"], leavingOut: "effort", of: self)
        ])
  }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    if case .describe? = asks.first { return .get(routes.path("/models", at: endpoint)) }
    guard let rule = asks.rule else { throw cannotAsk(asks) }
    let conversation = try conversation(asks)
    return try .post(routes.path("/responses", at: endpoint)) { body in
      try body.field("model", endpoint.model)
      if let system = conversation.system { try body.field("instructions", utf8: system) }
      try body.array("input") { input in
        for turn in conversation.spoken {
          try input.object { item in
            try item.field("role", turn.role)
            try item.array("content") { parts in
              try parts.object { part in
                try part.field("type", turn.role == "assistant" ? "output_text" : "input_text")
                try part.field("text", utf8: turn.text)
              }
            }
          }
        }
      }
      try body.field("max_output_tokens", limit(asks))
      try body.field("store", false)
      if let effort { try body.object("reasoning") { try $0.field("effort", effort) } }
      if topTokens > 0 {
        try body.array("include") { try $0.value("message.output_text.logprobs") }
        try body.field("top_logprobs", topTokens)
      }
      guard samplers == .named, rule != .endpointDefault else { return }
      try body.field("temperature", rule == .greedy ? 0 : 1)
      if rule == .neutral { try body.field("top_p", 1) }
    }
  }

  private func limit(_ asks: [Ask]) -> Int { max(Self.leastTokens, room.limit(asks)) }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    oneText(reply, asks, at: endpoint, settings: EndpointSettings.ofModelList) { root, passage in
      guard let output = root["output"]?.elements else {
        return .stop(
          HTTPFault.shape(
            "the reply has no 'output'", endpoint, "is this OpenAI's responses API?"))
      }
      guard ["completed", "incomplete"].contains(root["status"]?.string) else {
        return .unfinished
      }
      let parts = output.filter { $0["type"]?.string == "message" }
        .flatMap { $0["content"]?.elements ?? [] }
      let refusal = WrittenText.joined(parts, "refusal")
      let text = WrittenText.joined(parts) { $0["type"]?.string == "output_text" }
      // What it reasoned, and what it gave to tools.
      let reasoned = output.filter { $0["type"]?.string == "reasoning" }
      let beside =
        output.map(WrittenText.beside)
        + reasoned.compactMap { WrittenText.joined($0["content"]?.elements) }
      let ending = refusal != nil ? .refused : Self.ending(root, limit: limit(asks))
      // A model that only reasoned wrote no message.
      return .value(
        WrittenText.outcome(
          text ?? refusal ?? [], beside: WrittenText.lines(beside), ending,
          after: passage,
          steps: WrittenToken.list(parts.flatMap { $0["logprobs"]?.elements ?? [] })))
    }
  }

  private static func ending(_ root: JSONNode, limit: Int) -> Completion.Ending {
    switch root["incomplete_details"]?["reason"]?.string {
    case "content_filter"?: return .filtered
    case _?: return .length
    case nil: break
    }
    // llama.cpp's server says "completed" of a text that the limit cut off.
    let written = root["usage"]?["output_tokens"]?.int ?? 0
    return root["status"]?.string == "incomplete" || written >= limit ? .length : .stop
  }
}
