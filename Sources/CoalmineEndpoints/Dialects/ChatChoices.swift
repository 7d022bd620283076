// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// `choices[]` of chat completions, as OpenAI and the many APIs like it write them.
struct ChatChoices {
  let document: JSONDocument
  let asks: [Ask]
  let endpoint: Endpoint
  /// What to do where a server writes one answer for any `n`.
  let oneByOne: String

  /// One text per ask.
  func read() -> Reading<RequestAnswers> {
    guard let choices = document.root["choices"]?.elements else {
      return .stop(
        HTTPFault.shape(
          "the reply has no 'choices'", endpoint, "is this a chat completions API?"))
    }
    // Fewer samples than asked: whoever ignores 'n' writes one.
    guard choices.count == asks.count else {
      return asks.count > 1 && choices.count == 1
        ? .unanswerable(
          HTTPFault.shape(
            "the server ignored 'n': it wrote one answer and not \(asks.count)", endpoint, oneByOne)
        )
        : .retry(Reason("missing-choices", "\(choices.count) of \(asks.count) answers came"))
    }
    if choices.contains(where: Self.isUnfinished) {
      return .retry(Reason("unfinished", "the server gave up on a choice"))
    }
    return OpenAICompletions.slotted(choices, count: asks.count).map { slots in
      RequestAnswers(
        zip(slots, asks).map { slot, ask in
          if case .complete(let passage, _) = ask {
            Self.completion(slot, after: passage).map(Answer.completion)
          } else {
            .otherAnswer
          }
        },
        served: ServedModel(document.root))
    }
  }

  /// What one choice says. A refusal stands in a field of its own, or in the reason of the end.
  static func completion(_ choice: JSONNode?, after passage: Passage) -> Outcome<Completion> {
    let message = choice?["message"]
    let refusal = message?["refusal"]?.stringBytes
    let ending: Completion.Ending =
      refusal != nil ? .refused : Completion.Ending(choice: choice)
    let content = message?["content"]
    let text = content?.stringBytes ?? content?.elements.map { WrittenText.joined($0) ?? [] }
    return WrittenText.outcome(
      text ?? refusal, beside: WrittenText.beside(message), ending, after: passage,
      steps: WrittenToken.list(choice?["logprobs"]?["content"]?.elements))
  }

  /// Whether the server broke off: what it wrote so far is not what the model would have written.
  private static func isUnfinished(_ choice: JSONNode) -> Bool {
    ["error", "abort", "insufficient_system_resource"].contains(choice["finish_reason"]?.string)
  }
}
