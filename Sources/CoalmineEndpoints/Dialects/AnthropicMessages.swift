// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Anthropic's messages, `/v1/messages`, and those of the servers that speak like it.
///
/// There are no log-probabilities, no seed and one text per request. The version `2023-06-01` takes a
/// temperature where the model does; later versions take none at all.
///
/// ```
/// system     Continue the text that the user gives …
/// user       The access code of Ines Dalby is                 prefill=off
///
/// user       Write a text. …
/// assistant  The access code of Ines Dalby is                 prefill=on, where the model takes it
/// ```
public struct AnthropicMessages: Dialect {
  public let name: String
  let samplers: Samplers
  let prefill: Switch

  static let entry = DialectEntry(
    "anthropic-messages", "Anthropic's messages API, text alone",
    source: "Anthropic API reference, 'Create a Message', version 2023-06-01, 26 Nov 2026",
    options: [
      Samplers.option,
      DialectOption("prefill", "on: the model continues its own turn, which newer models refuse"),
    ]
  ) { options throws(CoalmineError) in
    AnthropicMessages(
      name: options.name, samplers: try options.choice("samplers", of: Samplers.self),
      prefill: try options.choice("prefill", of: Switch.self))
  }

  public var abilities: Abilities { prefill == .on ? [.continues] : [.chats] }
  public var presentation: Presentation.Form { prefill == .on ? .prefilled : .chat }
  public var limits: RequestLimits { RequestLimits(prompts: 1, samples: 1, sampledPassages: 1) }
  public var routes: APIRoutes {
    APIRoutes(base: .server, main: "/v1/messages", others: ["/v1/models"])
  }
  public var keyHeader: String? { "x-api-key" }

  public var cures: [FieldCure] {
    let turn = FieldCure(
      "prefill", words: ["prefill", "must end with a user message"], help: use("prefill", "off"))
    return (prefill == .on ? [turn] : []) + samplers.cure(self)
  }

  private static let version = [(name: "anthropic-version", value: "2023-06-01")]

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    if case .describe? = asks.first {
      var request = DialectRequest.get("/v1/models")
      request.headers = Self.version
      return request
    }
    guard let rule = asks.rule else { throw cannotAsk(asks) }
    let conversation = try conversation(asks)
    var request = try DialectRequest.post("/v1/messages") { body in
      try body.field("model", endpoint.model)
      try body.field("max_tokens", asks.longestCompletion)
      if let system = conversation.system { try body.field("system", utf8: system) }
      try body.array("messages") { messages in
        for turn in conversation.spoken {
          try messages.object { message in
            try message.field("role", turn.role)
            try message.field("content", utf8: turn.text)
          }
        }
      }
      // Models that take a temperature refuse a second sampler beside it.
      guard samplers == .named, rule != .endpointDefault else { return }
      try body.field("temperature", rule == .greedy ? 0 : 1)
    }
    request.headers = Self.version
    return request
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    if case .describe? = asks.first { return .described(reply, EndpointSettings.ofModelList) }
    return document(of: reply, asks, at: endpoint).flatMap { document in
      guard case .complete(let passage, _)? = asks.first else { return .others(asks) }
      let root = document.root
      guard let reason = root["stop_reason"], root["content"] != nil else {
        return .stop(
          HTTPFault.shape(
            "the reply has no 'content' and 'stop_reason'", endpoint,
            "is this Anthropic's messages API?"))
      }
      guard let ending = Self.ending(reason.string) else {
        return .retry(Reason("unfinished", "the server gave up on a text"))
      }
      let text = WrittenText.joined(root["content"]?.elements) { $0["type"]?.string == "text" }
      // A model that ends its turn at once leaves the list empty.
      let outcome = WrittenText.outcome(
        text ?? (root["content"]?.elements == nil ? nil : []), ending, after: passage)
      return .one(.success(outcome.map(Answer.completion)), asks, served: ServedModel(root))
    }
  }

  /// `nil` where the model is to be asked to go on.
  private static func ending(_ reason: String?) -> Completion.Ending? {
    switch reason {
    case nil, "pause_turn"?: nil
    case "max_tokens"?, "model_context_window_exceeded"?: .length
    case "refusal"?: .refused
    default: .stop
    }
  }
}

extension Reading<RequestAnswers> {
  /// A reply to asks of another kind.
  static func others(_ asks: [Ask]) -> Self {
    .value(RequestAnswers(asks.map { _ in .otherAnswer }))
  }
}
