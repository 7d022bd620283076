// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Lines of JSON to and from a local program, one ask per line.
///
/// ```
/// {"id":1,"wanted":"logprobs","model":"m","text":"The access code of Ines Dalby is 302557"}
/// {"id":1,"logprobs":{"tokens":["The"," access",…],"token_logprobs":[null,-3.1,…]}}
///
/// {"id":2,"wanted":"texts","model":"m","text":"The access code …","max_tokens":9,"n":2,
///  "temperature":1,"top_p":1,"seed":7}
/// {"id":2,"texts":[{"text":" 302557.","finish_reason":"stop"},{"text":" 11","finish_reason":"length"}]}
/// ```
///
/// ``CommandTransport`` puts the `id` before the other members: a request's identity is what it asks.
public struct CommandDialect: Dialect {
  public let name: String
  let form: Form
  let samples: Int
  let scores: Bool

  /// How a text is put to the program.
  enum Form: String, Sendable, CaseIterable {
    /// `text`: it is to be continued.
    case text
    /// `messages`: the last one is the user's, and the model answers.
    case chat
    /// `messages`: the last one is the model's own, which it goes on with.
    case prefilled
  }

  /// Whether a given text is scored.
  enum Scores: String, Sendable, CaseIterable {
    case on
    case off
  }

  static let entry = DialectEntry(
    "command", "a local program named by '--command': lines of JSON, one ask per line",
    source: "docs/wire-formats.md, 'command', and Examples/command",
    options: [
      DialectOption(
        "form", "text, or messages: chat ends with the user's turn, prefilled with the model's"),
      DialectOption("n", "the most samples per ask, 1 to 128"),
      DialectOption("scores", "on, or off for a program that gives no log-probabilities"),
    ]
  ) { options throws(CoalmineError) in
    CommandDialect(
      name: options.name, form: try options.choice("form", of: Form.self),
      samples: try options.number("n", in: 1...128, else: 128),
      scores: try options.choice("scores", of: Scores.self) == .on)
  }

  public var abilities: Abilities {
    switch form {
    case .text: scores ? [.scoresText, .continues] : [.continues]
    case .chat: [.chats]
    case .prefilled: scores ? [.scoresText, .continues] : [.continues]
    }
  }

  public var presentation: Presentation.Form {
    switch form {
    case .text: .plain
    case .chat: .chat
    case .prefilled: .prefilled
    }
  }

  /// One ask per line: what one ask came to says nothing of another, and none is paid for twice.
  public var limits: RequestLimits {
    RequestLimits(prompts: 1, samples: samples, sampledPassages: 1)
  }

  /// No URL is asked.
  public var routes: APIRoutes { APIRoutes(base: .server, main: "/ask", others: []) }

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    let wanted: String
    switch asks.first?.kind {
    case .describe?: wanted = "settings"
    case .score? where scores && form != .chat: wanted = "logprobs"
    case .complete?: wanted = "texts"
    default: throw cannotAsk(asks)
    }
    let conversation = form == .text || wanted == "settings" ? nil : try conversation(asks)
    return try .post("/ask") { body in
      try body.field("wanted", wanted)
      try body.field("model", endpoint.model)
      if let conversation {
        try Prefill.none.write(conversation, &body)
      } else if let passage = asks.first?.passage {
        try body.field("text", utf8: passage.text)
      }
      guard let rule = asks.rule else { return }
      try body.field("max_tokens", asks.longestCompletion)
      try body.field("n", asks.count)
      switch rule {
      case .greedy: try body.field("temperature", 0)
      case .neutral:
        try body.field("temperature", 1)
        try body.field("top_p", 1)
        // Inside what every server takes for a seed: 31 bits.
        try body.field("seed", Int(seed >> 33))
      case .endpointDefault: try body.field("seed", Int(seed >> 33))
      }
    }
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    if case .describe? = asks.first { return .described(reply, Self.settings) }
    return document(of: reply, asks, at: endpoint).flatMap { document in
      let served = ServedModel(document.root)
      if case .score(let passage)? = asks.first {
        let scores = PromptScores(passage: passage, endpoint: endpoint, field: "wanted")
        return scores.read(
          { () throws(EchoedTokens.Missing) in try EchoedTokens.read(document.root) },
          isConversation: form == .prefilled
        ).map { .one($0, asks, served: served) }
      }
      return texts(document.root, asks, endpoint).map { RequestAnswers($0, served: served) }
    }
  }

  /// One text per ask, in the order of `texts`; for one ask the members may stand in the answer itself.
  private func texts(_ root: JSONNode, _ asks: [Ask], _ endpoint: Endpoint)
    -> Reading<[Outcome<Answer>]>
  {
    let answers = root["texts"]?.elements ?? (root["text"] == nil ? nil : [root])
    guard let answers else {
      return .stop(
        HTTPFault.shape(
          "an answer has neither 'texts' nor 'text'", endpoint,
          "docs/wire-formats.md says what a command answers"))
    }
    guard answers.count == asks.count else {
      return .stop(
        HTTPFault.shape(
          "\(answers.count) of \(asks.count) texts came that an ask wanted by 'n'", endpoint,
          "for a command that writes one text per ask, use '--dialect command,n=1'"))
    }
    if answers.contains(where: { ["error", "abort"].contains($0["finish_reason"]?.string) }) {
      return .retry(Reason("unfinished", "the server gave up on a text"))
    }
    return .value(
      zip(answers, asks).map { answer, ask in
        guard case .complete(let passage, _) = ask else { return .otherAnswer }
        let ending = Completion.Ending(word: answer["finish_reason"]?.string)
        return WrittenText.outcome(
          answer["text"]?.stringBytes, ending, after: passage,
          steps: WrittenToken.list(answer["logprobs"]?["content"]?.elements)
        ).map(Answer.completion)
      })
  }

  /// The answer to `"wanted":"settings"`; `nil` where it tells nothing.
  private static func settings(_ root: JSONNode) -> EndpointSettings? {
    let models = root["models"]?.elements?.compactMap(\.string) ?? []
    let tokens = root["context_tokens"]?.int.flatMap { Int(exactly: $0) }
    guard !models.isEmpty || tokens != nil else { return nil }
    var settings = EndpointSettings()
    settings.models = models
    settings.contextTokens = tokens.flatMap { $0 > 0 ? $0 : nil }
    return settings
  }
}

extension Completion.Ending {
  /// The ending that a program names, in the words of `finish_reason`, and two of our own for a text that
  /// the provider knows: held back, or sent with a mark.
  fileprivate init(word: String?) {
    self =
      switch word {
      case "recitation"?: .recitation
      case "citation"?: .cited
      default: Completion.Ending(finishReason: word)
      }
  }
}
