// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineDemoModel
import CoalmineServing
import Foundation
import Testing

@Suite struct `Chat completions` {
  private let turns =
    #""messages":[{"role":"system","content":"s"},{"role":"user","content":"hi"}]"#

  @Test func `an answer continues the turns as the template writes them`() async throws {
    let answer = try await ServiceFixture.chat(
      #"{\#(turns),"logprobs":true,"top_logprobs":3,"max_tokens":7,"temperature":0}"#)
    let reply = try answer.json()
    let choice = try #require(reply.choices.first)
    #expect(reply["object"]?.string == "chat.completion")
    #expect(choice["message"]?["role"]?.string == "assistant")
    let prompt = "system: s\nuser: hi\nassistant:".utf8.map { Int($0) }
    let text = choice["message"]?["content"]?.stringBytes ?? []
    #expect(String(decoding: text, as: UTF8.self) == " hello")
    let content = try #require(choice["logprobs"]?["content"]?.elements)
    #expect(content.flatMap { $0["bytes"]?.elements ?? [] }.map(\.int) == text.map { Int64($0) })
    let scores = ServiceFixture.model.score(prompt + text.map { Int($0) }).dropFirst(prompt.count)
    #expect(content.map { $0["logprob"]?.double } == scores.map { $0 })
    for entry in content {
      let top = try #require(entry["top_logprobs"]?.elements)
      #expect(top.count == 3)
      // The most likely token was taken, so it stands first.
      #expect(top[0]["logprob"]?.double == entry["logprob"]?.double)
      #expect(top[0]["token"]?.string == entry["token"]?.string)
    }
    #expect(reply["usage"]?["prompt_tokens"]?.int == Int64(prompt.count))
    #expect(reply["usage"]?["completion_tokens"]?.int == Int64(text.count))
  }

  @Test func `bytes of a character of four bytes come one by one`() async throws {
    let answer = try await ServiceFixture.chat(
      #"""
      {"messages":[{"role":"user","content":"Zoë pays 5 € for a café crème "}],
       "max_tokens":0,"logprobs":true}
      """#)
    #expect(try answer.json().choices[0]["logprobs"]?["content"]?.elements?.isEmpty == true)
    let sampled = try await ServiceFixture.chat(
      #"{\#(turns),"logprobs":true,"max_tokens":200,"temperature":2,"seed":5}"#)
    let choice = try sampled.json().choices[0]
    let entries = choice["logprobs"]?["content"]?.elements ?? []
    let bytes = entries.flatMap { $0["bytes"]?.elements ?? [] }.compactMap {
      $0.int.map { UInt8(truncatingIfNeeded: $0) }
    }
    #expect(bytes.count == entries.count)
    #expect(choice["message"]?["content"]?.string == String(decoding: bytes, as: UTF8.self))
    for (entry, byte) in zip(entries, bytes) where byte >= 0x80 {
      #expect(entry["token"]?.string == "bytes:\\x" + String(byte, radix: 16))
    }
  }

  @Test func `samples are numbered, seeded and different`() async throws {
    let body = #"{\#(turns),"n":4,"max_tokens":50,"temperature":2,"seed":11}"#
    let first = try await ServiceFixture.chat(body).json().choices
    let again = try await ServiceFixture.chat(body).json().choices
    let texts = { (choices: [JSONNode]) in choices.map { $0["message"]?["content"]?.string } }
    #expect(first.map { $0["index"]?.int } == [0, 1, 2, 3])
    #expect(texts(first) == texts(again))
    #expect(Set(texts(first)).count == 4)
    #expect(first.allSatisfy { $0["logprobs"]?.isNull == true })
  }

  @Test func `the newer name of the token limit counts too`() async throws {
    let answer = try await ServiceFixture.chat(
      #"{\#(turns),"max_completion_tokens":3,"temperature":2,"seed":1}"#)
    #expect(try answer.json()["usage"]?["completion_tokens"]?.int == 3)
    #expect(try answer.json().choices[0]["finish_reason"]?.string == "length")
  }

  @Test(arguments: [
    #"{}"#, #"{"messages":null}"#, #"{"messages":[]}"#, #"{"messages":"hi"}"#,
    #"{"messages":["hi"]}"#, #"{"messages":[{"role":"user"}]}"#,
    #"{"messages":[{"content":"x"}]}"#, #"{"messages":[{"role":"tool","content":"x"}]}"#,
    #"{"messages":[{"role":"user","content":5}]}"#,
    #"{"messages":[{"role":"user","content":[{"type":"text","text":"x"}]}]}"#,
    #"{"messages":[{"role":"user","content":null}]}"#,
  ])
  func `turns that cannot be read are 400`(_ body: String) async throws {
    let answer = try await ServiceFixture.chat(body)
    #expect(answer.status == 400)
    #expect(answer.parameter == "messages")
  }

  @Test(arguments: [
    (#""top_logprobs":2"#, "top_logprobs"), (#""logprobs":true,"top_logprobs":21"#, "top_logprobs"),
    (#""logprobs":1"#, "logprobs"), (#""logprobs":"true""#, "logprobs"),
    (#""logprobs":false,"top_logprobs":1"#, "top_logprobs"), (#""tools":[{}]"#, "tools"),
    (#""stream":true"#, "stream"),
    (#""response_format":{"type":"json_object"}"#, "response_format"),
  ])
  func `parameters that cannot be used are 400 with their name`(_ field: String, _ name: String)
    async throws
  {
    let answer = try await ServiceFixture.chat(#"{\#(turns),\#(field)}"#)
    #expect(answer.status == 400)
    #expect(answer.parameter == name)
  }
}
