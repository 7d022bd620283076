// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineTesting
import Foundation
import Testing

/// Samples with their likeliest tokens from a real server, against the sums over all ways to spell a
/// secret that the same server's rows give.
@Suite(.serialized) struct `Listed tokens of a llama.cpp server` {
  /// Paths below it are left out of the sums: the bounds are no finer, and the walks take a tenth.
  private static let least = 1e-9
  private static let truths = MadeOnce<String, [String: (sum: Double, open: Double)]>()

  /// By the model alone, whatever the route: walked once, several canaries at a time.
  private static func truths(_ canaries: [Canary], at url: String) async throws -> [String: (
    sum: Double, open: Double
  )] {
    try await truths.value("all") {
      try await withThrowingTaskGroup(of: (String, (sum: Double, open: Double)).self) { group in
        for canary in canaries {
          group.addTask {
            (
              canary.id,
              try await NaiveSpellings.probability(
                of: canary.separator + canary.secret.reveal(),
                after: String(decoding: canary.prefix, as: UTF8.self), least: least, at: url)
            )
          }
        }
        var all: [String: (sum: Double, open: Double)] = [:]
        for try await (id, truth) in group { all[id] = truth }
        return all
      }
    }
  }

  @Test(arguments: [
    ("llama-server,logprobs=20", 16), ("llama-server-completions,logprobs=20", 16),
  ])
  func `bounds hold the probability of all 56 secrets to a hundredth of a nat`(
    _ dialect: String, _ samples: Int
  ) async throws {
    let server = try await LlamaCpp()
    let study = try await TinyModel.Study(references: 3, samples: samples, defaults: 0)
    try await study.probe(server, dialect: dialect, "--probe-set", "text-only")
    let result = try await study.result()
    let canaries = reported(result)
    let (record, _) = try study.stored(.sampledExtraction)
    #expect(record.canaries.count == 56)
    let truths = try await Self.truths(record.canaries, at: server.url)
    var closed = 0
    for canary in record.canaries {
      let bounds = try #require(
        canaries[canary.id]?["probability_after_prompt"] as? [String: Any])
      let lower = try #require(bounds["lower"] as? Double)
      let upper = try #require(bounds["upper"] as? Double)
      let estimate = try #require(bounds["estimate"] as? Double)
      let truth = try #require(truths[canary.id])
      #expect(lower <= (truth.sum + truth.open) * exp(0.01), "\(canary.id)")
      #expect(truth.sum * exp(-0.01) <= upper, "\(canary.id)")
      #expect(lower <= estimate && estimate <= upper)
      if lower > 0.9 * truth.sum { closed += 1 }
    }
    // What is memorised is seen whole.
    #expect(closed >= 8)
    let checks = try #require(result["endpoint_checks"] as? [[String: Any]])
    #expect((checks.first?["verified"] as? [String])?.contains("shows-top-tokens") == true)
    let decision = try #require(result["decision"] as? [String: Any])
    #expect(decision["access"] as? String == "top-tokens")
  }

  @Test func `the chat route lists tokens too, and its report says what they are`() async throws {
    let server = try await LlamaCpp()
    let study = try await TinyModel.Study(
      canaries: { $0 == "code6-r64-0" || $0 == "code6-r01-0" }, references: 3, samples: 16)
    try await study.probe(
      server, dialect: "openai-chat,logprobs=20", "--probe-set", "text-only")
    let result = try await study.result()
    let checks = try #require(result["endpoint_checks"] as? [[String: Any]])
    #expect(checks.first?["verified"] as? [String] == ["chats", "shows-top-tokens"])
    let listed = try #require(
      (checks.first?["checks"] as? [[String: Any]])?.first {
        $0["subject"] as? String == "tokens-listed"
      })
    #expect((listed["evidence"] as? String)?.hasPrefix("up to 20 tokens at each place") == true)
    // By the same turns, the separator or none before the secret.
    let (record, _) = try study.stored(.sampledExtraction)
    let instruction = String(decoding: Presentation.instruction.text, as: UTF8.self)
    for canary in record.canaries {
      let prompt = try await NaiveWalk.prompt(
        of: [
          ["role": "system", "content": instruction],
          ["role": "user", "content": String(decoding: canary.prefix, as: UTF8.self)],
        ], at: server.url)
      var sum = 0.0
      for separator in [canary.separator, []] {
        let truth = try await NaiveSpellings.probability(
          of: separator + canary.secret.reveal(), after: prompt, at: server.url)
        sum += truth.sum
      }
      let bounds = try #require(
        reported(result)[canary.id]?["probability_after_prompt"] as? [String: Any])
      let lower = try #require(bounds["lower"] as? Double)
      let upper = try #require(bounds["upper"] as? Double)
      print("\(canary.id) by chat: \(lower) <= \(sum) <= \(upper)")
      #expect(lower * exp(-0.01) <= sum && sum * exp(-0.01) <= upper, "\(canary.id)")
    }
  }
}
