// SPDX-License-Identifier: Apache-2.0

import CoalmineServing
import Testing

@Suite struct `Parameters of completions` {
  @Test(arguments: [
    (#""n":0"#, "n"), (#""n":129"#, "n"), (#""n":9223372036854775807"#, "n"), (#""n":"2""#, "n"),
    (#""n":1.5"#, "n"), (#""n":[1]"#, "n"), (#""n":true"#, "n"), (#""n":1e300"#, "n"),
    (#""max_tokens":-1"#, "max_tokens"), (#""max_tokens":4097"#, "max_tokens"),
    (#""max_tokens":18446744073709551615"#, "max_tokens"), (#""max_tokens":{}"#, "max_tokens"),
    (#""max_tokens":1,"max_completion_tokens":"x""#, "max_completion_tokens"),
    (#""temperature":-0.1"#, "temperature"), (#""temperature":2.1"#, "temperature"),
    (#""temperature":"0""#, "temperature"), (#""top_p":1.1"#, "top_p"),
    (#""top_p":false"#, "top_p"),
    (#""top_k":-1"#, "top_k"), (#""top_k":258"#, "top_k"), (#""logprobs":-1"#, "logprobs"),
    (#""logprobs":258"#, "logprobs"), (#""logprobs":true"#, "logprobs"), (#""echo":1"#, "echo"),
    (#""echo":"true""#, "echo"), (#""seed":1.5"#, "seed"), (#""seed":"7""#, "seed"),
    (#""stop":"""#, "stop"), (#""stop":[""]"#, "stop"), (#""stop":[1]"#, "stop"),
    (#""stop":5"#, "stop"), (#""stop":{"a":1}"#, "stop"), (#""stream":"yes""#, "stream"),
    (#""stream":true"#, "stream"), (#""best_of":2"#, "best_of"), (#""suffix":"x""#, "suffix"),
    (#""logit_bias":{"5":1}"#, "logit_bias"), (#""presence_penalty":1"#, "presence_penalty"),
    (#""frequency_penalty":-0.5"#, "frequency_penalty"), (#""model":5"#, "model"),
    (#""prompt_logprobs":0"#, "prompt_logprobs"), (#""min_p":0.1"#, "min_p"),
  ])
  func `a value that cannot be used is 400 with the name`(_ field: String, _ name: String)
    async throws
  {
    let answer = try await ServiceFixture.complete(#"{"prompt":"a",\#(field)}"#)
    #expect(answer.status == 400)
    #expect(answer.parameter == name)
    #expect(answer.message?.contains("'\(name)'") == true)
  }

  @Test(arguments: [
    "", #","n":null,"seed":null,"stop":null,"logprobs":null,"echo":null,"stream":null"#,
    #","logit_bias":{},"presence_penalty":0,"frequency_penalty":0.0,"suffix":"","best_of":1"#,
    #","stop":[],"min_p":0,"repetition_penalty":1,"user":"me","model":"demo-model""#,
    #","temperature":2,"top_p":0,"seed":-9223372036854775808"#,
  ])
  func `values that ask for nothing are let through`(_ fields: String) async throws {
    let answer = try await ServiceFixture.complete(#"{"prompt":"a","max_tokens":1\#(fields)}"#)
    #expect(answer.status == 200, "\(answer.text)")
  }

  @Test(arguments: [
    "5", "true", "{}", "[]", #"["a",5]"#, #"["a",[1]]"#, #"[1,"a"]"#, "[257]", "[-1]", "[1.5]",
    #"[[1],"a"]"#, "[[1],2]", "[[1],null]", "[null]", "[[256,257]]", "[{}]",
  ])
  func `a prompt of any other form is 400`(_ prompt: String) async throws {
    let answer = try await ServiceFixture.complete(#"{"prompt":\#(prompt)}"#)
    #expect(answer.status == 400)
    #expect(answer.parameter == "prompt")
  }

  @Test(arguments: ["{}", #"{"prompt":null}"#])
  func `a missing prompt is said`(_ body: String) async throws {
    let answer = try await ServiceFixture.complete(body)
    #expect(answer.status == 400 && answer.code == "missing_required_parameter")
  }

  @Test func `another model is 404`() async throws {
    let answer = try await ServiceFixture.complete(#"{"prompt":"a","model":"gpt-4"}"#)
    #expect(answer.status == 404 && answer.code == "model_not_found")
  }

  private func prompt(_ count: Int) -> String { String(repeating: "a", count: count) }

  @Test func `a prompt is as long as the context at most, with what is to be written`()
    async throws
  {
    let fits = try await ServiceFixture.complete(
      #"{"prompt":"\#(prompt(65_535))","max_tokens":1}"#)
    #expect(fits.status == 200)
    for body in [
      #"{"prompt":"\#(prompt(65_536))","max_tokens":1}"#,
      #"{"prompt":["a","\#(prompt(65_537))"],"max_tokens":0,"echo":true,"logprobs":1}"#,
    ] {
      let answer = try await ServiceFixture.complete(body)
      #expect(answer.status == 400 && answer.code == "context_length_exceeded")
      #expect(answer.parameter == "prompt")
      #expect(answer.message?.contains("65536 tokens") == true)
    }
    let chat = try await ServiceFixture.chat(
      #"{"messages":[{"role":"user","content":"\#(prompt(66_000))"}]}"#)
    #expect(chat.status == 400 && chat.code == "context_length_exceeded")
    #expect(chat.parameter == "messages")
  }

  @Test func `a request has a limit over all prompts, choices and alternatives`() async throws {
    let many = Array(repeating: #""\#(prompt(60_000))""#, count: 18).joined(separator: ",")
    let total = try await ServiceFixture.complete(#"{"prompt":[\#(many)],"max_tokens":0}"#)
    #expect(total.status == 400 && total.code == "request_too_large")
    let written = try await ServiceFixture.complete(
      #"{"prompt":["a","a","a"],"n":128,"max_tokens":4096}"#)
    #expect(written.status == 400 && written.code == "request_too_large")
    let lists = Array(repeating: "[1]", count: 33).joined(separator: ",")
    let choices = try await ServiceFixture.complete(
      #"{"prompt":[\#(lists)],"n":128,"max_tokens":1}"#)
    #expect(choices.status == 400 && choices.parameter == "n")
    let wide = try await ServiceFixture.complete(
      #"{"prompt":"\#(prompt(20_000))","echo":true,"logprobs":257,"max_tokens":0}"#)
    #expect(wide.status == 400 && wide.parameter == "logprobs")
  }

  @Test func `a request of the largest allowed number of choices is answered`() async throws {
    let lists = Array(repeating: "[65]", count: 32).joined(separator: ",")
    let answer = try await ServiceFixture.complete(
      #"{"prompt":[\#(lists)],"n":128,"max_tokens":0}"#)
    #expect(try answer.json().choices.count == 4_096)
  }
}
