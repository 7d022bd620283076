// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Ollama's own API: raw text by `/api/generate`, conversations by `/api/chat`.
///
/// A prompt that is longer than the model's `num_ctx` is cut by the server, with status 200: its
/// beginning is lost then, and not the place that is asked about.
public struct Ollama: Dialect {
  public let name: String
  let route: Route
  let topTokens: TopTokens

  enum Route: String, Sendable, CaseIterable {
    /// Raw text, without the model's template.
    case generate
    /// The model answers in a turn of its own.
    case chat
    /// The model goes on with its own turn.
    case prefill
    /// A gap between two texts, where the model's template has one.
    case suffix
  }

  static let entry = DialectEntry(
    "ollama", "Ollama's own API, text alone: raw text, or a conversation",
    source: "Ollama documentation, 'API', docs/api.md, 26 Nov 2026",
    options: [
      DialectOption(
        "route", "generate: raw text; chat; prefill: the model continues its turn; suffix: a gap"),
      TopTokens.option(most: 20),
    ]
  ) { options throws(CoalmineError) in
    Ollama(
      name: options.name, route: try options.choice("route", of: Route.self),
      topTokens: try TopTokens(options, most: 20))
  }

  public var cures: [FieldCure] { topTokens.cures(self) }
  public var abilities: Abilities {
    (route == .chat ? Abilities.chats : .continues).union(topTokens.abilities)
  }
  public var presentation: Presentation.Form {
    switch route {
    case .generate: .plain
    case .chat: .chat
    case .prefill: .prefilled
    case .suffix: .fillInMiddle
    }
  }
  public var limits: RequestLimits { .one }
  public var routes: APIRoutes {
    APIRoutes(
      base: .server, main: talks ? "/api/chat" : "/api/generate", others: ["/api/tags"])
  }

  private var talks: Bool { route == .chat || route == .prefill }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    if case .describe? = asks.first { return .get("/api/tags") }
    guard let rule = asks.rule, let passage = asks.first?.passage else { throw cannotAsk(asks) }
    let conversation = talks ? try conversation(asks) : nil
    return try .post(routes.main) { body in
      try body.field("model", endpoint.model)
      if let conversation {
        try Prefill.trailing.write(conversation, &body)
      } else {
        try body.field("prompt", utf8: passage.text)
        // A template is what puts the gap into the prompt.
        if route == .suffix {
          try body.field("suffix", utf8: passage.after)
        } else {
          try body.field("raw", true)
        }
      }
      try body.field("stream", false)
      try topTokens.write(rule, &body)
      try body.object("options") { options in
        try options.field("num_predict", asks.longestCompletion)
        guard rule != .endpointDefault else { return }
        try options.field("temperature", rule == .greedy ? 0 : 1)
        try options.field("top_k", 0)
        try options.field("top_p", 1)
        try options.field("min_p", 0)
        try options.field("repeat_penalty", 1)
      }
    }
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    oneText(reply, asks, at: endpoint, settings: Self.settings) { root, passage in
      guard let isDone = root["done"]?.bool else {
        return .stop(
          HTTPFault.shape("the reply has no 'done'", endpoint, "is this Ollama's own API?"))
      }
      guard isDone, root["done_reason"]?.string != "load" else {
        return .unfinished
      }
      let text = (talks ? root["message"]?["content"] : root["response"])?.stringBytes
      return .value(
        WrittenText.outcome(
          text, beside: WrittenText.beside(root),
          Completion.Ending(finishReason: root["done_reason"]?.string), after: passage,
          steps: WrittenToken.list(root["logprobs"]?.elements)))
    }
  }

  /// The reply to `GET /api/tags`; `nil` where it is none.
  private static func settings(_ root: JSONNode) -> EndpointSettings? {
    guard let listed = root["models"]?.elements else { return nil }
    var settings = EndpointSettings()
    for name in listed.compactMap({ $0["name"]?.string }) {
      settings.models.append(name)
      // The tag that is meant where none is named.
      let latest = ":latest"
      if name.hasSuffix(latest) { settings.models.append(String(name.dropLast(latest.count))) }
    }
    return settings
  }
}
