// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The legacy completions route, `/v1/completions`, with `echo` scoring and lists of prompts.
///
/// ```
/// prompt:  The access code of Ines Dalby is 302557
/// tokens:  The| access| code| of| Ines| Dal|by| is| 302|557| x
///          null  -3.1   …                        -8.0 -6.1  (generated: dropped)
/// ```
///
/// One token is generated and dropped, since not every server takes `max_tokens: 0`. A server
/// that ignores `echo` or `logprobs` is refused: a number from it would be wrong.
public enum OpenAICompletions: Dialect {
  public static let slug = "openai-completions"
  public static let summary = "the legacy completions API, with echo scoring: vLLM, coalmine serve"
  public static let source = "OpenAI API reference, 'Create completion' (legacy)"
  public static let tier = ScoreTier.teacherForced
  public static let routes = APIRoutes(
    base: .version, main: "/completions", others: ["/models"])
  public static let packLimit = 64

  public static func request(_ queries: [Query], to endpoint: Endpoint, seed: UInt64)
    throws(CoalmineError) -> DialectRequest
  {
    try .post(routes.path("/completions", at: endpoint)) { body in
      try CompletionsFields.common(queries, to: endpoint, &body)
      switch queries.first?.probe {
      case .sequenceLikelihood, .rankSearch, .recordLikelihood, .chainLikelihood:
        try body.field("max_tokens", 1)
        try body.field("temperature", 0)
        try body.field("echo", true)
        try body.field("logprobs", 1)
      default: try CompletionsFields.continuing(queries, seed: seed, &body)
      }
    }
  }

  public static func settingsRequest(to endpoint: Endpoint) -> DialectRequest? {
    .get(routes.path("/models", at: endpoint))
  }

  public static func readSettings(_ reply: DialectReply, at endpoint: Endpoint)
    -> EndpointSettings?
  { EndpointSettings.ofModelList(reply) }

  public static func read(_ reply: DialectReply, for queries: [Query], at endpoint: Endpoint)
    -> Reading
  {
    let document: JSONDocument
    let choices: [JSONNode]
    switch Self.choices(of: reply, for: queries, at: endpoint) {
    case .success(let found): (document, choices) = found
    case .failure(let fault): return fault.reading
    }
    if choices.isEmpty { return .retry(Reason("no-choices", "the reply holds no choice")) }
    if ([document.root] + choices + choices.compactMap { $0["logprobs"] }).contains(
      where: \.repeatsKey)
    {
      return .stop(
        HTTPFault.shape(
          "an object of the reply names a member twice", endpoint,
          "what it means depends on who reads it; use another server"))
    }
    let samples = max(1, queries.first?.samples ?? 1)
    // Their places would be taken for samples of the first prompts.
    if samples > 1, choices.count == queries.count {
      return .stop(
        HTTPFault.shape(
          "the server ignored 'n': it wrote one continuation a prompt and not \(samples)", endpoint,
          "use a server that honours 'n', or a probe set without sampling"))
    }
    if choices.contains(where: { unfinished($0) }) {
      return .retry(Reason("unfinished", "the server gave up on a choice"))
    }
    let slots: [JSONNode?]
    switch slotted(choices, count: queries.count * samples) {
    case .success(let found): slots = found
    case .failure(let fault): return fault.reading
    }
    var outcomes: [Outcome<Observation>] = []
    for (position, query) in queries.enumerated() {
      let mine = slots[(position * samples)..<((position + 1) * samples)]
      if query.samples == 0 {
        switch likelihood(mine.first ?? nil, query, endpoint) {
        case .success(let outcome): outcomes.append(outcome)
        case .failure(let error): return .stop(error)
        }
      } else {
        outcomes.append(continuations(Array(mine)))
      }
    }
    return .answers(outcomes)
  }

  /// The choices of a reply, with the document that holds them.
  static func choices(of reply: DialectReply, for queries: [Query], at endpoint: Endpoint)
    -> Result<(JSONDocument, [JSONNode]), HTTPFault>
  {
    switch HTTPFault.document(of: reply, queries: queries, endpoint: endpoint) {
    case .failure(let fault): return .failure(fault)
    case .success(let document):
      guard let choices = document.root["choices"]?.elements else {
        return .failure(
          HTTPFault(
            reading: .stop(
              HTTPFault.shape(
                "the reply has no 'choices'", endpoint, "is this a completions API?"))))
      }
      return .success((document, choices))
    }
  }

