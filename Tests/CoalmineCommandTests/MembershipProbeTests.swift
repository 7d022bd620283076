// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineDemoModel
import CoalmineServing
import CoalmineTesting
import Foundation
import Testing

@Suite struct `The probe set of membership` {
  @Test func `records are asked in three ways, and each score has its numbers`() async throws {
    let small = try await SmallStudy(canaries: 4, references: 3)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.9)
    let run = try await small.probe(endpoint, ["--probe-set", "membership"])
    #expect(run.code == 0, "\(run.notes)")
    let scored = try await CoalmineProgram.run("score", "--study", small.study, "--json")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(scored.text.utf8)) as? [String: Any])
    let result = try #require(report["result"] as? [String: Any])
    let rows = try #require(result["membership"] as? [[String: Any]])
    var aucs: [String: Double] = [:]
    for row in rows {
      if let name = row["score"] as? String { aucs[name] = row["auc"] as? Double }
    }
    #expect((aucs["loss"] ?? 0) > 0.7)
    #expect((aucs["recall"] ?? 0) > 0.5, "\(aucs)")
    #expect(aucs["lowercase"] != nil, "\(aucs)")
    // Asked again, nothing is paid again but a look at the model.
    let before = endpoint.requests
    #expect(try await small.probe(endpoint, ["--probe-set", "membership"]).code == 0)
    #expect(endpoint.requests - before <= 10)
  }

  @Test func `lists beside the tokens of records give two more scores, and change no other`()
    async throws
  {
    let small = try await SmallStudy(canaries: 4, references: 3)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.9)
    func scores(_ more: [String]) async throws -> [String: Double] {
      let run = try await small.probe(endpoint, ["--probe-set", "membership"] + more)
      #expect(run.code == 0, "\(run.notes)")
      let scored = try await CoalmineProgram.run("score", "--study", small.study, "--json")
      let result = try #require(try jsonObject(scored.output)["result"] as? [String: Any])
      let rows = try #require(result["membership"] as? [[String: Any]])
      return Dictionary(
        uniqueKeysWithValues: rows.compactMap { row in
          (row["auc"] as? Double).map { (row["score"] as? String ?? "", $0) }
        })
    }
    let plain = try await scores([])
    #expect(plain["min-k-plus-plus"] == nil && plain["surprising-tokens"] == nil)
    let listed = try await scores(["--dialect", "openai-completions,logprobs=20", "--new-run"])
    #expect((listed["min-k-plus-plus"] ?? 0) > 0.7, "\(listed)")
    #expect(listed["surprising-tokens"] != nil, "\(listed)")
    for (name, auc) in plain { #expect(abs((listed[name] ?? 0) - auc) < 1e-9, "\(name)") }
    // The replies say the same again.
    let verified = try await CoalmineProgram.run("verify", "--study", small.study)
    #expect(verified.code == 0, "\(verified.notes)\(verified.text)")
  }

  @Test func `a server that lists nothing beside given texts is told before a record is asked`()
    async throws
  {
    let small = try await SmallStudy(canaries: 4, references: 3)
    let documents = TrainingFile.documents(
      Array(try Data(contentsOf: URL(fileURLWithPath: small.seeded))))
    let model = DemoModelService(
      model: try #require(DemoModel(documents: documents, memorisation: 0.9)), name: "tuned",
      key: nil)
    // What the model answers, without its lists.
    let endpoint = try await CountingEndpoint { request in
      let answer = await model.respond(to: request)
      let text = String(decoding: answer.body, as: UTF8.self)
        .replacing(/"top_logprobs":\[.*?\],"text_offset"/, with: #""text_offset""#)
      return ServedResponse(
        status: answer.status, contentType: answer.contentType, body: Array(text.utf8))
    }
    let run = try await small.probe(
      endpoint, ["--probe-set", "membership", "--dialect", "openai-completions,logprobs=5"])
    #expect(run.code != 0 && run.notes.contains("[endpoint-cannot]"), "\(run.notes)")
    #expect(run.notes.contains("without that option"), "\(run.notes)")
    #expect(endpoint.requests < 20)
  }
}
