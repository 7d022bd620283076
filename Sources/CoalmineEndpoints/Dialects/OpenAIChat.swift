// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Chat completions, `/v1/chat/completions`, of OpenAI and of the many servers that speak like it.
///
/// No given text is scored: what the model writes is looked at, greedily and in samples. A passage is
/// the user's turn, or the beginning of the model's own where the server goes on with such a turn.
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
  let samplers: Samplers
  let prefill: Prefill
  /// How many of the likeliest tokens are listed at each place; none are asked for where it is 0.
  let topTokens: Int
  /// `reasoning_effort`; left out where it is `nil`.
  let effort: String?
  let room: ReasoningRoom
  /// Azure's `api-version`; `nil` for every other host.
  let azureVersion: String?

  enum LimitField: String, Sendable, CaseIterable {
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"

    var other: LimitField { self == .maxTokens ? .maxCompletionTokens : .maxTokens }
  }

  static let entry = DialectEntry(
    "openai-chat", "chat completions, text alone: OpenAI, Azure, and servers that speak like it",
    source: "OpenAI API reference, 'Create chat completion', 26 Nov 2026",
    options: [
      DialectOption(
        "limit", "the field that limits what is written: max_tokens, max_completion_tokens"),
      DialectOption("n", "the most samples per request, 1 to 128 (default 8)"),
      Samplers.option,
      DialectOption(
        "prefill",
        "the model continues its own turn: none, trailing, prefix, continue_final_message"),
      DialectOption("logprobs", "the likeliest tokens at each place, 0 to 20 (default 0)"),
      DialectOption(
        "effort", "reasoning_effort: none, minimal, low, medium, high; not sent by default"),
      ReasoningRoom.option,
      DialectOption("azure", "Azure's api-version, such as 2024-10-21; the model is a deployment"),
    ]
  ) { options throws(CoalmineError) in
    OpenAIChat(
      name: options.name, limitField: try options.choice("limit", of: LimitField.self),
      samples: try options.number("n", in: 1...128, else: 8),
      samplers: try options.choice("samplers", of: Samplers.self),
      prefill: try options.choice("prefill", of: Prefill.self),
      topTokens: try options.number("logprobs", in: 0...20, else: 0),
      effort: try options.word("effort"), room: try ReasoningRoom(options),
      azureVersion: try options.word("azure"))
  }

  public var abilities: Abilities {
    let writes: Abilities = prefill == .none ? .chats : .continues
    return topTokens > 0 ? writes.union(.showsTopTokens) : writes
  }
  public var presentation: Presentation.Form { prefill.form }
  public var limits: RequestLimits {
    RequestLimits(prompts: 1, samples: samples, sampledPassages: 1)
  }
  public var routes: APIRoutes {
    azureVersion == nil
      ? .chatCompletions
      : APIRoutes(
        base: .server, main: "/openai/deployments/MODEL/chat/completions",
        others: ["/openai/models"])
  }
  public var jobs: (any BatchJobs)? { azureVersion == nil ? OpenAIJobs(routes) : nil }
  public var keyHeader: String? { azureVersion == nil ? nil : "api-key" }

  public var cures: [FieldCure] {
    let limit = FieldCure(
      limitField.rawValue, setting: "limit", to: limitField.other.rawValue, of: self)
    let tokens = FieldCure("logprobs", setting: "logprobs", to: "0", of: self)
    let reasoning = FieldCure("reasoning_effort", leavingOut: "effort", of: self)
    return [limit] + samplers.cure(self) + (topTokens > 0 ? [tokens] : [])
      + (effort == nil ? [] : [reasoning])
  }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    if case .describe? = asks.first { return .get(path(routes.others[0], at: endpoint)) }
    guard asks.rule != nil else { throw cannotAsk(asks) }
    let conversation = try conversation(asks)
    let fields = ChatFields(
      prefill: prefill, limit: limitField.rawValue, samplers: samplers, room: room)
    return try .post(path(routes.main, at: endpoint)) { body in
      try fields.write(asks, conversation, to: endpoint, &body)
      if let effort { try body.field("reasoning_effort", effort) }
      guard topTokens > 0 else { return }
      try body.field("logprobs", true)
      try body.field("top_logprobs", topTokens)
    }
  }

  private func path(_ route: String, at endpoint: Endpoint) -> String {
    let path = routes.path(
      route.replacing("MODEL", with: PathSegment.escaped(endpoint.model)), at: endpoint)
    return azureVersion.map { path + "?api-version=\($0)" } ?? path
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    // Azure lists the models that could be deployed, and not the deployments.
    chatTexts(reply, asks, at: endpoint, oneByOne: use("n", "1")) {
      azureVersion == nil ? .ofModelList($0) : nil
    }
  }
}
