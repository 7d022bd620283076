// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// llama.cpp's server, by its native routes or by `/v1/completions` where a proxy lets nothing else
/// through but `/tokenize`.
///
/// The server accepts `echo` and ignores it, so a given text is scored token by token. Its samplers
/// are not neutral by default (temperature 0.8, top_k 40, top_p 0.95, min_p 0.05): every request
/// but that of the endpoint's own settings names them all. Log-probabilities are those of the raw
/// logits, before any sampler.
public struct LlamaServer: Dialect {
  public let name: String
  let route: Route
  var topTokens = TopTokens.none
  var turns = RenderedTurns.none

  enum Route: Sendable {
    /// `/completion` and `/props`.
    case native
    /// `/v1/completions` and `/v1/models`; replies have the shape of chat completions,
    /// `logprobs.content[]`.
    case completions
  }

  static let native = DialectEntry(
    "llama-server", "llama.cpp's own API, scored token by token: llama-server, xllamacpp",
    source: "llama.cpp, tools/server/README.md, 'POST /completion'",
    options: [RenderedTurns.option, TopTokens.option(most: 100)]
  ) { options throws(CoalmineError) in
    LlamaServer(
      name: options.name, route: .native, topTokens: try TopTokens(options, most: 100),
      turns: try RenderedTurns(options))
  }

  static let completions = DialectEntry(
    "llama-server-completions",
    "llama.cpp's server by /v1/completions, scored token by token",
    source: "llama.cpp, tools/server/README.md, 'POST /v1/completions'",
    options: [RenderedTurns.option, TopTokens.option(most: 100)]
  ) { options throws(CoalmineError) in
    LlamaServer(
      name: options.name, route: .completions, topTokens: try TopTokens(options, most: 100),
      turns: try RenderedTurns(options))
  }

  public var abilities: Abilities {
    let both: Abilities = [.tokenizes, .listsNextTokens, .scoresWantedTokens, .continues]
    return (route == .native ? both.union(.forcesText) : both).union(topTokens.abilities)
  }
  public var presentation: Presentation.Form { turns.form }
  public var rendersTurns: Bool { turns.areUsed }

  public func rendering(_ template: ChatTemplate) -> any Dialect {
    var dialect = self
    dialect.turns.template = template
    return dialect
  }

  public var limits: RequestLimits {
    RequestLimits(prompts: 32, samples: 128, sampledPassages: 32)
  }
  public var routes: APIRoutes {
    let more = turns.areUsed ? [Self.render, Self.chat] : []
    return switch route {
    case .native:
      APIRoutes(base: .server, main: "/completion", others: ["/tokenize", "/props"] + more)
    case .completions:
      APIRoutes(
        base: .server, main: "/v1/completions", others: ["/tokenize", "/v1/models"] + more)
    }
  }

  public func limit(of kind: Ask.Kind) -> Int {
    switch kind {
    // Long rows are large.
    case .next(.top(let count)): count <= 20 ? 32 : count < 2_000 ? 16 : 4
    case .next(.all): 1
    case .next(.only), .score, .scoreListing, .complete(.greedy): limits.prompts
    case .complete: limits.samples
    case .tokenize, .force, .choose, .describe, .render, .countTokens: 1
    }
  }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    switch asks.first {
    case .describe?: return .get(route == .native ? "/props" : "/v1/models")
    case .tokenize(let passage)?:
      guard let text = turns.text(of: passage) else { throw cannotAsk(asks) }
      return try .post("/tokenize") { body in
        try body.field("content", utf8: text)
        try body.field("add_special", true)
        // The template's marks are tokens of their own.
        try body.field("parse_special", turns.areUsed)
        try body.field("with_pieces", true)
      }
    case .next(_, let listing)?: return try expansion(asks, listing)
    case .force(let prefix, let ending)? where route == .native:
      return try forced(prefix, ending)
    case .complete(_, let decoding)?: return try completion(asks, decoding.rule, endpoint)
    case .render(let turns)? where self.turns.areUsed: return try Self.conversation(turns)
    case .countTokens(let turns)? where self.turns.areUsed:
      return try Self.conversation(turns, askedOf: endpoint)
    default: throw cannotAsk(asks)
    }
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    if case .describe? = asks.first {
      return .described(reply, route == .native ? Self.props : EndpointSettings.ofModelList)
    }
    return document(of: reply, asks, at: endpoint).flatMap { document in
      switch asks.first {
      case .tokenize(let passage)?:
        return Self.tokens(document, endpoint).map {
          RequestAnswers([turns.checked($0, of: passage)])
        }
      case .render?: return Self.rendered(document, endpoint)
      case .countTokens?: return Self.counted(document, endpoint)
      default: break
      }
      return results(document, count: asks.count, endpoint).flatMap { results in
        switch asks.first {
        case .next?: rows(results, asks, endpoint)
        case .force?: forced(results[0], endpoint)
        case .complete?: texts(results)
        default: .value(asks.map { _ in .otherAnswer })
        }
      }.map { RequestAnswers($0, served: ServedModel(document.root)) }
    }
  }
}
