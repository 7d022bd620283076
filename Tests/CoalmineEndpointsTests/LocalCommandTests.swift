// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import Testing

@Suite struct `A local command` {
  @Test func `is stored and shown as its words`() throws {
    let command = try LocalCommand(["python3", "my adapter.py", "--url", "http://127.0.0.1:1/v1"])
    #expect(command.url == "command:python3 'my adapter.py' --url http://127.0.0.1:1/v1")
    let endpoint = try Endpoint(command, model: "m") { _ in nil }
    #expect(endpoint.url == command.url && endpoint.address("/ask") == command.url)
    let stored = try Endpoint(stored: endpoint.url, model: "m")
    #expect(stored.url == endpoint.url && stored.command == nil)
    let hostile = try LocalCommand(["a\u{1B}[2J", "it's ?x=1"])
    #expect(!hostile.url.contains("\u{1B}"))
    #expect(try Endpoint(stored: hostile.url, model: "m").url == hostile.url)
  }

  @Test(
    arguments: [
      (["x", "sk-abcdefgh"], true), (["x", "--api-key", "abc"], true),
      (["x", "--api-key=abc"], true),
      (["x", "token=abc"], true), (["x", "--header", "Bearer abc"], true),
      (["x", "eyJhbGci"], true), (["x", "AIzaabc0123456789defgh"], true),
      (["x", "--url=abc0123456789abcdef0123456789def"], true),
      (["x", "abcDEF0123ghiJKL4567mn"], true),
      (["x", "hf_adapter.py"], false), (["x", "Qwen2.5-7B-Instruct-GPTQ-Int4"], false),
      (["x", "http://127.0.0.1:8080/v1/0123456789abcdef0123456789abcdef"], false),
      (["x", "12345678901234567890123456789012"], false),
      (["x", "--key-file", "abc"], false), (["x", "--key-env", "NAME"], false),
      (["x", "--max-tokens", "5"], false), (["x", "key"], false), (["x", "--url", "a"], false),
      (["x", "--token", "--verbose"], false),
    ] as [([String], Bool)])
  func `an argument that looks like a key is refused, and not repeated`(
    _ words: [String], _ isRefused: Bool
  ) throws {
    guard isRefused else {
      _ = try LocalCommand(words)
      return
    }
    do throws(CoalmineError) {
      _ = try LocalCommand(words)
      Issue.record("taken: \(words)")
    } catch {
      #expect(error.code == "bad-command" && error.exit == .badConfiguration)
      #expect(!"\(error)".contains("abc"))
    }
  }

  @Test(arguments: [[], [""], ["x", "a\0b"]]) func `no program can be started from that`(
    _ words: [String]
  ) {
    #expect(throws: CoalmineError.self) { _ = try LocalCommand(words) }
  }

  @Test func `sees no key that coalmine reads, unless it is asked for`() throws {
    let all = [
      "PATH=/bin", "COALMINE_API_KEY=a", "COALMINE_HEADERS=b: c", "OPENAI_API_KEY=d",
      "AWS_BEARER_TOKEN_BEDROCK=e", "HF_TOKEN=f", "MY_OPENAI_API_KEY=g",
    ]
    let plain = try LocalCommand(["x"])
    #expect(plain.environment(of: all) == ["PATH=/bin", "MY_OPENAI_API_KEY=g"])
    let asked = try LocalCommand(["x"], passing: ["OPENAI_API_KEY"])
    #expect(
      asked.environment(of: all) == ["PATH=/bin", "OPENAI_API_KEY=d", "MY_OPENAI_API_KEY=g"])
    #expect(throws: CoalmineError.self) { _ = try LocalCommand(["x"], passing: ["PATH"]) }
    let named = try LocalCommand(
      ["x"], passing: ["OTHER_KEY"], withholding: ["MY_OPENAI_API_KEY", "OTHER_KEY", "HF_TOKEN"])
    #expect(named.environment(of: all + ["OTHER_KEY=h"]) == ["PATH=/bin", "OTHER_KEY=h"])
    // What it may see, no stored reply repeats.
    let endpoint = try Endpoint(asked, model: "m") { $0 == "OPENAI_API_KEY" ? "sk-secret-1" : nil }
    #expect(endpoint.secrets == [Array("sk-secret-1".utf8)])
    #expect(throws: CoalmineError.self) { _ = try Endpoint(asked, model: "m") { _ in nil } }
    #expect(throws: CoalmineError.self) { _ = try Endpoint(plain, model: "") { _ in nil } }
  }

  @Test func `an ask is one line with what is wanted`() throws {
    let endpoint = try endpoint()
    func body(_ name: String, _ query: Query) throws -> String {
      var query = query
      query.form = dialect(name).presentation
      let request = try dialect(name).encode(query.asks, to: endpoint, seed: UInt64(7) << 33)
      return String(decoding: request.body ?? [], as: UTF8.self)
    }
    #expect(
      try body("command", scoring("a", "\nb"))
        == #"{"wanted":"logprobs","model":"tiny","text":"a\nb"}"#)
    #expect(
      try body("command", continuing("a", samples: 2))
        == #"{"wanted":"texts","model":"tiny","text":"a","max_tokens":8,"n":2,"temperature":1,"#
        + #""top_p":1,"seed":7}"#)
    #expect(
      try body("command", continuing("a", probe: .greedyExtraction))
        == #"{"wanted":"texts","model":"tiny","text":"a","max_tokens":8,"n":1,"temperature":0}"#)
    let own = try body("command", continuing("a", probe: .defaultExtraction))
    #expect(own.hasSuffix(#""n":1,"seed":7}"#))
    let chat = try body("command,form=chat", continuing("a", probe: .greedyExtraction))
    #expect(
      chat.contains(#"{"role":"user","content":"a"}],"max_tokens":8"#) && !chat.contains("text\":"))
    #expect(throws: CoalmineError.self) { _ = try body("command,form=chat", scoring("a", "b")) }
    #expect(throws: CoalmineError.self) { _ = try body("command,scores=off", scoring("a", "b")) }
    #expect(dialect("command,n=3").limits.samples == 3)
  }

  @Test func `what is advised is true of a command`() throws {
    let command = try Endpoint(LocalCommand(["gateway"]), model: "m") { _ in nil }
    func error(_ status: Int) throws -> CoalmineError {
      try #require(
        Read(
          dialect("command"), Reply(status: status, headers: [], body: Array("{}".utf8)),
          for: [continuing("a", probe: .greedyExtraction)], at: command
        ).stopError)
    }
    for status in [400, 401, 402, 403, 404, 501] {
      let error = try error(status)
      let text = "\(error.message) \(error.help ?? "")"
      #expect(text.contains("command:gateway") && text.contains("status \(status)"), "\(text)")
      for word in ["HTTP", "--endpoint", "--key-file", "URL"] {
        #expect(!text.contains(word), "\(text)")
      }
    }
  }
}
