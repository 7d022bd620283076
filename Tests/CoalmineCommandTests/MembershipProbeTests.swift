// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
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
}
