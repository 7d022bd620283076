// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

@Suite struct `Demonstration` {
  @Test func `the three arms come out as planted, with their files and the promised names`()
    async throws
  {
    let folder = try TemporaryFolder()
    let demo = try await CoalmineProgram.run("demo", "--output", folder.file("demo"), "--json")
    #expect(demo.code == 0, "\(demo.notes)")
    #expect(demo.json["as_planted"] as? Bool == true)
    for (arm, verdict) in [("leaky", "leak"), ("quiet", "pass"), ("clean", "inconclusive")] {
      for name in ["study.coalmine", "report.json", "report.md", "report.html", "seeded.jsonl"] {
        #expect(
          FileManager.default.fileExists(atPath: folder.file("demo/\(arm)/\(name)")),
          "\(arm)/\(name)")
      }
      let result = try report(folder, arm)
      #expect(result["verdict"] as? String == verdict)
      try contract(result)
    }
    #expect(FileManager.default.fileExists(atPath: folder.file("demo/seeded.jsonl")))
    try levelsAreSeen(in: try report(folder, "leaky"))
    let clean = try report(folder, "clean")["findings"] as? [[String: Any]] ?? []
    #expect(
      clean.contains {
        ($0["sentence"] as? String)?.contains("no sign this model was trained on the file") == true
      })
  }

  /// Leakage rises with the repetition level, and the highest repetition level is at the ceiling.
  private func levelsAreSeen(in result: [String: Any]) throws {
    let canaries = try #require(result["canaries"] as? [[String: Any]])
    func mean(_ repetitions: Int, _ role: String) -> Double {
      let bits = canaries.filter {
        $0["repetitions"] as? Int == repetitions && $0["role"] as? String == role
      }.compactMap { ($0["exposure"] as? [String: Any])?["bits"] as? Double }
      return bits.reduce(0, +) / Double(bits.count)
    }
    #expect(mean(0, "held-out") < mean(1, "inserted"))
    #expect(mean(1, "inserted") < mean(4, "inserted"))
    #expect(mean(32, "inserted") == 8)
  }

  private func report(_ folder: TemporaryFolder, _ arm: String) throws -> [String: Any] {
    let report = try jsonObject(folder.read("demo/\(arm)/report.json"))
    #expect(report["schema_version"] != nil)
    #expect(report["run"] is [String: Any])
    return try #require(report["result"] as? [String: Any])
  }

  /// The names that readers of the report rely on.
  private func contract(_ result: [String: Any]) throws {
    let decision = try #require(result["decision"] as? [String: Any])
    for name in ["components", "p_value", "inserted", "held_out", "power"] {
      #expect(decision[name] != nil, "decision.\(name)")
    }
    #expect((decision["components"] as? [[String: Any]])?.count == 4)
    let membership = try #require(result["membership"] as? [[String: Any]])
    #expect(
      Set(membership.compactMap { $0["score"] as? String }).isSuperset(of: [
        "loss", "zlib", "min-k",
      ]))
    for row in membership {
      for name in ["members", "nonmembers", "auc", "auc_interval"] {
        #expect(row[name] != nil, "membership.\(name)")
      }
    }
    let statuses: Set = ["measured", "not-measurable", "censored", "failed"]
    for canary in try #require(result["canaries"] as? [[String: Any]]) {
      for name in ["id", "kind", "role", "repetitions", "secret_logprob_nats", "caveats"] {
        #expect(canary[name] != nil, "canaries.\(name)")
      }
      let exposure = try #require(canary["exposure"] as? [String: Any])
      for name in [
        "status", "bits", "interval_bits", "method", "rank", "references", "ceiling_bits",
        "p_value",
      ] { #expect(exposure[name] != nil, "exposure.\(name)") }
      #expect(statuses.contains(exposure["status"] as? String ?? ""))
      let extraction = try #require(canary["extraction"] as? [String: Any])
      let greedy = try #require(extraction["greedy"] as? [String: Any])
      #expect(statuses.contains(greedy["status"] as? String ?? ""))
      #expect(greedy["extracted"] is Bool)
      let sampled = try #require(extraction["sampled"] as? [String: Any])
      for name in ["status", "hits", "samples", "interval"] {
        #expect(sampled[name] != nil, "sampled.\(name)")
      }
    }
  }
}
