// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineDemoModel

/// `POST /v1/chat/completions`: the turns become text, the text is continued to the line's end.
struct ChatRoute {
  let service: DemoModelService

  func respond(_ document: JSONDocument) throws -> ServedResponse {
    let body = document.root
    let sampling = try SamplingRequest(body, service: service, defaultMaxTokens: 64)
    let prompt = try Self.prompt(body)
    let asked = try SamplingRequest.flag(body, "logprobs") ?? false
    let top = try SamplingRequest.integer(body, "top_logprobs", 0...20) ?? 0
    if top > 0, !asked {
      throw ServiceError.parameter("top_logprobs", "needs 'logprobs': true")
    }
    try RequestLimits.check(
      prompts: [prompt.count], samples: sampling.samples, maxTokens: sampling.maxTokens,
      top: top, echo: false, parameter: "messages")
    var writer = JSONWriter()
    var written = 0
    try writer.object { reply in
      try reply.field("id", "chatcmpl-reference")
      try reply.field("object", "chat.completion")
      try reply.field("model", service.name)
      try reply.array("choices") { choices in
        for sample in 0..<sampling.samples {
          try Task.checkCancellation()
          var generator = sampling.generator(prompt: 0, sample: sample)
          let text = service.model.generate(
            after: prompt, maxTokens: sampling.maxTokens, options: sampling.options,
            stop: sampling.stop, alternatives: top, using: &generator)
          written += text.tokens.count
          try choices.object { choice in
            try choice.field("index", sample)
            try choice.object("message") { message in
              try message.field("role", "assistant")
              try message.field("content", utf8: TokenDisplay.bytes(text.tokens))
            }
            try choice.field("finish_reason", text.stopped ? "stop" : "length")
            guard asked else {
              try choice.field("logprobs", String?.none)
              return
            }
            try choice.object("logprobs") { logprobs in
              try logprobs.array("content") { content in
                for (index, token) in text.tokens.enumerated() {
                  try content.object { entry in
                    try Self.entry(&entry, token, text.logProbabilities[index])
                    try entry.array("top_logprobs") { list in
                      for alternative in text.alternatives[index] {
                        try list.object { other in
                          try Self.entry(&other, alternative.token, alternative.logProbability)
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
      try reply.object("usage") { usage in
        try usage.field("prompt_tokens", prompt.count)
        try usage.field("completion_tokens", written)
        try usage.field("total_tokens", prompt.count + written)
      }
    }
    return ServedResponse(status: 200, body: writer.bytes)
  }

  private static func entry(
    _ entry: inout JSONWriter.Object, _ token: Int, _ logProbability: Double
  ) throws {
    try entry.field("token", TokenDisplay.text(token))
    try entry.field("logprob", logProbability)
    try entry.array("bytes") { bytes in
      if token < DemoModel.beginning { try bytes.value(token) }
    }
  }

  private static func prompt(_ body: JSONNode) throws -> [Int] {
    guard let given = body["messages"], !given.isNull else {
      throw ServiceError(
        code: "missing_required_parameter", message: "'messages' is missing",
        parameter: "messages")
    }
    guard let messages = given.elements, !messages.isEmpty else {
      throw ServiceError.parameter("messages", "must be a list of turns")
    }
    for message in messages { try SamplingRequest.refuseDuplicates(message) }
    let turns: [(role: String, content: [UInt8])] = try messages.map { message in
      guard let role = message["role"]?.string, ["system", "user", "assistant"].contains(role),
        let content = message["content"]?.stringBytes
      else {
        throw ServiceError.parameter(
          "messages", "needs turns of {role, content}, role system, user or assistant")
      }
      return (role, content)
    }
    return ChatTemplate.render(turns, opening: true).map(Int.init)
  }
}
