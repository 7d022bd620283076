// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// llama.cpp's server by `/infill`: a gap between two texts, with the marks that the model file names.
///
/// The field `input_suffix` is mandatory, and an empty one still changes the prompt: the marks stand
/// around it.
public struct LlamaServerInfill: Dialect {
  public let name: String
  let topTokens: TopTokens

  static let entry = DialectEntry(
    "llama-server-infill", "llama.cpp's server by /infill: a gap between two texts",
    source: "llama.cpp, tools/server/README.md, 'POST /infill', xllamacpp 2026.10",
    options: [TopTokens.option(most: 100)]
  ) { options throws(CoalmineError) in
    LlamaServerInfill(name: options.name, topTokens: try TopTokens(options, most: 100))
  }

  public var abilities: Abilities { Abilities.continues.union(topTokens.abilities) }
  public var presentation: Presentation.Form { .fillInMiddle }
  public var limits: RequestLimits { .one }
  public var routes: APIRoutes {
    APIRoutes(base: .server, main: "/infill", others: ["/props"])
  }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    if case .describe? = asks.first { return .get("/props") }
    guard let rule = asks.rule, let passage = asks.first?.passage else { throw cannotAsk(asks) }
    return try .post("/infill") { body in
      try body.field("input_prefix", utf8: passage.text)
      try body.field("input_suffix", utf8: passage.after)
      try body.field("n_predict", asks.longestCompletion)
      if topTokens.areAsked(rule) {
        try body.field("n_probs", topTokens.count)
        try body.field("post_sampling_probs", false)
      }
      guard rule != .endpointDefault else { return }
      try body.field("temperature", rule == .greedy ? 0 : 1)
      try LlamaServer.neutral(&body)
    }
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    oneText(reply, asks, at: endpoint, settings: LlamaServer.props) { root, passage in
      guard let text = root["content"]?.stringBytes, let type = root["stop_type"]?.string else {
        return .stop(
          HTTPFault.shape(
            "the reply has no 'content' and 'stop_type'", endpoint,
            "is this llama.cpp's /infill?"))
      }
      guard root["truncated"]?.bool != true else {
        return .stop(
          HTTPFault.shape(
            "a prompt was cut to the context window", endpoint,
            "give the server a larger context ('-c'), or more room per slot"))
      }
      return .value(
        WrittenText.outcome(
          text, type == "limit" ? .length : .stop, after: passage,
          steps: WrittenToken.list(root["completion_probabilities"]?.elements)))
    }
  }
}
