// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// vLLM's completions route with its own `prompt_logprobs`, which names every token by its id.
///
/// Beside `openai-completions` it needs no echo, and it names the samplers that a model's own
/// `generation_config.json` would set otherwise. Log-probabilities are those of the raw logits
/// (`--logprobs-mode raw_logprobs`, the default).
///
/// ```
/// prompt            The access code of Ines Dalby is 302557
/// prompt_logprobs   null  {"459": -0.76}  {"677": -0.66} …    null: the mark before the prompt
/// ```
public enum VLLM: Dialect {
  public static let slug = "vllm"
  public static let summary = "vLLM's completions API with 'prompt_logprobs'"
  public static let source = "vLLM documentation, 'OpenAI-Compatible Server', completions API"
  public static let tier = ScoreTier.teacherForced
  public static let routes = OpenAICompletions.routes
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
        // Of the token that stands there alone.
        try body.field("prompt_logprobs", 0)
        try body.field("return_token_ids", true)
      case .defaultExtraction:
        try CompletionsFields.continuing(queries, seed: seed, &body)
      default:
        try CompletionsFields.continuing(queries, seed: seed, &body)
        try body.field("top_k", 0)
        try body.field("min_p", 0)
        try body.field("repetition_penalty", 1)
        try body.field("presence_penalty", 0)
        try body.field("frequency_penalty", 0)
      }
    }
  }

  public static func read(_ reply: DialectReply, for queries: [Query], at endpoint: Endpoint)
    -> Reading
  { OpenAICompletions.read(reply, for: queries, at: endpoint) }

  public static func settingsRequest(to endpoint: Endpoint) -> DialectRequest? {
    OpenAICompletions.settingsRequest(to: endpoint)
  }

  public static func readSettings(_ reply: DialectReply, at endpoint: Endpoint)
    -> EndpointSettings?
  { OpenAICompletions.readSettings(reply, at: endpoint) }
}
