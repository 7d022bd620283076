// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The legacy completions route, `/v1/completions`, with lists of prompts and scores of given text.
///
/// ```
/// prompt:  The access code of Ines Dalby is 302557
/// tokens:  The| access| code| of| Ines| Dal|by| is| 302|557| x
///          null  -3.1   …                        -8.0 -6.1  (generated: dropped)
/// ```
///
/// One token is generated and dropped, since not every server takes `max_tokens: 0`. A server
/// that ignores `echo` or `logprobs` is refused: a number from it would be wrong.
public struct OpenAICompletions: Dialect {
  public let name: String
  let scoring: Scoring
  var host = Host.any
  /// With marks of a gap nothing is scored: how a server spells them in its echo is its own.
  var gap = GapMarks.none
  var topTokens = TopTokens.none

  /// Whose own fields are spoken beside the common ones.
  enum Host: String, Sendable, CaseIterable {
    case any
    /// A prompt that is too long is refused, where it would be cut.
    case fireworks
    /// One prompt per request; its tokens come in a list `prompt` beside `choices`.
    case together
  }

  /// By which field a given text is scored.
  enum Scoring: Sendable {
    /// `echo` with `logprobs`.
    case echo
    /// vLLM's own `prompt_logprobs`, which names every token by its id. It needs no echo, and the
    /// samplers that a model's own `generation_config.json` would set otherwise are named.
    /// Log-probabilities are those of the raw logits (`--logprobs-mode raw_logprobs`, the default).
    case promptLogprobs
  }

  static let echo = DialectEntry(
    "openai-completions", "the legacy completions API, with echo scoring: vLLM, coalmine serve",
    source: "OpenAI API reference, 'Create completion' (legacy)",
    options: [
      DialectOption(
        "host", "any, fireworks, or together with one prompt per request"),
      GapMarks.option, TopTokens.option(most: 20),
    ]
  ) { options throws(CoalmineError) in
    OpenAICompletions(
      name: options.name, scoring: .echo, host: try options.choice("host", of: Host.self),
      gap: try options.choice("gap", of: GapMarks.self),
      topTokens: try TopTokens(options, most: 20))
  }

  static let vllm = DialectEntry(
    "vllm", "vLLM's completions API with 'prompt_logprobs'",
    source: "vLLM documentation, 'OpenAI-Compatible Server', completions API",
    options: [TopTokens.option(most: 20)]
  ) { options throws(CoalmineError) in
    OpenAICompletions(
      name: options.name, scoring: .promptLogprobs, topTokens: try TopTokens(options, most: 20))
  }

  public var abilities: Abilities {
    let own: Abilities = gap == .none ? [.scoresText, .continues] : [.continues]
    return own.union(
      own.contains(.scoresText) && host != .together
        ? topTokens.abilitiesOfScoring : topTokens.abilities)
  }
  public var presentation: Presentation.Form { gap == .none ? .plain : .fillInMiddle }
  public var limits: RequestLimits {
    RequestLimits(prompts: host == .together ? 1 : 64, samples: 128, sampledPassages: 1)
  }
  public var routes: APIRoutes {
    APIRoutes(base: .version, main: "/completions", others: ["/models"])
  }
  public var jobs: (any BatchJobs)? { scoring == .echo ? OpenAIJobs(routes) : nil }
  public var cures: [FieldCure] { topTokens.cures(self) }

  public var advices: [FieldCure] {
    var advices: [FieldCure] = []
    if gap == .none {
      advices.append(
        FieldCure(
          scoring == .echo ? "echo" : "prompt_logprobs",
          help: "no given text can be scored without '"
            + "\(scoring == .echo ? "echo" : "prompt_logprobs")': use '--probe-set text-only', or "
            + "another dialect if the server has another way"))
    }
    guard host != .together else { return advices }
    advices.append(
      FieldCure(
        "prompt",
        refusedBy: [
          "not a list", "not an array", "not a string", "a single string", "must be a string",
          "valid string", "expected a string", "expected string", "should be a string",
        ],
        help: "the dialect '\(name)' sends texts as a list in 'prompt', a single one, too; "
          + "'--dialect \(single)' sends one text as a string"))
    return advices
  }

  /// The dialect that sends one prompt as a string.
  private var single: String {
    scoring == .echo ? name(with: "host", "together") : "openai-completions,host=together"
  }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    switch asks.first?.kind {
    case .describe: return .get(routes.path("/models", at: endpoint))
    case .score where gap == .none, .scoreListing where gap == .none && host != .together,
      .complete:
      return try .post(routes.path("/completions", at: endpoint)) { body in
        let prompts = SampledPassage.runs(of: asks)
        try body.field("model", endpoint.model)
        if host == .together {
          try body.field("prompt", utf8: gap.prompt(prompts[0].passage))
        } else {
          try body.array("prompt") { list in
            for prompt in prompts { try list.value(utf8: gap.prompt(prompt.passage)) }
          }
        }
        if host == .fireworks { try body.field("context_length_exceeded_behavior", "error") }
        if case .complete(let rule) = asks.first?.kind {
          try writing(rule, asks, samples: prompts[0].samples, seed, &body)
        } else {
          try given(&body, listing: topTokens.asked(asks.first?.kind))
        }
      }
    default: throw cannotAsk(asks)
    }
  }

  /// The fields that score a given text.
  private func given(_ body: inout JSONWriter.Object, listing: Int) throws {
    try body.field("max_tokens", 1)
    try body.field("temperature", 0)
    switch scoring {
    case .echo:
      try body.field("echo", true)
      try body.field("logprobs", max(1, listing))
    case .promptLogprobs:
      // With 0 of the token that stands there alone.
      try body.field("prompt_logprobs", listing)
      try body.field("return_token_ids", true)
    }
  }

  /// The fields for completions.
  private func writing(
    _ rule: Decoding.Rule, _ asks: [Ask], samples: Int, _ seed: UInt64,
    _ body: inout JSONWriter.Object
  ) throws {
    try body.field("max_tokens", asks.longestCompletion)
    if gap != .none {
      try body.array("stop") { list in for mark in gap.marks { try list.value(mark) } }
    }
    switch rule {
    case .greedy: try body.field("temperature", 0)
    case .neutral:
      try body.field("n", samples)
      try body.field("temperature", 1)
      try body.field("top_p", 1)
      // Inside what every server takes for a seed: 31 bits.
      try body.field("seed", Int(seed >> 33))
    case .endpointDefault:
      try body.field("n", samples)
      try body.field("seed", Int(seed >> 33))
    }
    if topTokens.areAsked(rule) { try body.field("logprobs", topTokens.count) }
    if scoring == .promptLogprobs, rule != .endpointDefault { try Self.nameSamplers(&body) }
  }

  /// vLLM's samplers beside temperature and top_p: a model's `generation_config.json` sets them
  /// otherwise.
  static func nameSamplers(_ body: inout JSONWriter.Object) throws {
    try body.field("top_k", 0)
    try body.field("min_p", 0)
    try body.field("repetition_penalty", 1)
    try body.field("presence_penalty", 0)
    try body.field("frequency_penalty", 0)
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    if case .describe? = asks.first { return .described(reply, EndpointSettings.ofModelList) }
    return document(of: reply, asks, at: endpoint).flatMap { document in
      switch Self.choices(document, at: endpoint) {
      case .success(let choices): read(document, choices, asks, endpoint)
      case .failure(let error): .stop(error)
      }
    }
  }
}
