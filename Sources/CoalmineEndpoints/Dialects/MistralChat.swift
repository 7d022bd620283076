// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Mistral's chat completions: the passage is the beginning of the model's own turn (`prefix: true`),
/// and the tokens of the prompt are scored where the account and the model have `prompt_logprobs`.
///
/// Mistral repeats the prefix before what the model wrote. Whether `prompt_logprobs` is answered is
/// not known beforehand: it is asked first, and a refusal or a prompt that does not end with the passage
/// leaves the text-only probe sets, which the run goes on with by itself.
public struct MistralChat: Dialect {
  public let name: String
  let samples: Int
  let samplers: Samplers
  let topTokens: TopTokens

  static let entry = DialectEntry(
    "mistral-chat", "Mistral's chat API: the model continues its turn; scored where it may be",
    source: "Mistral API reference, 'Chat Completion', client 3.7.0, 26 Nov 2026",
    options: [
      DialectOption("n", "the most samples per request, 1 to 128 (default 8)"), Samplers.option,
      TopTokens.option(most: 20),
    ]
  ) { options throws(CoalmineError) in
    MistralChat(
      name: options.name, samples: try options.number("n", in: 1...128, else: 8),
      samplers: try options.choice("samplers", of: Samplers.self),
      topTokens: try TopTokens(options, most: 20))
  }

  public var abilities: Abilities {
    Abilities([.scoresText, .continues]).union(topTokens.abilities)
  }
  public var presentation: Presentation.Form { .prefilled }
  public var limits: RequestLimits {
    RequestLimits(prompts: 1, samples: samples, sampledPassages: 1)
  }
  public var routes: APIRoutes { .chatCompletions }
  public var jobs: (any BatchJobs)? { MistralJobs(routes) }
  public var scoresOnTrial: Bool { true }
  public var cures: [FieldCure] { samplers.cure(self) + topTokens.cures(self) }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    switch asks.first?.kind {
    case .describe: return .get(routes.path("/models", at: endpoint))
    case .score, .complete: break
    default: throw cannotAsk(asks)
    }
    let conversation = try conversation(asks)
    return try .post(routes.path("/chat/completions", at: endpoint)) { body in
      try ChatFields(prefill: .prefix, samplers: samplers)
        .write(asks, conversation, to: endpoint, &body)
      if asks.rule == nil { try body.field("prompt_logprobs", true) }
      try topTokens.write(asks.rule, &body)
    }
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    guard case .score(let passage)? = asks.first else {
      return chatTexts(reply, asks, at: endpoint, oneByOne: use("n", "1"))
    }
    let reading = document(of: reply, asks, at: endpoint)
    // Before the cure of 'logprobs', whose name stands in this one.
    let refusal: CoalmineError? =
      switch reading {
      case .unanswerable(let error), .stop(let error): error
      case .value, .retry: nil
      }
    if let error = refusal, Self.refusesScores.isNamed(by: reply) {
      return .stop(
        CoalmineError(
          code: "unexpected-reply",
          "\(endpoint.url) gives no log-probabilities of a prompt: it refuses 'prompt_logprobs'",
          details: error.details, help: "use '--probe-set text-only', which needs none",
          exit: .endpointUnavailable))
    }
    return reading.flatMap { document in
      PromptScores(passage: passage, endpoint: endpoint, field: "prompt_logprobs").read(
        { () throws(EchoedTokens.Missing) in
          guard let choice = document.root["choices"]?.elements?.first,
            choice["prompt_logprobs"].map({ !$0.isNull }) ?? false
          else { throw .absent }
          return try EchoedTokens.read(choice)
        }, isConversation: true
      ).map { .one($0, asks, served: ServedModel(document.root)) }
    }
  }

  private static let refusesScores = FieldCure("prompt_logprobs", help: "")
}
