// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Google's `generateContent`, at the Gemini API or at Vertex AI.
///
/// The service compares what a model writes with texts that it knows, and holds back what repeats
/// them (`RECITATION`): an ending of its own, and no miss. Log-probabilities are asked
/// for only where the option says so: many models refuse them.
public struct Gemini: Dialect {
  public let name: String
  let host: Host
  let samples: Int
  let turn: TurnOptions
  /// `thinkingLevel`; left out where it is `nil`.
  let thinking: String?
  let topTokens: TopTokens

  enum Host: String, Sendable, CaseIterable {
    /// `generativelanguage.googleapis.com`, with a key of its own.
    case gemini
    /// A URL up to `/publishers/google`, with a bearer token.
    case vertex
  }

  static let entry = DialectEntry(
    "gemini", "Google's generateContent, text alone: the Gemini API and Vertex AI",
    source: "Gemini API reference, 'models.generateContent' (v1beta), 26 Nov 2026",
    options: TurnOptions.list + [
      DialectOption("host", "gemini: an API key; vertex: a bearer token and a longer URL"),
      DialectOption("n", "the most samples per request, 1 to 8 (default 1): candidateCount"),
      DialectOption("thinking", "thinkingLevel: minimal, low, medium, high (default: not sent)"),
      TopTokens.option(most: 20),
    ]
  ) { options throws(CoalmineError) in
    Gemini(
      name: options.name, host: try options.choice("host", of: Host.self),
      samples: try options.number("n", in: 1...8, else: 1),
      turn: try TurnOptions(options),
      thinking: try options.word("thinking"), topTokens: try TopTokens(options, most: 20))
  }

  public var abilities: Abilities { turn.abilities.union(topTokens.abilities) }
  public var presentation: Presentation.Form { turn.presentation }
  public var limits: RequestLimits {
    RequestLimits(prompts: 1, samples: samples, sampledPassages: 1)
  }
  public var routes: APIRoutes {
    APIRoutes(
      base: .version, main: "/models/MODEL:generateContent", others: ["/models"],
      version: "/v1beta")
  }
  public var keyHeader: String? { host == .gemini ? "x-goog-api-key" : nil }
  /// Vertex AI reads and writes the files of its jobs in a bucket of the customer's.
  public var jobs: (any BatchJobs)? { host == .gemini ? GeminiJobs(routes) : nil }

  public var cures: [FieldCure] {
    let thought = FieldCure(
      "thinkingLevel", words: ["thinkinglevel", "thinking_level", "thinking level"],
      leavingOut: "thinking", of: self)
    return turn.cures(self, ["prefill", "model turn"]) + (thinking == nil ? [] : [thought])
      + topTokens.cures(self)
  }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    if case .describe? = asks.first { return .get(routes.path("/models", at: endpoint)) }
    guard let rule = asks.rule else { throw cannotAsk(asks) }
    let conversation = try conversation(asks)
    let route = "/models/\(PathSegment.escaped(endpoint.model)):generateContent"
    return try .post(routes.path(route, at: endpoint)) { body in
      if let system = conversation.system {
        try body.object("systemInstruction") { try Self.parts(system, &$0) }
      }
      try body.array("contents") { contents in
        for turn in conversation.spoken {
          try contents.object { content in
            try content.field("role", turn.role == "assistant" ? "model" : turn.role)
            try Self.parts(turn.text, &content)
          }
        }
      }
      try body.object("generationConfig") { config in
        try config.field("maxOutputTokens", turn.room.limit(asks))
        if asks.count > 1 { try config.field("candidateCount", asks.count) }
        if let thinking {
          try config.object("thinkingConfig") {
            try $0.field("thinkingLevel", thinking.uppercased())
          }
        }
        if topTokens.areAsked(rule) {
          try config.field("responseLogprobs", true)
          try config.field("logprobs", topTokens.count)
        }
        guard let temperature = turn.temperature(rule) else { return }
        try config.field("temperature", temperature)
        if rule == .neutral { try config.field("topP", 1) }
      }
    }
  }

  private static func parts(_ text: [UInt8], _ content: inout JSONWriter.Object) throws {
    try content.array("parts") { parts in try parts.object { try $0.field("text", utf8: text) } }
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    if case .describe? = asks.first { return .described(reply, GeminiReplies.settings) }
    return document(of: reply, asks, at: endpoint).flatMap { document in
      GeminiReplies(
        root: document.root, asks: asks, endpoint: endpoint, oneByOne: use("n", "1")
      ).read()
    }
  }
}
