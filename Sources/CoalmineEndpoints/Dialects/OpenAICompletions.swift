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
      GapMarks.option,
    ]
  ) { options throws(CoalmineError) in
    OpenAICompletions(
      name: options.name, scoring: .echo, host: try options.choice("host", of: Host.self),
      gap: try options.choice("gap", of: GapMarks.self))
  }

  static let vllm = DialectEntry(
    "vllm", "vLLM's completions API with 'prompt_logprobs'",
    source: "vLLM documentation, 'OpenAI-Compatible Server', completions API"
  ) { options in OpenAICompletions(name: options.name, scoring: .promptLogprobs) }

  public var abilities: Abilities { gap == .none ? [.scoresText, .continues] : [.continues] }
  public var presentation: Presentation.Form { gap == .none ? .plain : .fillInMiddle }
  public var limits: RequestLimits {
    RequestLimits(prompts: host == .together ? 1 : 64, samples: 128, sampledPassages: 1)
  }
  public var routes: APIRoutes {
    APIRoutes(base: .version, main: "/completions", others: ["/models"])
  }
  public var jobs: (any BatchJobs)? { scoring == .echo ? OpenAIJobs(routes) : nil }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    switch asks.first?.kind {
    case .describe: return .get(routes.path("/models", at: endpoint))
    case .score where gap == .none, .complete:
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
          try given(&body)
        }
      }
    default: throw cannotAsk(asks)
    }
  }

  /// The fields that score a given text.
  private func given(_ body: inout JSONWriter.Object) throws {
    try body.field("max_tokens", 1)
    try body.field("temperature", 0)
    switch scoring {
    case .echo:
      try body.field("echo", true)
      try body.field("logprobs", 1)
    case .promptLogprobs:
      // Of the token that stands there alone.
      try body.field("prompt_logprobs", 0)
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

  private func read(
    _ document: JSONDocument, _ choices: [JSONNode], _ asks: [Ask], _ endpoint: Endpoint
  ) -> Reading<RequestAnswers> {
    if choices.isEmpty { return .retry(Reason("no-choices", "the reply holds no choice")) }
    if ([document.root] + choices + choices.compactMap { $0["logprobs"] }).contains(
      where: \.repeatsKey)
    {
      return .stop(
        HTTPFault.shape(
          "an object of the reply names a member twice", endpoint,
          "what it means depends on who reads it; use another server"))
    }
    // Their places would be taken for samples of the first prompts.
    let prompts = SampledPassage.runs(of: asks)
    if asks.count > prompts.count, choices.count == prompts.count {
      return .stop(
        HTTPFault.shape(
          "the server ignored 'n': it wrote one continuation per prompt and not "
            + "\(prompts[0].samples)", endpoint,
          "use a server that honours 'n', or a probe set without sampling"))
    }
    if choices.contains(where: { Self.unfinished($0) }) {
      return .retry(Reason("unfinished", "the server gave up on a choice"))
    }
    let slots: [JSONNode?]
    switch Self.slotted(choices, count: asks.count) {
    case .value(let found): slots = found
    case let other: return other.map { _ in RequestAnswers([]) }
    }
    var outcomes: [Outcome<Answer>] = []
    for (ask, choice) in zip(asks, slots) {
      if case .score(let passage) = ask {
        let listed = host == .together ? document.root["prompt"]?.elements?.first ?? choice : choice
        switch Self.likelihood(listed, passage, endpoint) {
        case .success(let outcome): outcomes.append(outcome.map(Answer.scored))
        case .failure(let error): return .stop(error)
        }
      } else {
        outcomes.append(Self.completion(choice).map(Answer.completion))
      }
    }
    return .value(RequestAnswers(outcomes, served: ServedModel(document.root)))
  }

  /// The choices of a reply.
  static func choices(_ document: JSONDocument, at endpoint: Endpoint)
    -> Result<[JSONNode], CoalmineError>
  {
    document.root["choices"]?.elements.map { .success($0) }
      ?? .failure(
        HTTPFault.shape("the reply has no 'choices'", endpoint, "is this a completions API?"))
  }

  /// The choices by place, prompt · samples + sample: servers may send them in any order.
  static func slotted(_ choices: [JSONNode], count: Int) -> Reading<[JSONNode?]> {
    var slots = [JSONNode?](repeating: nil, count: count)
    for (position, choice) in choices.enumerated() {
      let named = choice["index"]?.int.flatMap { Int(exactly: $0) }
      // Without indices only a whole list says which choice belongs where.
      guard named != nil || choices.count == count else {
        return .retry(
          Reason("missing-choices", "choices are missing and the others bear no index"))
      }
      let index = named ?? position
      guard slots.indices.contains(index), slots[index] == nil else {
        return .retry(Reason("bad-index", "a choice has an index out of range or twice"))
      }
      slots[index] = choice
    }
    return .value(slots)
  }

  /// Whether the server broke off: what it wrote so far is not what the model would have written.
  static func unfinished(_ choice: JSONNode) -> Bool {
    guard let reason = choice["finish_reason"] else { return false }
    return reason.isNull
      || ["error", "abort", "insufficient_system_resource"].contains(reason.string)
  }

  /// Whether a filter took the log-probabilities of a text away.
  private static func isHeldBack(_ choice: JSONNode) -> Bool {
    ["content_filter", "refusal"].contains(choice["finish_reason"]?.string)
      && (choice["logprobs"]?.isNull ?? true) && choice["prompt_logprobs"]?.elements == nil
  }

  static func likelihood(_ choice: JSONNode?, _ passage: Passage, _ endpoint: Endpoint)
    -> Result<Outcome<[TokenScore]>, CoalmineError>
  {
    guard let choice else {
      return .success(.failed(Reason("no-choice", "the reply has no choice for this prompt")))
    }
    if isHeldBack(choice) {
      return .success(
        .censored(Reason("content-filtered", "a content filter of the endpoint held the text back"))
      )
    }
    let echoed: EchoedTokens
    do throws(EchoedTokens.Missing) {
      echoed = try EchoedTokens.read(choice)
    } catch {
      return .failure(
        error == .absent
          ? HTTPFault.shape(
            "no log-probabilities came back although they were asked for", endpoint,
            "this server cannot score; use '--probe-set text-only'")
          : HTTPFault.shape(
            "the log-probabilities are in no shape that is known", endpoint,
            "the server speaks another dialect of completions"))
    }
    if let scores = echoed.scores(of: passage) { return .success(scores) }
    let isShort = echoed.spelled.reduce(0) { $0 + $1.count } < passage.text.count / 2
    return .failure(
      HTTPFault.shape(
        isShort
          ? "the server ignored 'echo': it scored only what it wrote itself"
          : "the returned tokens do not spell the prompt", endpoint,
        isShort
          ? "if it is llama.cpp's server, use '--dialect llama-server'; else "
            + "'--probe-set text-only' needs no likelihood"
          : "no likelihood can be measured here; use '--probe-set text-only'"))
  }

  static func completion(_ choice: JSONNode?) -> Outcome<Completion> {
    let ending = Completion.Ending(finishReason: choice?["finish_reason"]?.string)
    // Under a filter or a refusal the text may be null: held back, not lost.
    guard let choice, let text = choice["text"]?.stringBytes ?? (ending.isWithheld ? [] : nil)
    else {
      return .failed(Reason("no-choice", "the reply lacks a sample that was asked"))
    }
    return .measured(Completion(text: text, ending: ending))
  }
}
