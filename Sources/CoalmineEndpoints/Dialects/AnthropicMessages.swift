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
  let turn: TurnOptions
  /// Whether a model that reasons unasked is told not to.
  let thinking: Thinking

  enum Thinking: String, Sendable, CaseIterable {
    /// As the model has it.
    case own
    case disabled
  }

  static let entry = DialectEntry(
    "anthropic-messages", "Anthropic's messages API, text alone",
    source: "Anthropic API reference, 'Create a Message', version 2023-06-01, 26 Nov 2026",
    options: TurnOptions.list + [
      DialectOption("thinking", "own: as the model has it; disabled: a model that thinks does not")
    ]
  ) { options throws(CoalmineError) in
    AnthropicMessages(
      name: options.name, turn: try TurnOptions(options),
      thinking: try options.choice("thinking", of: Thinking.self))
  }

  public var abilities: Abilities { turn.abilities }
  public var presentation: Presentation.Form { turn.presentation }
  public var limits: RequestLimits { .one }
  public var routes: APIRoutes {
    APIRoutes(base: .server, main: "/v1/messages", others: ["/v1/models"])
  }
  public var keyHeader: String? { "x-api-key" }
  public var jobs: (any BatchJobs)? { AnthropicJobs(routes, headers: Self.version) }

  public var cures: [FieldCure] { turn.cures(self, ["prefill", "must end with a user message"]) }

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
      try body.field("max_tokens", turn.room.limit(asks))
      if let system = conversation.system { try body.field("system", utf8: system) }
      try body.array("messages") { messages in
        for turn in conversation.spoken {
          try messages.object { message in
            try message.field("role", turn.role)
            try message.field("content", utf8: turn.text)
          }
        }
      }
      if thinking == .disabled {
        try body.object("thinking") { try $0.field("type", "disabled") }
      }
      // Models that take a temperature refuse a second sampler beside it.
      if let temperature = turn.temperature(rule) { try body.field("temperature", temperature) }
    }
    request.headers = Self.version
    return request
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    oneText(reply, asks, at: endpoint, settings: EndpointSettings.ofModelList) { root, passage in
      guard let reason = root["stop_reason"], let content = root["content"] else {
        return .stop(
          HTTPFault.shape(
            "the reply has no 'content' and 'stop_reason'", endpoint,
            "is this Anthropic's messages API?"))
      }
      guard let ending = Self.ending(reason.string) else { return .unfinished }
      let text = WrittenText.joined(content.elements) { $0["type"]?.string == "text" }
      // A model that ends its turn at once leaves the list empty.
      let empty: [UInt8]? = content.elements == nil ? nil : []
      return .value(
        WrittenText.outcome(
          text ?? empty, beside: WrittenText.beside(content), ending, after: passage))
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
