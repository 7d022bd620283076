// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What `generateContent` answers: `candidates[]`, or a prompt that was held back.
struct GeminiReplies {
  let root: JSONNode
  let asks: [Ask]
  let endpoint: Endpoint
  /// What to do where a server writes one candidate for any `candidateCount`.
  let oneByOne: String

  func read() -> Reading<RequestAnswers> {
    let served = ServedModel(root)
    guard let candidates = root["candidates"]?.elements, !candidates.isEmpty else {
      // The prompt itself was held back: nothing was written.
      guard root["promptFeedback"]?["blockReason"]?.string != nil else {
        return root["promptFeedback"] == nil && root["usageMetadata"] == nil
          ? .stop(
            HTTPFault.shape(
              "the reply has no 'candidates'", endpoint, "is this Google's generateContent?"))
          : .retry(Reason("no-choices", "the reply holds no candidate"))
      }
      return .value(
        RequestAnswers(
          asks.map { ask in
            guard case .complete = ask else { return .otherAnswer }
            return .measured(.completion(Completion(text: [], ending: .filtered)))
          }, served: served))
    }
    guard candidates.count == asks.count else {
      return asks.count > 1 && candidates.count == 1
        ? .unanswerable(
          HTTPFault.shape(
            "the server ignored 'candidateCount': it wrote one answer and not \(asks.count)",
            endpoint, oneByOne))
        : .retry(
          Reason("missing-choices", "\(candidates.count) of \(asks.count) answers came"))
    }
    var outcomes: [Outcome<Answer>] = []
    for (candidate, ask) in zip(candidates, asks) {
      guard case .complete(let passage, _) = ask else {
        outcomes.append(.otherAnswer)
        continue
      }
      guard let ending = Self.ending(candidate) else {
        return .retry(Reason("unfinished", "the server gave up on a candidate"))
      }
      // A model that reasons may show its thoughts in parts of their own.
      let parts = candidate["content"]?["parts"]?.elements
      let text = WrittenText.joined(parts) { $0["thought"]?.bool != true }
      let thoughts = WrittenText.joined(parts) { $0["thought"]?.bool == true } ?? []
      let empty: [UInt8]? = candidate["content"] == nil ? nil : []
      outcomes.append(
        WrittenText.outcome(
          text ?? empty,
          beside: WrittenText.lines([thoughts, WrittenText.beside(candidate["content"])]), ending,
          after: passage,
          steps: WrittenToken.gemini(candidate["logprobsResult"])
        ).map(Answer.completion))
    }
    return .value(RequestAnswers(outcomes, served: served))
  }

  /// The ending of a candidate; a text that came with the texts that it repeats is one of its own.
  ///
  /// The Gemini API spells the list `citationSources`, Vertex AI `citations`.
  private static func ending(_ candidate: JSONNode) -> Completion.Ending? {
    let ending = ending(candidate["finishReason"]?.string)
    let cited = ["citationSources", "citations"].contains {
      candidate["citationMetadata"]?[$0]?.elements?.isEmpty == false
    }
    return cited && (ending == .stop || ending == .length) ? .cited : ending
  }

  /// `nil` where the server broke off.
  ///
  /// Source: Gemini API reference, 'FinishReason'; python-genai 3.6.1, `types.FinishReason`.
  static func ending(_ reason: String?) -> Completion.Ending? {
    switch reason {
    case "STOP"?: .stop
    case "MAX_TOKENS"?, "CONTINUATION"?: .length
    case "RECITATION"?, "IMAGE_RECITATION"?: .recitation
    case nil, "FINISH_REASON_UNSPECIFIED"?, "MALFORMED_RESPONSE"?, "MALFORMED_FUNCTION_CALL"?: nil
    // SAFETY, BLOCKLIST, PROHIBITED_CONTENT, SPII, MODEL_ARMOR, LANGUAGE, ESCALATION, OTHER: the
    // service ended the text, and not the model.
    default: .filtered
    }
  }

  /// The reply to `GET /models`; `nil` where it is none.
  static func settings(_ root: JSONNode) -> EndpointSettings? {
    guard let listed = root["models"]?.elements else { return nil }
    var settings = EndpointSettings()
    for model in listed {
      guard let name = model["name"]?.string?.split(separator: "/").last.map(String.init) else {
        continue
      }
      settings.models.append(name)
      if let tokens = model["inputTokenLimit"]?.int.flatMap({ Int(exactly: $0) }), tokens > 0 {
        settings.contextByModel[name] = tokens
        settings.contextTokens = min(settings.contextTokens ?? tokens, tokens)
      }
    }
    return settings
  }
}
