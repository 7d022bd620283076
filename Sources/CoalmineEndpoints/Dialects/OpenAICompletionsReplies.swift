// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What the legacy completions route answers.
extension OpenAICompletions {
  func read(
    _ document: JSONDocument, _ choices: [JSONNode], _ asks: [Ask], _ endpoint: Endpoint
  ) -> Reading<RequestAnswers> {
    if choices.isEmpty { return .retry(Reason("no-choices", "the reply holds no choice")) }
    if ([document.root] + choices + choices.compactMap { $0["logprobs"] }).contains(
      where: \.repeatsKey)
    {
      return .stop(
        HTTPFault.shape(
          "an object of the reply names a member twice", endpoint,
          "what it means depends on who reads it; use another server"))
    }
    // Their places would be taken for samples of the first prompts.
    let prompts = SampledPassage.runs(of: asks)
    if asks.count > prompts.count, choices.count == prompts.count {
      return .stop(
        HTTPFault.shape(
          "the server ignored 'n': it wrote one continuation per prompt and not "
            + "\(prompts[0].samples)", endpoint,
          "use a server that honours 'n', or a probe set without sampling"))
    }
    if choices.contains(where: { Self.unfinished($0) }) {
      return .retry(Reason("unfinished", "the server gave up on a choice"))
    }
    let slots: [JSONNode?]
    switch Self.slotted(choices, count: asks.count) {
    case .value(let found): slots = found
    case let other: return other.map { _ in RequestAnswers([]) }
    }
    var outcomes: [Outcome<Answer>] = []
    for (ask, choice) in zip(asks, slots) {
      if let passage = ask.scoredPassage {
        let listed = host == .together ? document.root["prompt"]?.elements?.first ?? choice : choice
        let listing = topTokens.asked(ask.kind)
        switch Self.likelihood(listed, passage, endpoint, listing: listing) {
        case .success(let outcome): outcomes.append(outcome.map(Answer.scored))
        case .failure(let error): return .stop(error)
        }
      } else {
        outcomes.append(Self.completion(choice).map(Answer.completion))
      }
    }
    return .value(RequestAnswers(outcomes, served: ServedModel(document.root)))
  }

  /// The choices of a reply.
  static func choices(_ document: JSONDocument, at endpoint: Endpoint)
    -> Result<[JSONNode], CoalmineError>
  {
    document.root["choices"]?.elements.map { .success($0) }
      ?? .failure(
        HTTPFault.shape("the reply has no 'choices'", endpoint, "is this a completions API?"))
  }

  /// The choices by place, prompt · samples + sample: servers may send them in any order.
  static func slotted(_ choices: [JSONNode], count: Int) -> Reading<[JSONNode?]> {
    var slots = [JSONNode?](repeating: nil, count: count)
    for (position, choice) in choices.enumerated() {
      let named = choice["index"]?.int.flatMap { Int(exactly: $0) }
      // Without indices only a whole list says which choice belongs where.
      guard named != nil || choices.count == count else {
        return .retry(
          Reason("missing-choices", "choices are missing and the others bear no index"))
      }
      let index = named ?? position
      guard slots.indices.contains(index), slots[index] == nil else {
        return .retry(Reason("bad-index", "a choice has an index out of range or twice"))
      }
      slots[index] = choice
    }
    return .value(slots)
  }

  /// Whether the server broke off: what it wrote so far is not what the model would have written.
  static func unfinished(_ choice: JSONNode) -> Bool {
    guard let reason = choice["finish_reason"] else { return false }
    return reason.isNull
      || ["error", "abort", "insufficient_system_resource"].contains(reason.string)
  }

  /// Whether a filter took the log-probabilities of a text away.
  private static func isHeldBack(_ choice: JSONNode) -> Bool {
    ["content_filter", "refusal"].contains(choice["finish_reason"]?.string)
      && (choice["logprobs"]?.isNull ?? true) && choice["prompt_logprobs"]?.elements == nil
  }

  static func likelihood(
    _ choice: JSONNode?, _ passage: Passage, _ endpoint: Endpoint, listing: Int = 0
  ) -> Result<Outcome<[TokenScore]>, CoalmineError> {
    guard let choice else {
      return .success(.failed(Reason("no-choice", "the reply has no choice for this prompt")))
    }
    if isHeldBack(choice) {
      return .success(.censored(.contentFiltered()))
    }
    let echoed: EchoedTokens
    do throws(EchoedTokens.Missing) {
      echoed = try EchoedTokens.read(choice, withLists: listing > 0)
    } catch {
      return .failure(
        error == .absent
          ? HTTPFault.shape(
            "no log-probabilities came back although they were asked for", endpoint,
            "this server cannot score; use '--probe-set text-only'")
          : HTTPFault.shape(
            "the log-probabilities are in no shape that is known", endpoint,
            "the server speaks another dialect of completions"))
    }
    if let scores = echoed.scores(of: passage, listing: listing) { return .success(scores) }
    let isShort = echoed.spelled.reduce(0) { $0 + $1.count } < passage.text.count / 2
    return .failure(
      HTTPFault.shape(
        isShort
          ? "the server ignored 'echo': it scored only what it wrote itself"
          : "the returned tokens do not spell the prompt", endpoint,
        isShort
          ? "if it is llama.cpp's server, use '--dialect llama-server'; else "
            + "'--probe-set text-only' needs no likelihood"
          : "no likelihood can be measured here; use '--probe-set text-only'"))
  }

  static func completion(_ choice: JSONNode?) -> Outcome<Completion> {
    let ending = Completion.Ending(choice: choice)
    // Under a filter or a refusal the text may be null: held back, not lost.
    guard let choice, let text = choice["text"]?.stringBytes ?? (ending.isWithheld ? [] : nil)
    else {
      return .failed(Reason("no-choice", "the reply lacks a sample that was asked"))
    }
    return .measured(
      Completion(text: text, ending: ending, steps: WrittenToken.legacy(choice["logprobs"])))
  }
}
