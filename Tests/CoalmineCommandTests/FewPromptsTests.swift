// SPDX-License-Identifier: Apache-2.0

import CoalmineDemoModel
import CoalmineServing
import CoalmineTesting
import Foundation
import Testing

/// Whole studies at servers that take few prompts per request, or refuse a text.
@Suite struct `Servers that take few prompts` {
  /// A tuned model whose server takes at most `limit` prompts per request.
  static func endpoint(_ small: SmallStudy, limit: Int) async throws
    -> CountingEndpoint
  {
    let documents = TrainingFile.documents(
      Array(try Data(contentsOf: URL(fileURLWithPath: small.seeded))))
    let reference = DemoModelService(
      model: DemoModel(documents: documents, memorisation: 0.3)!, name: "tuned")
    return try await CountingEndpoint(model: "tuned") { request in
      let body = try? jsonObject(request.body)
      let prompts = body?["prompt"] as? [String] ?? []
      guard prompts.count <= limit else {
        return ServedResponse(
          status: 422, contentType: "text/plain", body: Array("batch size must be \(limit)".utf8))
      }
      return await reference.respond(to: request)
    }
  }

  @Test(arguments: [1, 4]) func `a study is probed, verified and scored`(_ limit: Int) async throws
  {
    let small = try await SmallStudy(canaries: 20, references: 7)
    let server = try await Self.endpoint(small, limit: limit)
    let check = try await CoalmineProgram.run(
      "check", "--endpoint", server.url, "--model", "tuned")
    #expect(check.code == 0, "\(check.notes)\(check.text)")
    let probe = try await small.probe(server)
    #expect(probe.code == 0, "\(probe.notes)")
    let asked = server.requests
    let again = try await small.probe(server)
    // Ten public texts in halves, to see that it is the same model, and nothing of the study.
    #expect(again.code == 0 && server.requests - asked <= 19, "\(again.notes)")
    let verified = try await CoalmineProgram.run("verify", "--study", small.study)
    #expect(verified.code == 0, "\(verified.text)\(verified.notes)")
    try await server.stop()
  }

  @Test func `the number of prompts per request can be stated`() async throws {
    let small = try await SmallStudy(canaries: 20, references: 7)
    let server = try await Self.endpoint(small, limit: 3)
    let probe = try await small.probe(server, ["--prompts-per-request", "3"])
    #expect(probe.code == 0, "\(probe.notes)")
    let wrong = try await small.probe(server, ["--prompts-per-request", "0"])
    #expect(wrong.code == 64)
    try await server.stop()
  }

  @Test func `a request that takes longer than is stated is given up`() async throws {
    let server = try await CountingEndpoint { _ in
      try? await Task.sleep(for: .seconds(20))
      return ServedResponse(status: 503, body: [])
    }
    let start = ContinuousClock.now
    let check = try await CoalmineProgram.run(
      "check", "--endpoint", server.url, "--model", "tuned", "--timeout", "1")
    #expect(check.code == 69, "\(check.notes)")
    #expect(ContinuousClock.now - start < .seconds(19))
    let wrong = try await CoalmineProgram.run(
      "check", "--endpoint", server.url, "--model", "tuned", "--timeout", "0")
    #expect(wrong.code == 64)
    try await server.stop()
  }
}
