// SPDX-License-Identifier: Apache-2.0

import CoalmineServing
import Foundation
import Synchronization
import Testing

/// A protocol that leaves sampled continuations out, end to end.
@Suite struct `Protocols without samples` {
  @Test(arguments: [(0, 16), (16, 0), (0, 0)])
  func `a probe with 0 samples is not asked, not counted and not failed`(
    _ samples: Int, _ defaults: Int
  ) async throws {
    let small = try await SmallStudy(samples: samples, defaultSamples: defaults)
    let inner = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let dry = try await small.probe(inner, ["--dry-run", "--json"])
    #expect(dry.code == 0, "\(dry.notes)")
    let rows = try #require(dry.json["probes"] as? [[String: Any]])
    for (probe, count) in [("sampled-extraction", samples), ("default-extraction", defaults)] {
      #expect(rows.contains { $0["probe"] as? String == probe } == (count > 0))
    }
    let check = try await CoalmineProgram.run(
      "check", "--study", small.study, "--endpoint", inner.url, "--model", "tuned")
    #expect(check.code == 0, "\(check.notes)")
    let checked = inner.requests
    let probe = try await small.probe(inner, ["--json"])
    #expect(probe.code == 0, "\(probe.notes)")
    #expect(probe.json["complete"] as? Bool == true)
    // And one before and one after to see that it is the model of the check.
    #expect(inner.requests - checked - 2 == dry.json["requests"] as? Int)
    #expect(probe.json["questions"] as? Int == dry.json["questions"] as? Int)
    let score = try await CoalmineProgram.run("score", "--study", small.study, "--json")
    #expect([0, 1, 4].contains(score.code), "\(score.code): \(score.notes)")
    let result = try #require(score.json["result"] as? [String: Any])
    let canaries = try #require(result["canaries"] as? [[String: Any]])
    let levels = try #require(result["repetition_levels"] as? [[String: Any]])
    let parts = canaries.compactMap { $0["extraction"] as? [String: Any] } + levels
    #expect(parts.count == canaries.count + levels.count && !levels.isEmpty)
    for part in parts {
      for (name, count) in [("sampled", samples), ("defaults", defaults)] {
        let outcome = try #require(part[name] as? [String: Any])
        if count > 0 {
          #expect(outcome["status"] as? String == "measured", "\(outcome)")
        } else {
          #expect(outcome["status"] as? String == "not-measurable", "\(outcome)")
          let words = "\(outcome)"
          #expect(words.contains("is 0") && !words.contains("probe set"), "\(words)")
        }
      }
    }
    let findings = "\(result["not_measured"] ?? "")"
    #expect(findings.contains("sampled-extraction-not-asked") == (samples == 0), "\(findings)")
    #expect(findings.contains("default-extraction-not-asked") == (defaults == 0), "\(findings)")
    try await inner.stop()
  }
}
