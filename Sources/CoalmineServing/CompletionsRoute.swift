// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineDemoModel

/// `POST /v1/completions`.
struct CompletionsRoute {
  let service: DemoModelService

  func respond(_ document: JSONDocument) throws -> ServedResponse {
    let body = document.root
    let sampling = try SamplingRequest(body, service: service, defaultMaxTokens: 16)
    let prompts = try Self.prompts(body)
    let echo = try SamplingRequest.flag(body, "echo") ?? false
    let top = try SamplingRequest.integer(body, "logprobs", 0...DemoModel.vocabulary)
    try RequestLimits.check(
      prompts: prompts.map(\.count), samples: sampling.samples, maxTokens: sampling.maxTokens,
      top: top ?? 0, echo: echo, parameter: "prompt")
    var writer = JSONWriter()
    var written = 0
    try writer.object { reply in
      try reply.field("id", "cmpl-reference")
      try reply.field("object", "text_completion")
      try reply.field("model", service.name)
      try reply.array("choices") { choices in
        for (number, prompt) in prompts.enumerated() {
          // Shared by all samples of the prompt.
          let scored = echo && top != nil ? try echoed(prompt, top: top ?? 0) : nil
          for sample in 0..<sampling.samples {
            try Task.checkCancellation()
            var generator = sampling.generator(prompt: number, sample: sample)
            let text = service.model.generate(
              after: prompt, maxTokens: sampling.maxTokens, options: sampling.options,
              stop: sampling.stop, alternatives: top ?? 0, using: &generator)
            written += text.tokens.count
            try choices.object { choice in
              try choice.field("index", number * sampling.samples + sample)
              let shown = (echo ? prompt : []) + text.tokens
              try choice.field("text", utf8: TokenDisplay.bytes(shown))
              try choice.field("finish_reason", text.stopped ? "stop" : "length")
              if top == nil {
                try choice.field("logprobs", String?.none)
              } else {
                try logprobs(&choice, scored, echo ? prompt : [], text)
              }
            }
          }
        }
      }
      try reply.object("usage") { usage in
        let asked = prompts.reduce(0) { $0 + $1.count }
        try usage.field("prompt_tokens", asked)
        try usage.field("completion_tokens", written)
        try usage.field("total_tokens", asked + written)
      }
    }
    return ServedResponse(status: 200, body: writer.bytes)
  }

  private typealias Alternatives = [(token: Int, logProbability: Double)]

  /// The log-probabilities of the prompt's own tokens; the first has none, as with OpenAI.
  private func echoed(_ prompt: [Int], top: Int) throws -> [(Double?, Alternatives)] {
    var memory = PromptMemory()
    return try prompt.indices.map { index in
      if index % 1_024 == 0 { try Task.checkCancellation() }
      let probabilities = service.model.distribution(after: prompt[..<index], memory)
      memory.append(prompt[index])
      guard index > 0 else { return (nil, []) }
      return (
        DemoModel.logarithm(probabilities[prompt[index]]),
        DemoModel.best(probabilities, count: top)
      )
    }
  }

  private func logprobs(
    _ choice: inout JSONWriter.Object, _ scored: [(Double?, Alternatives)]?, _ prompt: [Int],
    _ text: GeneratedText
  ) throws {
    let tokens = prompt + text.tokens
    let values: [(Double?, Alternatives)] =
      (scored ?? []) + zip(text.logProbabilities, text.alternatives).map { ($0, $1) }
    try choice.object("logprobs") { logprobs in
      try logprobs.array("tokens") { list in
        for token in tokens { try list.value(TokenDisplay.text(token)) }
      }
      try logprobs.array("token_logprobs") { list in
        for (value, _) in values { try list.value(value) }
      }
      try logprobs.array("top_logprobs") { list in
        for (value, alternatives) in values {
          guard value != nil else {
            try list.value(String?.none)
            continue
          }
          try list.object { map in
            for alternative in alternatives {
              try map.field(TokenDisplay.text(alternative.token), alternative.logProbability)
            }
          }
        }
      }
      try logprobs.array("text_offset") { list in
        for offset in TokenDisplay.characterOffsets(tokens) { try list.value(offset) }
      }
    }
  }

  /// The prompts as tokens: a string, strings, token ids, or lists of token ids.
  private static func prompts(_ body: JSONNode) throws -> [[Int]] {
    guard let node = body["prompt"], !node.isNull else {
      throw ServiceError(
        code: "missing_required_parameter", message: "'prompt' is missing", parameter: "prompt")
    }
    if let text = node.stringBytes { return [text.map(Int.init)] }
    guard let list = node.elements, !list.isEmpty else {
      throw ServiceError.parameter(
        "prompt", "must be a string, strings, token ids or lists of token ids")
    }
    if list[0].stringBytes != nil {
      return try list.map {
        guard let text = $0.stringBytes else {
          throw ServiceError.parameter("prompt", "mixes strings with something else")
        }
        return text.map(Int.init)
      }
    }
    if list[0].elements != nil {
      return try list.map {
        guard let ids = $0.elements else {
          throw ServiceError.parameter("prompt", "mixes lists of token ids with something else")
        }
        return try tokens(ids)
      }
    }
    return [try tokens(list)]
  }

  private static func tokens(_ list: [JSONNode]) throws -> [Int] {
    try list.map {
      guard let token = $0.int, (0..<Int64(DemoModel.vocabulary)).contains(token) else {
        throw ServiceError.parameter("prompt", "holds a token id outside 0…256")
      }
      return Int(token)
    }
  }
}
