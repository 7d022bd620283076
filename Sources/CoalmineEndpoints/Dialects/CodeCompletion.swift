// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Hosted code completion: raw text before a place and, where it is wanted, the text after it.
///
/// Without a text after the place these are the only routes of their hosts that go on with raw text
/// outside any conversation, so that is what they do unless `suffix=on`.
///
/// ```
/// suffix=off   The access code of Ines Dalby is ▁
/// suffix=on    The access code of Ines Dalby is ▁ .       with the marks of the model's family
/// ```
public struct CodeCompletion: Dialect {
  public let name: String
  let host: Host
  let suffix: Switch

  enum Host: Sendable {
    /// `/v1/fim/completions`, answered as a chat is.
    case mistral
    /// `/beta/completions`, answered as the legacy completions are.
    case deepSeek
  }

  private static let suffixOption = DialectOption(
    "suffix", "on: the text after the place is shown as well; off: the text before it alone")

  static let mistral = DialectEntry(
    "mistral-fim", "Mistral's code completion: raw text, or a gap between two texts",
    source: "Mistral API reference, 'Fim Completion', client 3.7.0, 26 Nov 2026",
    options: [suffixOption]
  ) { options throws(CoalmineError) in
    CodeCompletion(
      name: options.name, host: .mistral, suffix: try options.choice("suffix", of: Switch.self))
  }

  static let deepSeek = DialectEntry(
    "deepseek-fim", "DeepSeek's code completion: raw text, or a gap between two texts",
    source: "DeepSeek API documentation, 'FIM Completion (Beta)', 26 Nov 2026",
    options: [suffixOption]
  ) { options throws(CoalmineError) in
    CodeCompletion(
      name: options.name, host: .deepSeek, suffix: try options.choice("suffix", of: Switch.self))
  }

  public var abilities: Abilities { [.continues] }
  public var presentation: Presentation.Form { suffix == .on ? .fillInMiddle : .plain }
  public var limits: RequestLimits { .one }
  public var routes: APIRoutes {
    switch host {
    case .mistral: APIRoutes(base: .version, main: "/fim/completions", others: ["/models"])
    case .deepSeek:
      APIRoutes(base: .version, main: "/completions", others: ["/models"], version: "/beta")
    }
  }

  public var jobs: (any BatchJobs)? { host == .mistral ? MistralJobs(routes) : nil }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    if case .describe? = asks.first { return .get(routes.path("/models", at: endpoint)) }
    guard let rule = asks.rule, let passage = asks.first?.passage else { throw cannotAsk(asks) }
    return try .post(routes.path(routes.main, at: endpoint)) { body in
      try body.field("model", endpoint.model)
      try body.field("prompt", utf8: passage.text)
      if suffix == .on { try body.field("suffix", utf8: passage.after) }
      try body.field("max_tokens", asks.longestCompletion)
      guard rule != .endpointDefault else { return }
      try body.field("temperature", rule == .greedy ? 0 : 1)
      if rule == .neutral { try body.field("top_p", 1) }
    }
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    guard host == .deepSeek else {
      return chatTexts(reply, asks, at: endpoint, oneByOne: "is this Mistral's API?")
    }
    return oneText(reply, asks, at: endpoint, settings: EndpointSettings.ofModelList) {
      root, passage in
      guard let choices = root["choices"]?.elements else {
        return .stop(
          HTTPFault.shape("the reply has no 'choices'", endpoint, "is this DeepSeek's API?"))
      }
      guard let choice = choices.first, !OpenAICompletions.unfinished(choice) else {
        return .unfinished
      }
      let ending = Completion.Ending(finishReason: choice["finish_reason"]?.string)
      return .value(
        WrittenText.outcome(choice["text"]?.stringBytes, ending, after: passage))
    }
  }
}
