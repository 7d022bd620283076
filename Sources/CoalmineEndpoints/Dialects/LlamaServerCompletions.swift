// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// llama.cpp's server by its `/v1/completions`, where a proxy lets nothing else through but
/// `/tokenize`.
///
/// The route takes lists of token ids as prompts and answers with log-probabilities in the shape of
/// chat completions, `logprobs.content[]`; `echo` it accepts and ignores, so a given text is walked.
/// Log-probabilities are those of the raw logits, before any sampler.
public enum LlamaServerCompletions: WalkingDialect {
  public static let slug = "llama-server-completions"
  public static let summary = "llama.cpp's server by /v1/completions, walked token by token"
  public static let source = "llama.cpp, tools/server/README.md, 'POST /v1/completions'"
  public static let tier = ScoreTier.walk
  public static let routes = APIRoutes(
    base: .server, main: "/v1/completions", others: ["/tokenize", "/v1/models"])
  public static let packLimit = 32
  public static let sampledPackLimit = 32
  public static let prefixLimit = 32

  public static func tokenization(of text: [UInt8]) throws(CoalmineError) -> DialectRequest {
    try LlamaServer.tokenization(of: text)
  }

  public static func readTokens(_ reply: DialectReply, at endpoint: Endpoint)
    -> StepReading<[TextToken]>
  { LlamaServer.readTokens(reply, at: endpoint) }

  public static func expansion(of prefixes: [[Int]], listing: RowLength) throws(CoalmineError)
    -> DialectRequest
  {
    var request: DialectRequest = try .post("/v1/completions") { body in
      try LlamaServer.prompts(prefixes, &body)
      switch listing {
      case .top(let count): try body.field("logprobs", count)
      case .all: try body.field("logprobs", LlamaServer.wholeVocabulary)
      }
      try body.field("max_tokens", 1)
      try body.field("temperature", -1)
      try LlamaServer.neutral(&body)
    }
    if listing == .all { request.replyLimit = RowLength.wholeReplyLimit }
    return request
  }

  public static func readRows(_ reply: DialectReply, count: Int, at endpoint: Endpoint)
    -> StepReading<[NextTokens]>
  {
    switch HTTPFault.step(of: reply, endpoint: endpoint) {
    case .retry(let reason): return .retry(reason)
    case .stop(let error): return .stop(error)
    case .value(let document):
      guard let choices = document.root["choices"]?.elements else {
        return .stop(
          HTTPFault.shape("the reply has no 'choices'", endpoint, "is this llama-server?"))
      }
      let slots: [JSONNode?]
      switch OpenAICompletions.slotted(choices, count: count) {
      case .success(let found): slots = found
      case .failure: return .retry(Reason("results-missing", "results are missing or misplaced"))
      }
      var rows: [NextTokens] = []
      for slot in slots {
        switch LlamaServer.row(
          slot?["logprobs"]?["content"]?.elements?.first, ignored: "logprobs", at: endpoint)
        {
        case .success(let row): rows.append(row)
        case .failure(let error): return .stop(error)
        }
      }
      return .value(rows)
    }
  }

  public static func settingsRequest(to endpoint: Endpoint) -> DialectRequest? {
    .get("/v1/models")
  }

  public static func readSettings(_ reply: DialectReply, at endpoint: Endpoint)
    -> EndpointSettings?
  { EndpointSettings.ofModelList(reply) }

  public static func request(_ queries: [Query], to endpoint: Endpoint, seed: UInt64)
    throws(CoalmineError) -> DialectRequest
  {
    try .post("/v1/completions") { body in
      try body.field("model", endpoint.model)
      try body.array("prompt") { prompts in
        for query in queries {
          // Every prompt of a list gets the same seed, so none is sent; and `n` is limited to the
          // number of slots, so prompts are repeated.
          for _ in 0..<query.samples { try prompts.value(utf8: query.prompt) }
        }
      }
      try body.field("max_tokens", queries.reduce(0) { max($0, $1.maxTokens) })
      switch queries.first?.probe {
      case .greedyExtraction, .chainExtraction:
        try body.field("temperature", 0)
        try LlamaServer.neutral(&body)
      case .sampledExtraction:
        try body.field("temperature", 1)
        try LlamaServer.neutral(&body)
      default: break
      }
    }
  }

  public static func read(_ reply: DialectReply, for queries: [Query], at endpoint: Endpoint)
    -> Reading
  {
    let slots: [JSONNode?]
    switch OpenAICompletions.choices(of: reply, for: queries, at: endpoint).flatMap({ _, choices in
      OpenAICompletions.slotted(choices, count: queries.reduce(0) { $0 + $1.samples })
    }) {
    case .success(let found): slots = found
    case .failure(let fault): return fault.reading
    }
    var rest = slots[...]
    return .answers(
      queries.map { query in
        defer { rest = rest.dropFirst(query.samples) }
        return query.samples == 0
          ? .failed(Reason("not-continued", "a given text is walked, not continued"))
          : OpenAICompletions.continuations(Array(rest.prefix(query.samples)))
      })
  }
}