  /// The choices by place, prompt · samples + sample: servers may send them in any order.
  static func slotted(_ choices: [JSONNode], count: Int)
    -> Result<[JSONNode?], HTTPFault>
  {
    func fault(_ reason: Reason) -> Result<[JSONNode?], HTTPFault> {
      .failure(HTTPFault(reading: .retry(reason)))
    }
    var slots = [JSONNode?](repeating: nil, count: count)
    for (position, choice) in choices.enumerated() {
      let named = choice["index"]?.int.flatMap { Int(exactly: $0) }
      // Without indices only a whole list says which choice belongs where.
      guard named != nil || choices.count == count else {
        return fault(Reason("missing-choices", "choices are missing and the others bear no index"))
      }
      let index = named ?? position
      guard slots.indices.contains(index), slots[index] == nil else {
        return fault(Reason("bad-index", "a choice has an index out of range or twice"))
      }
      slots[index] = choice
    }
    return .success(slots)
  }

  /// Whether the server broke off: what it wrote so far is not what the model would have written.
  private static func unfinished(_ choice: JSONNode) -> Bool {
    guard let reason = choice["finish_reason"] else { return false }
    return reason.isNull || ["error", "abort"].contains(reason.string)
  }

  /// Whether a filter took the log-probabilities of a text away.
  private static func isHeldBack(_ choice: JSONNode) -> Bool {
    ["content_filter", "refusal"].contains(choice["finish_reason"]?.string)
      && (choice["logprobs"]?.isNull ?? true) && choice["prompt_logprobs"]?.elements == nil
  }

  static func likelihood(_ choice: JSONNode?, _ query: Query, _ endpoint: Endpoint)
    -> Result<Outcome<Observation>, CoalmineError>
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
    let text = query.prompt + query.target
    guard !text.isEmpty else {
      return .success(.failed(Reason("empty-text", "a text without bytes has no probability")))
    }
    let values = echoed.values
    let spans = TokenSpans(echoed.spelled, over: text, startsUnspelled: echoed.startsUnspelled)
    guard let spans else {
      let length = echoed.spelled.reduce(0) { $0 + $1.count }
      return .failure(
        HTTPFault.shape(
          length < text.count / 2
            ? "the server ignored 'echo': it scored only what it wrote itself"
            : "the returned tokens do not spell the prompt", endpoint,
          length < text.count / 2
            ? "if it is llama.cpp's server, use '--dialect llama-server'; else "
              + "'--probe-set text-only' needs no likelihood"
            : "no likelihood can be measured here; use '--probe-set text-only'"))
    }
    var scores: [TokenScore] = []
    // Tokens without bytes of their own since the last one with some.
    var before: [Double] = []
    for (offset, range) in spans.ranges.enumerated() where range.lowerBound < text.count {
      let value = values[offset + spans.skipped]
      // A token shown as no text is the first part of the character that follows it. At the
      // boundary it belongs to the target, unless it is a mark before the text, which has no
      // log-probability.
      let begins = range.isEmpty && range.lowerBound == query.prompt.count && value != nil
      guard range.upperBound > query.prompt.count || begins else {
        before = range.isEmpty ? before + (value.map { [$0] } ?? []) : []
        continue
      }
      // Where it is not known which of several tokens crosses the end of the prompt, all count: too
      // low a score errs against the finding.
      let all = [value].compactMap { $0 } + (range.lowerBound < query.prompt.count ? before : [])
      before = []
      guard all.allSatisfy({ $0 <= 1e-6 && $0 >= -9_000 }) else {
        return .success(
          .failed(Reason("invalid-logprob", "a token has a log-probability that is none")))
      }
      scores.append(
        TokenScore(
          range: range, logProbability: value == nil ? nil : min(0, all.reduce(0, +))))
    }
    return .success(.measured(.likelihood(scores)))
  }

  static func continuations(_ choices: [JSONNode?]) -> Outcome<Observation> {
    var texts: [Continuation] = []
    for choice in choices {
      let ending: Continuation.Ending
      switch choice?["finish_reason"]?.string {
      case "length"?: ending = .length
      case "content_filter"?: ending = .filtered
      case "refusal"?: ending = .refused
      default: ending = .stop
      }
      // Under a filter or a refusal the text may be null: held back, not lost.
      let held = ending == .filtered || ending == .refused ? [UInt8]() : nil
      guard let choice, let text = choice["text"]?.stringBytes ?? held else {
        return .failed(Reason("no-choice", "the reply lacks a sample that was asked"))
      }
      texts.append(Continuation(text: text, ending: ending))
    }
    return .measured(.continuations(texts))
  }
}
