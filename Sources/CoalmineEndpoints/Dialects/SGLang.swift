// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// SGLang's own API, `/generate`: raw text, scored from its first token.
///
/// Log-probabilities are those of the untempered logits. `logprob_start_len: 0` asks for the whole
/// prompt: it is dearer than the ending alone, and says which token stands where.
public struct SGLang: Dialect {
  public let name: String
  let topTokens: TopTokens

  static let entry = DialectEntry(
    "sglang", "SGLang's own API, which scores a given text in one request",
    source: "SGLang documentation, 'Sampling Parameters' and '/generate', 0.5.23, Nov 2026",
    options: [TopTokens.option(most: 20)]
  ) { options throws(CoalmineError) in
    SGLang(name: options.name, topTokens: try TopTokens(options, most: 20))
  }

  public var abilities: Abilities {
    Abilities([.scoresText, .continues]).union(topTokens.abilitiesOfScoring)
  }
  public var presentation: Presentation.Form { .plain }
  public var cures: [FieldCure] { topTokens.cures(self) }
  public var limits: RequestLimits {
    RequestLimits(prompts: 32, samples: 64, sampledPassages: 32)
  }
  public var routes: APIRoutes {
    APIRoutes(base: .server, main: "/generate", others: ["/v1/models"])
  }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    switch asks.first?.kind {
    case .describe: return .get("/v1/models")
    case .score, .scoreListing, .complete: break
    default: throw cannotAsk(asks)
    }
    return try .post("/generate") { body in
      try body.array("text") { list in
        for ask in asks { try list.value(utf8: ask.passage?.text ?? []) }
      }
      try body.object("sampling_params") { parameters in
        guard let rule = asks.rule else {
          try parameters.field("max_new_tokens", 1)
          return try parameters.field("temperature", 0)
        }
        try parameters.field("max_new_tokens", asks.longestCompletion)
        guard rule != .endpointDefault else { return }
        try parameters.field("temperature", rule == .greedy ? 0 : 1)
        try Self.neutral(&parameters)
      }
      if topTokens.areAsked(asks.rule) {
        try body.field("return_logprob", true)
        try body.field("top_logprobs_num", topTokens.count)
        try body.field("return_text_in_logprobs", true)
      }
      guard asks.rule == nil else { return }
      try body.field("return_logprob", true)
      try body.field("logprob_start_len", 0)
      let listing = topTokens.asked(asks.first?.kind)
      if listing > 0 { try body.field("top_logprobs_num", listing) }
      try body.field("return_text_in_logprobs", true)
    }
  }

  /// Samplers that change nothing; a model's `generation_config.json` sets them otherwise.
  private static func neutral(_ parameters: inout JSONWriter.Object) throws {
    try parameters.field("top_p", 1)
    try parameters.field("top_k", -1)
    try parameters.field("min_p", 0)
    try parameters.field("repetition_penalty", 1)
    try parameters.field("presence_penalty", 0)
    try parameters.field("frequency_penalty", 0)
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    if case .describe? = asks.first { return .described(reply, EndpointSettings.ofModelList) }
    return document(of: reply, asks, at: endpoint).flatMap { document in
      // One text that is asked without a list is answered by an object.
      let results = document.root.elements ?? [document.root]
      guard results.count == asks.count else {
        return .retry(Reason("results-missing", "\(results.count) of \(asks.count) results came"))
      }
      var outcomes: [Outcome<Answer>] = []
      for (result, ask) in zip(results, asks) {
        guard let about = result["meta_info"], let text = result["text"]?.stringBytes else {
          return .stop(
            HTTPFault.shape(
              "the reply has no 'text' and 'meta_info'", endpoint, "is this SGLang's own API?"))
        }
        switch ask {
        case .score(let passage), .scoreListing(let passage):
          let scores = PromptScores(
            passage: passage, endpoint: endpoint, field: "return_logprob",
            listing: topTokens.asked(ask.kind))
          let read = scores.read { () throws(EchoedTokens.Missing) in
            try EchoedTokens.triples(
              about["input_token_logprobs"]?.elements,
              top: ask.kind == .scoreListing ? about["input_top_logprobs"]?.elements : nil)
          }
          guard case .value(let outcome) = read else { return read.map { _ in RequestAnswers([]) } }
          outcomes.append(outcome)
        case .complete:
          guard let ending = Self.ending(about["finish_reason"]) else {
            return .retry(Reason("unfinished", "the server gave up on a text"))
          }
          let steps = WrittenToken.triples(
            about["output_token_logprobs"]?.elements, about["output_top_logprobs"]?.elements)
          outcomes.append(WrittenText.outcome(text, ending, steps: steps).map(Answer.completion))
        default: outcomes.append(.otherAnswer)
        }
      }
      return .value(RequestAnswers(outcomes, served: ServedModel(document.root)))
    }
  }

  /// `nil` where the server broke off.
  private static func ending(_ reason: JSONNode?) -> Completion.Ending? {
    let type = reason?["type"]?.string ?? reason?.string
    return type == nil || type == "abort" ? nil : Completion.Ending(finishReason: type)
  }
}
