// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Chat completions, `/v1/chat/completions`, of OpenAI and of the many servers that speak like it.
///
/// The model answers in a turn of its own, so no given text is scored: what it writes is looked at,
/// greedily and in samples. A passage is the user's turn after the turns that came before it.
///
/// ```
/// system   Continue the text that the user gives …
/// user     The access code of Ines Dalby is
/// ```
public struct OpenAIChat: Dialect {
  public let name: String
  /// The field that limits what is written; the newer models refuse the older name.
  let limitField: LimitField
  /// How many samples a request may ask for by `n`.
  let samples: Int
  /// Whether a request names the samplers: models that reason refuse all but their own.
  let samplers: Samplers

  enum LimitField: String, Sendable, CaseIterable {
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
  }

  enum Samplers: String, Sendable, CaseIterable {
    case named
    case own
  }

  static let entry = DialectEntry(
    "openai-chat", "chat completions, text alone: OpenAI and servers that speak like it",
    source: "OpenAI API reference, 'Create chat completion'",
    options: [
      DialectOption(
        "limit", "the field that limits what is written: max_tokens, max_completion_tokens"),
      DialectOption("n", "the most samples per request, 1 to 128 (default 8)"),
      DialectOption(
        "samplers", "named: temperature and top_p are sent; own: the model's own are left alone"),
    ]
  ) { options throws(CoalmineError) in
    OpenAIChat(
      name: options.name, limitField: try options.choice("limit", of: LimitField.self),
      samples: try options.number("n", in: 1...128, else: 8),
      samplers: try options.choice("samplers", of: Samplers.self))
  }

  public var abilities: Abilities { [.chats] }
  public var presentation: Presentation.Form { .chat }
  public var limits: RequestLimits {
    RequestLimits(prompts: 1, samples: samples, sampledPassages: 1)
  }
  public var routes: APIRoutes {
    APIRoutes(base: .version, main: "/chat/completions", others: ["/models"])
  }
  public var jobs: (any BatchJobs)? { OpenAIJobs(routes) }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    if case .describe? = asks.first { return .get(routes.path("/models", at: endpoint)) }
    guard case .complete(let passage, let decoding)? = asks.first,
      case .chat(let turns) = passage.presentation,
      asks.allSatisfy({ $0.passage == passage })
    else { throw cannotAsk(asks) }
    return try .post(routes.path("/chat/completions", at: endpoint)) { body in
      try body.field("model", endpoint.model)
      try body.array("messages") { messages in
        for turn in turns.earlier + [Turns.Turn(role: "user", text: passage.text)] {
          try messages.object { message in
            try message.field("role", turn.role)
            try message.field("content", utf8: turn.text)
          }
        }
      }
      try body.field(limitField.rawValue, asks.longestCompletion)
      // Not every server knows the field, and all write one sample where it is left out. A seed is
      // never sent: some servers give it to every sample of a request, and all are alike then.
      if asks.count > 1 { try body.field("n", asks.count) }
      guard samplers == .named, decoding.rule != .endpointDefault else { return }
      try body.field("temperature", decoding.rule == .greedy ? 0 : 1)
      if decoding.rule == .neutral { try body.field("top_p", 1) }
    }
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    if case .describe? = asks.first { return .described(reply, EndpointSettings.ofModelList) }
    return document(of: reply, asks, at: endpoint).flatMap { document in
      guard let choices = document.root["choices"]?.elements else {
        return .stop(
          HTTPFault.shape(
            "the reply has no 'choices'", endpoint, "is this a chat completions API?"))
      }
      // Fewer samples than asked: whoever ignores 'n' writes one.
      guard choices.count == asks.count else {
        return asks.count > 1 && choices.count == 1
          ? .unanswerable(
            HTTPFault.shape(
              "the server ignored 'n': it wrote one answer and not \(asks.count)", endpoint,
              "use '--dialect \(name.split(separator: ",")[0]),n=1'"))
          : .retry(Reason("missing-choices", "\(choices.count) of \(asks.count) answers came"))
      }
      return OpenAICompletions.slotted(choices, count: asks.count).map { slots in
        RequestAnswers(
          zip(slots, asks).map { slot, ask in
            if case .complete = ask {
              Self.completion(slot).map(Answer.completion)
            } else {
              .otherAnswer
            }
          },
          served: ServedModel(document.root))
      }
    }
  }

  /// What one choice says. A refusal stands in a field of its own, or in the reason of the end.
  private static func completion(_ choice: JSONNode?) -> Outcome<Completion> {
    let message = choice?["message"]
    let refusal = message?["refusal"]?.stringBytes
    let ending: Completion.Ending =
      refusal != nil ? .refused : Completion.Ending(finishReason: choice?["finish_reason"]?.string)
    let held = ending == .filtered || ending == .refused ? refusal ?? [] : nil
    guard let text = message?["content"].flatMap(text) ?? held else {
      return .failed(Reason("no-content", "an answer holds no text"))
    }
    return .measured(Completion(text: text, ending: ending))
  }

  /// A text, or the texts of a list of parts.
  private static func text(_ content: JSONNode) -> [UInt8]? {
    if let parts = content.elements { return parts.flatMap { $0["text"]?.stringBytes ?? [] } }
    return content.stringBytes
  }
}
