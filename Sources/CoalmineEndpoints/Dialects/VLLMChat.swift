// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// vLLM's chat completions: the passage is the beginning of the model's own turn, which the server
/// renders by the model's template and does not close, and the tokens of that prompt are scored.
///
/// `continue_final_message` leaves the turn open. A server that ignores it closes the turn, and the
/// prompt that it scores does not end with the passage then: that is refused.
public struct VLLMChat: Dialect {
  public let name: String
  let samples: Int
  let topTokens: TopTokens

  static let entry = DialectEntry(
    "vllm-chat", "vLLM's chat API: a turn of the model is continued, and scored",
    source: "vLLM documentation, 'OpenAI-Compatible Server', Chat API, 0.32.0, Nov 2026",
    options: [
      DialectOption("n", "the most samples per request, 1 to 128 (default 8)"),
      TopTokens.option(most: 20),
    ]
  ) { options throws(CoalmineError) in
    VLLMChat(
      name: options.name, samples: try options.number("n", in: 1...128, else: 8),
      topTokens: try TopTokens(options, most: 20))
  }

  public var abilities: Abilities {
    Abilities([.scoresText, .continues]).union(topTokens.abilitiesOfScoring)
  }
  public var cures: [FieldCure] { topTokens.cures(self) }
  public var presentation: Presentation.Form { .prefilled }
  public var limits: RequestLimits {
    RequestLimits(prompts: 1, samples: samples, sampledPassages: 1)
  }
  public var routes: APIRoutes { .chatCompletions }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    switch asks.first?.kind {
    case .describe: return .get(routes.path("/models", at: endpoint))
    case .score, .scoreListing, .complete: break
    default: throw cannotAsk(asks)
    }
    let conversation = try conversation(asks)
    return try .post(routes.path("/chat/completions", at: endpoint)) { body in
      try ChatFields(prefill: .continueFinalMessage).write(asks, conversation, to: endpoint, &body)
      guard let rule = asks.rule else {
        // With 0 of the token that stands there alone.
        try body.field("prompt_logprobs", topTokens.asked(asks.first?.kind))
        return try body.field("return_token_ids", true)
      }
      try topTokens.write(rule, &body)
      guard rule != .endpointDefault else { return }
      try OpenAICompletions.nameSamplers(&body)
    }
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    guard let passage = asks.first?.scoredPassage else {
      return chatTexts(reply, asks, at: endpoint, oneByOne: use("n", "1"))
    }
    return document(of: reply, asks, at: endpoint).flatMap { document in
      // The list stands beside the choices.
      PromptScores(
        passage: passage, endpoint: endpoint, field: "prompt_logprobs",
        listing: topTokens.asked(asks.first?.kind)
      ).read(
        { () throws(EchoedTokens.Missing) in
          try EchoedTokens.read(document.root, withLists: asks.first?.kind == .scoreListing)
        },
        isConversation: true
      ).map { .one($0, asks, served: ServedModel(document.root)) }
    }
  }
}
