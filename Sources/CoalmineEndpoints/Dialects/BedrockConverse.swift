// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Amazon Bedrock's `Converse`, with a Bedrock API key as the bearer token, or signed with AWS keys.
///
/// There are no log-probabilities, no seed and one text per request.
public struct BedrockConverse: Dialect {
  public let name: String
  let turn: TurnOptions
  let sign: Switch

  static let entry = DialectEntry(
    "bedrock-converse", "Amazon Bedrock's Converse, text alone, with a Bedrock API key or AWS keys",
    source: "Amazon Bedrock API reference, 'Converse', botocore 1.44.8, 26 Nov 2026",
    options: TurnOptions.list + [
      DialectOption(
        "sign",
        "on: sign with AWS keys at any host, for AWS_REGION where the host names no region")
    ]
  ) { options throws(CoalmineError) in
    BedrockConverse(
      name: options.name, turn: try TurnOptions(options),
      sign: try options.choice("sign", of: Switch.self))
  }

  public var signing: SigningRule? { SigningRule(service: "bedrock", anyHost: sign == .on) }

  public var abilities: Abilities { turn.abilities }
  public var presentation: Presentation.Form { turn.presentation }
  public var limits: RequestLimits { .one }
  public var routes: APIRoutes {
    APIRoutes(base: .server, main: "/model/MODEL/converse", others: ["/foundation-models"])
  }

  public var cures: [FieldCure] { turn.cures(self, ["prefill", "must end with a user message"]) }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    // Another host answers this; the one that is asked says that it does not know it.
    if case .describe? = asks.first { return .get("/foundation-models") }
    guard let rule = asks.rule else { throw cannotAsk(asks) }
    let conversation = try conversation(asks)
    return try .post("/model/\(PathSegment.escaped(endpoint.model))/converse") { body in
      if let system = conversation.system {
        try body.array("system") { list in try list.object { try $0.field("text", utf8: system) } }
      }
      try body.array("messages") { messages in
        for turn in conversation.spoken {
          try messages.object { message in
            try message.field("role", turn.role)
            try message.array("content") { list in
              try list.object { try $0.field("text", utf8: turn.text) }
            }
          }
        }
      }
      try body.object("inferenceConfig") { config in
        try config.field("maxTokens", turn.room.limit(asks))
        if let temperature = turn.temperature(rule) { try config.field("temperature", temperature) }
      }
    }
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    oneText(reply, asks, at: endpoint, settings: Self.settings) { root, passage in
      let content = root["output"]?["message"]?["content"]?.elements
      guard let reason = root["stopReason"]?.string else {
        return .stop(
          HTTPFault.shape(
            "the reply has no 'output' and 'stopReason'", endpoint,
            "is this Amazon Bedrock's runtime?"))
      }
      guard let ending = Self.ending(reason) else { return .unfinished }
      let text = WrittenText.joined(content) ?? content.map { _ in [] }
      return .value(
        WrittenText.outcome(
          text, beside: WrittenText.beside(root["output"]?["message"]), ending, after: passage))
    }
  }

  /// The runtime lists no models.
  private static func settings(_: JSONNode) -> EndpointSettings? { nil }

  /// `nil` where the server broke off.
  private static func ending(_ reason: String) -> Completion.Ending? {
    switch reason {
    case "max_tokens", "model_context_window_exceeded": .length
    case "guardrail_intervened", "content_filtered": .filtered
    case "refusal": .refused
    case "malformed_model_output", "malformed_tool_use": nil
    default: .stop
    }
  }
}
