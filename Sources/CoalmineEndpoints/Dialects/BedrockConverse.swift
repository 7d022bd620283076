// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Amazon Bedrock's `Converse`, with a Bedrock API key as the bearer token.
///
/// There are no log-probabilities, no seed and one text per request.
public struct BedrockConverse: Dialect {
  public let name: String
  let samplers: Samplers
  let prefill: Switch

  static let entry = DialectEntry(
    "bedrock-converse", "Amazon Bedrock's Converse, text alone, with a Bedrock API key",
    source: "Amazon Bedrock API reference, 'Converse', botocore 1.44.8, 26 Nov 2026",
    options: [
      Samplers.option,
      DialectOption("prefill", "on: the model continues its own turn, where it takes that"),
    ]
  ) { options throws(CoalmineError) in
    BedrockConverse(
      name: options.name, samplers: try options.choice("samplers", of: Samplers.self),
      prefill: try options.choice("prefill", of: Switch.self))
  }

  public var abilities: Abilities { prefill == .on ? [.continues] : [.chats] }
  public var presentation: Presentation.Form { prefill == .on ? .prefilled : .chat }
  public var limits: RequestLimits { RequestLimits(prompts: 1, samples: 1, sampledPassages: 1) }
  public var routes: APIRoutes {
    APIRoutes(base: .server, main: "/model/MODEL/converse", others: ["/foundation-models"])
  }

  public var cures: [FieldCure] {
    let turn = FieldCure(
      "prefill", words: ["prefill", "must end with a user message"], help: use("prefill", "off"))
    return (prefill == .on ? [turn] : []) + samplers.cure(self)
  }

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
        try config.field("maxTokens", asks.longestCompletion)
        guard samplers == .named, rule != .endpointDefault else { return }
        try config.field("temperature", rule == .greedy ? 0 : 1)
      }
    }
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    if case .describe? = asks.first { return .described(reply) { _ in nil } }
    return document(of: reply, asks, at: endpoint).flatMap { document in
      guard case .complete(let passage, _)? = asks.first else { return .others(asks) }
      let root = document.root
      let content = root["output"]?["message"]?["content"]
      guard let reason = root["stopReason"]?.string else {
        return .stop(
          HTTPFault.shape(
            "the reply has no 'output' and 'stopReason'", endpoint,
            "is this Amazon Bedrock's runtime?"))
      }
      guard let ending = Self.ending(reason) else {
        return .retry(Reason("unfinished", "the server gave up on a text"))
      }
      let text = WrittenText.joined(content?.elements) ?? content?.elements.map { _ in [] }
      let outcome = WrittenText.outcome(text, ending, after: passage)
      return .one(.success(outcome.map(Answer.completion)), asks, served: nil)
    }
  }

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
