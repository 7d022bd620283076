// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Decision endpoints: a question names texts, and the answer gives each a probability.
///
/// ```
/// shape=openai   POST /v1/decisions  {"input", "questions": [{"type": "choice", "choices": [{"value"}]}]}
///                → answers[0].probabilities[] of {"value", "probability"}
/// shape=gemini   POST /v1beta/decisions  {"input", "questions": {"q": {"criteria": {TEXT: ""}}}}
///                → answers.q.probabilities of TEXT: number
/// shape=system-one  POST /v1/systemone  {"state", "questions": {"q": {"criteria": {TEXT: null}}}}
///                → answers.q.probabilities of TEXT: number
/// ```
///
/// Nothing is scored and nothing is written: the rank of a secret among the texts is all there is.
public struct Decisions: Dialect {
  public let name: String
  let shape: Shape

  /// How questions and answers are written.
  enum Shape: String, CaseIterable, Sendable {
    case openAI = "openai"
    /// The Gemini API: an empty description stands for none.
    case gemini
    case systemOne = "system-one"
  }

  static let entry = DialectEntry(
    "decisions", "forced choices: probabilities of texts that a question names; shows secrets",
    source: "OpenAI and System One API references, 'Decisions'; openai 3.57.0, google-genai 3.6.1",
    options: [
      DialectOption(
        "shape",
        "openai: /v1/decisions; gemini: /v1beta/decisions; system-one: /v1/systemone of vLLM and SGLang"
      )
    ]
  ) { options throws(CoalmineError) in
    Decisions(name: options.name, shape: try options.choice("shape", of: Shape.self))
  }

  public var abilities: Abilities { .chooses }
  public var presentation: Presentation.Form { .plain }
  public var limits: RequestLimits { .one }
  public var routes: APIRoutes {
    switch shape {
    case .openAI: APIRoutes(base: .version, main: "/decisions", others: ["/models"])
    case .gemini:
      APIRoutes(base: .version, main: "/decisions", others: ["/models"], version: "/v1beta")
    case .systemOne: APIRoutes(base: .version, main: "/systemone", others: ["/models"])
    }
  }
  public var keyHeader: String? { shape == .gemini ? "x-goog-api-key" : nil }

  private static let instructions = "Which one completes the text?"

  public func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  {
    if case .describe? = asks.first { return .get(routes.path("/models", at: endpoint)) }
    guard asks.count == 1, case .choose(let passage, let texts)? = asks.first else {
      throw cannotAsk(asks)
    }
    return try .post(routes.path(routes.main, at: endpoint)) { body in
      let isPath = shape == .gemini && !endpoint.model.contains("/")
      try body.field("model", (isPath ? "models/" : "") + endpoint.model)
      switch shape {
      case .openAI:
        try body.field("input", utf8: passage.before)
        try body.array("questions") { questions in
          try questions.object { question in
            try question.field("type", "choice")
            try question.field("name", "q")
            try question.field("instructions", Self.instructions)
            try question.array("choices") { list in
              for text in texts { try list.object { try $0.field("value", utf8: text) } }
            }
          }
        }
      case .gemini, .systemOne:
        try body.field(shape == .gemini ? "input" : "state", utf8: passage.before)
        try body.object("questions") { questions in
          try questions.object("q") { question in
            try question.field("type", "choice")
            try question.field("instructions", Self.instructions)
            try question.object("criteria") { list in
              for text in texts {
                let description = shape == .gemini ? "" : String?.none
                try list.field(String(decoding: text, as: UTF8.self), description)
              }
            }
          }
        }
      }
    }
  }

  public func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<
    RequestAnswers
  > {
    if case .describe? = asks.first {
      return .described(
        reply, shape == .gemini ? GeminiReplies.settings : EndpointSettings.ofModelList)
    }
    return document(of: reply, asks, at: endpoint).flatMap { document in
      guard case .choose(_, let texts)? = asks.first else { return .others(asks) }
      let root = document.root
      if root["prompt_feedback"]?["block_reason"]?.string != nil {
        return .value(
          .one(
            .censored(Reason("choice-refused", "the service held the choice back")), asks,
            served: ServedModel(root)))
      }
      let answer = shape == .openAI ? root["answers"]?.elements?.first : root["answers"]?["q"]
      guard let answer else {
        return .stop(
          HTTPFault.shape(
            "the reply has no 'answers'", endpoint, "does this endpoint have '\(routes.main)'?"))
      }
      return .value(
        .one(
          outcome(answer, texts).map(Answer.chosen), asks, served: ServedModel(root)))
    }
  }

  /// The probabilities in the order of the texts.
  private func outcome(_ answer: JSONNode, _ texts: [[UInt8]]) -> Outcome<[Double]> {
    if answer["type"]?.string == "refusal" {
      return .censored(Reason("choice-refused", "the model refused to choose"))
    }
    var found: [[UInt8]: Double] = [:]
    switch shape {
    case .openAI:
      for node in answer["probabilities"]?.elements ?? [] {
        if let text = node["value"]?.stringBytes { found[text] = node["probability"]?.double }
      }
    case .gemini, .systemOne:
      for (text, node) in answer["probabilities"]?.members ?? [] {
        found[Array(text.utf8)] = node.double
      }
    }
    let values = texts.compactMap { found[$0] }
    guard values.count == texts.count, found.count == texts.count,
      values.allSatisfy({ (0...1).contains($0) })
    else {
      return .failed(
        Reason("choices-missing", "a text that was named has no probability, or another has one"))
    }
    return .measured(values)
  }
}
