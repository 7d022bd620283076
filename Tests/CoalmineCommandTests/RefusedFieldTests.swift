// SPDX-License-Identifier: Apache-2.0

import CoalmineServing
import CoalmineTesting
import Foundation
import Synchronization
import Testing

/// Fields that a model does not take, by the real program: each is refused once, and never again.
@Suite struct `Refused fields` {
  /// What was posted, in order.
  private final class Bodies: Sendable {
    private let list = Mutex<[Data]>([])

    func add(_ body: [UInt8]) { list.withLock { $0.append(Data(body)) } }
    var all: [[String: Any]] {
      list.withLock { $0 }.compactMap { try? JSONSerialization.jsonObject(with: $0) }
        .compactMap { $0 as? [String: Any] }
    }
    private let refused = Mutex<[String]>([])

    func refuse(_ field: String) { refused.withLock { $0.append(field) } }
    /// How often the field was refused; a request may hold several that will be.
    func count(_ field: String) -> Int { refused.withLock { list in list.count { $0 == field } } }
  }

  /// A chat server of a model that takes none of the fields, and says so of one at a time, as OpenAI's does.
  private static func server(refusing fields: [String], _ bodies: Bodies) async throws
    -> CountingEndpoint
  {
    try await CountingEndpoint { request in
      guard request.method == "POST" else {
        return ServedResponse(status: 200, body: Array(#"{"data":[{"id":"tuned"}]}"#.utf8))
      }
      bodies.add(request.body)
      let body =
        (try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]) ?? [:]
      if let field = fields.first(where: { body[$0] != nil }) {
        bodies.refuse(field)
        let status = field == "prompt_logprobs" ? 422 : 400
        return ServedResponse(
          status: status,
          body: Array(
            (#"{"error":{"message":"Unsupported parameter: '\#(field)' is not supported with this "#
              + #"model.","param":"\#(field)","code":"unsupported_parameter"}}"#).utf8))
      }
      let choices = (0..<(body["n"] as? Int ?? 1)).map { index -> [String: Any] in
        [
          "index": index, "finish_reason": "stop",
          "message": ["role": "assistant", "content": "I do not know, \(index)."],
        ]
      }
      let answer = try? JSONSerialization.data(
        withJSONObject: ["model": "tuned", "choices": choices])
      return ServedResponse(status: 200, body: Array(answer ?? Data()))
    }
  }

  private static let fields = ["max_tokens", "temperature"]

  @Test func `several are left out within one run, each refused once, and the next call knows it`()
    async throws
  {
    let seeded = try await SeededChat { _ in nil }
    let bodies = Bodies()
    let endpoint = try await Self.server(refusing: Self.fields, bodies)
    let probe = try await seeded.probe(endpoint, "openai-chat")
    #expect(probe.code == 0, "\(probe.notes)")
    for field in Self.fields {
      #expect(bodies.count(field) == 1, "\(field): \(bodies.count(field))")
      #expect(probe.notes.contains("does not take '\(field)'"), "\(probe.notes)")
    }
    let taken = "openai-chat,limit=max_completion_tokens,samplers=own"
    #expect(probe.notes.contains(taken), "\(probe.notes)")
    let asked = bodies.all.count
    let again = try await seeded.probe(endpoint, "openai-chat")
    #expect(again.code == 0, "\(again.notes)")
    #expect(again.text.contains("was complete before"), "\(again.text)")
    #expect(again.notes.contains(taken), "\(again.notes)")
    // A few public texts show that it is the same model.
    #expect(bodies.all.count - asked <= 3)
    for field in Self.fields { #expect(bodies.count(field) == 1) }
    try await endpoint.stop()
    let verify = try await CoalmineProgram.run("verify", "--study", seeded.study)
    #expect(verify.code == 0, "\(verify.text)\(verify.notes)")
    let report = try await CoalmineProgram.run(
      "report", "--study", seeded.study, "--format", "json", "--output", "-")
    #expect(report.text.contains(taken))
    #expect(report.text.contains("\"own-samplers\""))
  }

  @Test func `a check without a study leaves them out, and names the dialect that is left`()
    async throws
  {
    let bodies = Bodies()
    let endpoint = try await Self.server(refusing: Self.fields + ["logprobs"], bodies)
    let outcome = try await CoalmineProgram.started([
      "check", "--endpoint", endpoint.url, "--model", "tuned", "--dialect",
      "openai-chat,logprobs=5", "--json",
    ]).outcome()
    try await endpoint.stop()
    #expect(outcome.code == 0, "\(outcome.notes)")
    let dialect = outcome.json["dialect"] as? String ?? ""
    #expect(
      Set(dialect.split(separator: ",")) == [
        "openai-chat", "limit=max_completion_tokens", "samplers=own", "logprobs=0",
      ])
    for field in Self.fields + ["logprobs"] { #expect(bodies.count(field) == 1, "\(field)") }
    let posted = bodies.all.count
    #expect(outcome.json["requests"] as? Int == posted + 1, "\(posted), and the list of models")
  }

  @Test func `an option that was stated stays, and the run ends with the advice`() async throws {
    let seeded = try await SeededChat { _ in nil }
    let bodies = Bodies()
    let endpoint = try await Self.server(refusing: ["logprobs"], bodies)
    let probe = try await seeded.probe(endpoint, "openai-chat,logprobs=5")
    try await endpoint.stop()
    #expect(probe.code == 78, "\(probe.notes)")
    #expect(probe.notes.contains("use '--dialect openai-chat,logprobs=0'"), "\(probe.notes)")
    #expect(bodies.all.count == 1)
  }

  @Test func `a field that is refused in both forms ends the run`() async throws {
    let bodies = Bodies()
    let endpoint = try await Self.server(
      refusing: ["max_tokens", "max_completion_tokens"], bodies)
    let outcome = try await CoalmineProgram.started([
      "check", "--endpoint", endpoint.url, "--model", "tuned", "--dialect", "openai-chat",
    ]).outcome()
    try await endpoint.stop()
    #expect(outcome.code == 78, "\(outcome.notes)")
    #expect(bodies.all.count <= 3)
  }

  @Test func `Mistral's scores are asked for first, and texts alone where they are refused`()
    async throws
  {
    let seeded = try await SeededChat { _ in nil }
    let bodies = Bodies()
    let endpoint = try await Self.server(refusing: ["prompt_logprobs"], bodies)
    func check(_ more: String...) async throws -> CoalmineProgram.Outcome {
      try await CoalmineProgram.started(
        [
          "check", "--study", seeded.study, "--endpoint", endpoint.url, "--model", "tuned",
          "--dialect", "mistral-chat", "--json",
        ] + more
      ).outcome()
    }
    let outcome = try await check()
    #expect(outcome.code == 0, "\(outcome.notes)")
    #expect(outcome.notes.contains("'--probe-set text-only'"), "\(outcome.notes)")
    #expect(bodies.count("prompt_logprobs") == 1)
    #expect(bodies.all.first?["prompt_logprobs"] != nil)
    // Remembered: also by the run that asks the study.
    let probe = try await CoalmineProgram.started([
      "probe", "--study", seeded.study, "--endpoint", endpoint.url, "--model", "tuned",
      "--dialect", "mistral-chat",
    ]).outcome()
    #expect(probe.code == 0, "\(probe.notes)")
    #expect(bodies.count("prompt_logprobs") == 1)
    // Who states the probe set is taken at the word.
    let stated = try await check("--probe-set", "full")
    #expect(stated.code == 69, "\(stated.notes)")
    try await endpoint.stop()
    let verify = try await CoalmineProgram.run("verify", "--study", seeded.study)
    #expect(verify.code == 0, "\(verify.text)\(verify.notes)")
  }

  @Test(arguments: ["mistral-chat", "mistral-chat,logprobs=5"])
  func `a check alone of Mistral says so in a line and does not fail`(_ dialect: String)
    async throws
  {
    let bodies = Bodies()
    let endpoint = try await Self.server(refusing: ["prompt_logprobs"], bodies)
    let outcome = try await CoalmineProgram.started([
      "check", "--endpoint", endpoint.url, "--model", "tuned", "--dialect", dialect,
    ]).outcome()
    try await endpoint.stop()
    // The server lists no tokens, so that the second one claims more than it does.
    #expect(outcome.code == (dialect == "mistral-chat" ? 0 : 69), "\(outcome.notes)")
    #expect(!outcome.text.contains("logprobs=0"), "\(outcome.text)")
    #expect(outcome.text.contains("goes on with '--probe-set text-only'"), "\(outcome.text)")
    #expect(bodies.count("prompt_logprobs") == 1)
  }
}
