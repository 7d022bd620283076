// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

@Suite struct `Cost of a run` {
  /// A table with a price for the demo model: a dollar per thousand tokens in, two out.
  private static func table(_ folder: TemporaryFolder) throws -> String {
    try folder.write(
      """
      prices:
        - {host: 127.0.0.1, models: [tuned], input: 1000, output: 2000, seen: 2026-11-27, source: us}
      """, to: "prices.yaml")
  }

  @Test func `it is told before, during a limit, and after`() async throws {
    let small = try await SmallStudy(canaries: 4, references: 3, samples: 2, defaultSamples: 2)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let prices = ["--prices", try Self.table(small.folder)]
    let dry = try await small.probe(endpoint, prices + ["--dry-run"])
    #expect(dry.text.contains("cost of the questions: at most USD "), "\(dry.text)\(dry.notes)")
    #expect(dry.text.contains("seen on 2026-11-27 at us"))
    let estimate = try await small.probe(endpoint, prices + ["--dry-run", "--json"])
    let told = try #require(estimate.json["cost_estimate"] as? [String: Any])
    let most = try #require(told["usd_at_most"] as? Double)
    #expect(endpoint.requests == 0)
    // Enough for the check and some questions.
    let capped = try await small.probe(endpoint, prices + ["--max-cost", "6"])
    #expect(capped.code == 3, "\(capped.notes)\(capped.text)")
    #expect(capped.notes.contains("[cost-cap-reached]"), "\(capped.notes)")
    #expect(capped.notes.contains("a higher '--max-cost'"))
    // The limit was enough for the check alone, or for some questions; this one is for more of them.
    let checked = try await small.probe(endpoint, prices + ["--dry-run", "--json"])
    let sofar = try #require(
      (checked.json["cost_estimate"] as? [String: Any])?["usd_spent"] as? Double)
    #expect(sofar > 0 && sofar <= 6)
    let limit = "\(sofar + 0.75 * most)"
    let further = try await small.probe(endpoint, prices + ["--max-cost", limit])
    #expect(further.code == 3, "\(further.notes)\(further.text)")
    let asked = endpoint.requests
    // What is left and what was spent are told apart from the whole, and the limit is looked at.
    let rest = try await small.probe(
      endpoint, prices + ["--dry-run", "--max-cost", limit, "--json"])
    let left = try #require(rest.json["cost_estimate"] as? [String: Any])
    let mostLeft = try #require(left["usd_left_at_most"] as? Double)
    let spent = try #require(left["usd_spent"] as? Double)
    #expect(left["usd_at_most"] as? Double == most)
    #expect(mostLeft > 0 && mostLeft < most && spent > sofar, "\(left)")
    // A limit that the rest cannot keep is told.
    let line = try await small.probe(endpoint, prices + ["--dry-run", "--max-cost", "6"])
    #expect(line.text.contains("of that is left: at most USD "), "\(line.text)")
    #expect(line.text.contains("more than the limit of USD 6"), "\(line.text)")
    #expect(endpoint.requests == asked)
    let whole = try await small.probe(
      endpoint, prices + ["--max-cost", "\(2 * most + 100)", "--json"])
    #expect(whole.code == 0, "\(whole.notes)")
    #expect(endpoint.requests > asked)
    let cost = try #require(whole.json["cost"] as? [String: Any])
    let (input, output) = (cost["input_tokens"] as? Int ?? 0, cost["output_tokens"] as? Int ?? 0)
    let dollars = try #require(cost["usd"] as? Double)
    #expect(input > 0 && abs(dollars - (Double(input) + 2 * Double(output)) / 1_000) < 1e-6)
    #expect(dollars > 0 && dollars < 2 * most + 100)
    let again = try await small.probe(endpoint, prices)
    #expect(again.text.contains("cost of the run until now: USD "), "\(again.text)")
    try await endpoint.stop()
  }

  @Test func `a price that is not known is said, and no limit is kept without one`() async throws {
    let small = try await SmallStudy(canaries: 4, references: 3)
    func dry(_ more: String...) async throws -> CoalmineProgram.Outcome {
      try await CoalmineProgram.started(
        [
          "probe", "--study", small.study, "--dry-run", "--probe-set", "text-only", "--dialect",
          "openai-chat", "--endpoint", "https://api.openai.com", "--model",
        ] + more
      ).outcome()
    }
    let unknown = try await dry("ft:gpt-4.1-mini:x")
    #expect(unknown.code == 0, "\(unknown.notes)")
    #expect(
      unknown.text.contains("cost: not known, because there is no price for 'ft:gpt-4.1-mini:x'"))
    let known = try await dry("gpt-6-luna")
    #expect(known.text.contains("cost of the questions: at most USD "), "\(known.text)")
    let json = try await dry("ft:gpt-4.1-mini:x", "--json")
    #expect((json.json["cost_estimate"] as? [String: Any])?["usd_at_most"] is NSNull)
    for (options, code, words) in [
      (["--max-cost", "1"], 78, "[price-unknown]"), (["--max-cost", "0"], 64, "above 0"),
      (["--max-cost", "nan"], 64, "above 0"), (["--prices", "/none"], 66, "/none"),
    ] as [([String], Int32, String)] {
      let refused = try await CoalmineProgram.started(
        [
          "probe", "--study", small.study, "--probe-set", "text-only", "--dialect", "openai-chat",
          "--endpoint", "http://127.0.0.1:9", "--model", "m",
        ] + options
      ).outcome()
      #expect(refused.code == code, "\(options): \(refused.notes)")
      #expect(refused.notes.contains(words), "\(refused.notes)")
    }
  }
}
