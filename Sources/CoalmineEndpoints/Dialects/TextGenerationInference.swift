// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Hugging Face's Text Generation Inference by `/generate`.
///
/// Tokens of the prompt have log-probabilities only where the server was started with
/// `--enable-prefill-logprobs`. What it writes by sampling is drawn at temperature 1 unless the request
/// says otherwise; a temperature or a `top_p` that is sent would change the log-probabilities.
public struct TextGenerationInference: Dialect {
  public let name: String

  static let entry = DialectEntry(
    "tgi", "Hugging Face's Text Generation Inference; scored where the server has that on",
    source: "Text Generation Inference documentation, 'API reference', Jan 2026"
  ) { options in TextGenerationInference(name: options.name) }

  public var abilities: Abilities { [.scoresText, .continues] }
  public var presentation: Presentation.Form { .plain }
  public var limits: RequestLimits { .one }
  public var routes: APIRoutes { APIRoutes(base: .server, main: "/generate", others: ["/info"]) }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    switch asks.first?.kind {
    case .describe: return .get("/info")
    case .score, .complete: break
    default: throw cannotAsk(asks)
    }
    return try .post("/generate") { body in
      try body.field("inputs", utf8: asks.first?.passage?.text ?? [])
      try body.object("parameters") { parameters in
        try parameters.field("max_new_tokens", asks.rule == nil ? 1 : asks.longestCompletion)
        try parameters.field("details", true)
        switch asks.rule {
        case nil:
          try parameters.field("decoder_input_details", true)
          try parameters.field("do_sample", false)
        case .greedy?: try parameters.field("do_sample", false)
        case .neutral?: try parameters.field("do_sample", true)
        case .endpointDefault?: break
        }
      }
    }
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    if case .describe? = asks.first { return .described(reply, Self.settings) }
    return document(of: reply, asks, at: endpoint).flatMap { document in
      // Some proxies answer with a list of one.
      let root = document.root.elements?.first ?? document.root
      guard let text = root["generated_text"]?.stringBytes, let details = root["details"] else {
        return .stop(
          HTTPFault.shape(
            "the reply has no 'generated_text' and 'details'", endpoint,
            "is this Text Generation Inference?"))
      }
      switch asks.first {
      case .score(let passage)?:
        let scores = PromptScores(
          passage: passage, endpoint: endpoint, field: "decoder_input_details")
        return scores.read { () throws(EchoedTokens.Missing) in
          try EchoedTokens.objects(details["prefill"]?.elements)
        }.map { .one($0, asks, served: nil) }
      case .complete(let passage, _)?:
        let ending = Completion.Ending(finishReason: details["finish_reason"]?.string)
        let outcome = WrittenText.outcome(text, ending, after: passage)
        return .value(.one(outcome.map(Answer.completion), asks, served: nil))
      default: return .others(asks)
      }
    }
  }

  /// The reply to `GET /info`; `nil` where it is none.
  private static func settings(_ root: JSONNode) -> EndpointSettings? {
    guard let model = root["model_id"]?.string else { return nil }
    var settings = EndpointSettings()
    // One model is loaded, and any name is answered.
    settings.models = [model]
    let tokens = root["max_total_tokens"]?.int.flatMap { Int(exactly: $0) }
    settings.contextTokens = tokens.flatMap { $0 > 0 ? $0 : nil }
    return settings
  }
}
