// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Testing

/// The bytes that the dialects of chat APIs and providers ask with.
@Suite struct `Requests of the dialects` {
  static func request(
    _ name: String, _ query: Query, to endpoint: Endpoint? = nil
  ) throws -> DialectRequest {
    let dialect = try DialectRegistry.dialect(name)
    var query = query
    query.form = dialect.presentation
    return try dialect.encode(
      query.asks,
      to: endpoint ?? Endpoint(url: "https://a.example", model: "m", key: nil, dialect: dialect),
      seed: 1)
  }

  static func body(_ name: String, _ query: Query) throws -> String {
    String(decoding: try request(name, query).body ?? [], as: UTF8.self)
  }

  static let greedy = continuing("The code is", maxTokens: 9, probe: .greedyExtraction)
  static let sampled = continuing("The code is", maxTokens: 9)
  static let ownSettings = continuing("The code is", maxTokens: 9, probe: .defaultExtraction)

  private static let instruction =
    "Continue the text that the user gives, from the point where it stops. Write only the "
    + "continuation: no introduction, no quotation marks, no comment."
  private static let opening =
    "Write a text. Write nothing but the text: no introduction, no comment."
  private static let chat =
    #"[{"role":"system","content":"\#(instruction)"},{"role":"user","content":"The code is"}]"#
  private static let turn =
    #"[{"role":"user","content":"\#(opening)"},{"role":"assistant","content":"The code is"}]"#
  private static let prefix =
    #"[{"role":"user","content":"\#(opening)"},{"role":"assistant","content":"The code is","#
    + #""prefix":true}]"#

  static let greedyBodies: [(String, String)] = [
    ("openai-chat", #"{"model":"m","messages":\#(chat),"max_tokens":9,"temperature":0}"#),
    (
      "openai-chat,limit=max_completion_tokens,samplers=own,effort=none,logprobs=20",
      #"{"model":"m","messages":\#(chat),"max_completion_tokens":9,"reasoning_effort":"none","#
        + #""logprobs":true,"top_logprobs":20}"#
    ),
    (
      "openai-chat,prefill=trailing",
      #"{"model":"m","messages":\#(turn),"max_tokens":9,"temperature":0}"#
    ),
    (
      "openai-chat,prefill=continue_final_message",
      #"{"model":"m","messages":\#(turn),"add_generation_prompt":false,"#
        + #""continue_final_message":true,"max_tokens":9,"temperature":0}"#
    ),
    ("mistral-chat", #"{"model":"m","messages":\#(prefix),"max_tokens":9,"temperature":0}"#),
    (
      "deepseek-chat,logprobs=5",
      #"{"model":"m","messages":\#(prefix),"max_tokens":9,"temperature":0,"#
        + #""thinking":{"type":"disabled"},"logprobs":true,"top_logprobs":5}"#
    ),
    (
      "anthropic-messages",
      #"{"model":"m","max_tokens":9,"system":"\#(instruction)","#
        + #""messages":[{"role":"user","content":"The code is"}],"temperature":0}"#
    ),
    (
      "anthropic-messages,prefill=on,samplers=own",
      #"{"model":"m","max_tokens":9,"messages":\#(turn)}"#
    ),
    (
      "gemini",
      #"{"systemInstruction":{"parts":[{"text":"\#(instruction)"}]},"#
        + #""contents":[{"role":"user","parts":[{"text":"The code is"}]}],"#
        + #""generationConfig":{"maxOutputTokens":9,"temperature":0}}"#
    ),
    (
      "gemini,prefill=on,thinking=minimal,samplers=own",
      #"{"contents":[{"role":"user","parts":[{"text":"\#(opening)"}]},"#
        + #"{"role":"model","parts":[{"text":"The code is"}]}],"generationConfig":"#
        + #"{"maxOutputTokens":9,"thinkingConfig":{"thinkingLevel":"MINIMAL"}}}"#
    ),
    (
      "openai-responses,effort=none,logprobs=3",
      #"{"model":"m","instructions":"\#(instruction)","input":[{"role":"user","content":"#
        + #"[{"type":"input_text","text":"The code is"}]}],"max_output_tokens":16,"store":false,"#
        + #""reasoning":{"effort":"none"},"include":["message.output_text.logprobs"],"#
        + #""top_logprobs":3,"temperature":0}"#
    ),
    (
      "ollama",
      #"{"model":"m","prompt":"The code is","raw":true,"stream":false,"options":{"num_predict":9,"#
        + #""temperature":0,"top_k":0,"top_p":1,"min_p":0,"repeat_penalty":1}}"#
    ),
    (
      "mistral-fim", #"{"model":"m","prompt":"The code is","max_tokens":9,"temperature":0}"#
    ),
    (
      "deepseek-fim,suffix=on",
      #"{"model":"m","prompt":"The code is","suffix":"","max_tokens":9,"temperature":0}"#
    ),
    (
      "sglang",
      #"{"text":["The code is"],"sampling_params":{"max_new_tokens":9,"temperature":0,"top_p":1,"#
        + #""top_k":-1,"min_p":0,"repetition_penalty":1,"presence_penalty":0,"frequency_penalty":0}}"#
    ),
    (
      "tgi",
      #"{"inputs":"The code is","parameters":{"max_new_tokens":9,"details":true,"do_sample":false}}"#
    ),
    (
      "bedrock-converse",
      #"{"system":[{"text":"\#(instruction)"}],"messages":[{"role":"user","content":"#
        + #"[{"text":"The code is"}]}],"inferenceConfig":{"maxTokens":9,"temperature":0}}"#
    ),
  ]

  @Test(arguments: greedyBodies.map(\.0))
  func `a greedy question has these bytes`(_ name: String) throws {
    let expected = try #require(Self.greedyBodies.first { $0.0 == name }?.1)
    #expect(try Self.body(name, Self.greedy) == expected)
  }

  @Test(arguments: [
    (
      "vllm-chat",
      #"{"model":"tiny","messages":\#(turn.replacingOccurrences(of: "is\"}]", with: "is 302\"}]"))"#
        + #","add_generation_prompt":false,"continue_final_message":true,"max_tokens":1,"#
        + #""temperature":0,"prompt_logprobs":0,"return_token_ids":true}"#
    ),
    (
      "sglang",
      #"{"text":["The code is 302"],"sampling_params":{"max_new_tokens":1,"temperature":0},"#
        + #""return_logprob":true,"logprob_start_len":0,"return_text_in_logprobs":true}"#
    ),
    (
      "tgi",
      #"{"inputs":"The code is 302","parameters":{"max_new_tokens":1,"details":true,"#
        + #""decoder_input_details":true,"do_sample":false}}"#
    ),
    (
      "openai-completions,host=together",
      #"{"model":"tiny","prompt":"The code is 302","max_tokens":1,"temperature":0,"echo":true,"#
        + #""logprobs":1}"#
    ),
    (
      "openai-completions,host=fireworks",
      #"{"model":"tiny","prompt":["The code is 302"],"context_length_exceeded_behavior":"error","#
        + #""max_tokens":1,"temperature":0,"echo":true,"logprobs":1}"#
    ),
  ])
  func `a given text is scored by these bytes`(_ name: String, _ expected: String) throws {
    let request = try Self.request(
      name, scoring("The code is", " 302"), to: try endpoint("https://a.example"))
    #expect(String(decoding: request.body ?? [], as: UTF8.self) == expected)
  }

  @Test(arguments: [
    ("openai-chat,room=100", #""max_tokens":109"#),
    ("openai-chat,limit=max_completion_tokens,room=100", #""max_completion_tokens":109"#),
    ("openai-responses,room=100", #""max_output_tokens":109"#),
    ("anthropic-messages,room=100", #""max_tokens":109"#),
    ("gemini,room=100", #""maxOutputTokens":109"#),
    ("bedrock-converse,room=100", #""maxTokens":109"#),
    ("anthropic-messages,thinking=disabled", #""thinking":{"type":"disabled"}"#),
  ])
  func `a model that reasons is given room, or told not to`(_ name: String, _ part: String) throws {
    #expect(try Self.body(name, Self.greedy).contains(part))
  }

  @Test func `what leaves the samplers alone names none, and a greedy question is not sampled`()
    throws
  {
    for entry in DialectRegistry.all where try !entry.plain.abilities.contains(.chooses) {
      let greedy = try Self.body(entry.slug, Self.greedy)
      let sampled = try Self.body(entry.slug, Self.sampled)
      let own = try Self.body(entry.slug, Self.ownSettings)
      #expect(greedy != sampled && sampled != own, "\(entry.slug)")
      for name in ["temperature", "top_p", "topP", "top_k", "min_p", "do_sample"] {
        #expect(!own.contains("\"\(name)\""), "\(entry.slug): \(own)")
      }
    }
  }

  @Test func `every dialect asks in its own form alone`() throws {
    for entry in DialectRegistry.all {
      let dialect = try entry.plain
      guard dialect.presentation == .chat || dialect.presentation == .prefilled else { continue }
      let other: Presentation.Form = dialect.presentation == .chat ? .prefilled : .chat
      var query = Self.greedy
      query.form = other
      #expect(throws: CoalmineError.self, "\(entry.slug)") {
        _ = try dialect.encode(query.asks, to: try endpoint(), seed: 0)
      }
    }
  }

  @Test func `a gap is sent with what stands behind it`() throws {
    let passage = Passage(
      before: Array("code = ".utf8), after: Array("\n".utf8), presentation: .fillInMiddle)
    let ask = Ask.complete(passage, Decoding(.greedy, maxTokens: 4))
    for (name, before, after) in [
      ("mistral-fim,suffix=on", "prompt", "suffix"),
      ("deepseek-fim,suffix=on", "prompt", "suffix"), ("ollama,route=suffix", "prompt", "suffix"),
      ("llama-server-infill", "input_prefix", "input_suffix"),
    ] {
      let dialect = try DialectRegistry.dialect(name)
      #expect(dialect.presentation == .fillInMiddle)
      let fields = try jsonObject(try dialect.encode([ask], to: try endpoint(), seed: 0).body ?? [])
      #expect(fields[before] as? String == "code = " && fields[after] as? String == "\n", "\(name)")
    }
  }

  @Test(arguments: [
    ("qwen", "<|fim_prefix|>code = <|fim_suffix|>;<|fim_middle|>"),
    ("starcoder", "<fim_prefix>code = <fim_suffix>;<fim_middle>"),
    ("deepseek", "<｜fim▁begin｜>code = <｜fim▁hole｜>;<｜fim▁end｜>"),
    ("codellama", "<PRE> code =  <SUF>; <MID>"), ("codestral", "[SUFFIX];[PREFIX]code = "),
  ])
  func `a gap in a plain prompt has the marks of the family`(_ family: String, _ prompt: String)
    throws
  {
    let found = try DialectRegistry.dialect("openai-completions,gap=\(family)")
    #expect(found.presentation == .fillInMiddle && found.abilities == [.continues])
    let passage = Passage(
      before: Array("code = ".utf8), after: Array(";".utf8), presentation: .fillInMiddle)
    let fields = try jsonObject(
      try found.encode(
        [.complete(passage, Decoding(.greedy, maxTokens: 4))], to: try endpoint(), seed: 0
      ).body ?? [])
    #expect(fields["prompt"] as? [String] == [prompt])
    // A model that writes a mark has filled the gap.
    let stops = try #require(fields["stop"] as? [String])
    #expect(!stops.isEmpty && stops.count <= 4 && stops.filter(prompt.contains).count >= 2)
    #expect(throws: CoalmineError.self) {
      _ = try found.encode([.score(passage)], to: try endpoint(), seed: 0)
    }
  }
}
