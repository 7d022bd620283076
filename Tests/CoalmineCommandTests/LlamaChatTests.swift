// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import Foundation
import Testing

/// Chat completions of a real server, against what its weights say after the same turns.
@Suite(.serialized) struct `Chat completions of a llama.cpp server` {
  static let ids = ["code6-r64-0", "code6-r32-0", "code6-r16-1", "code6-r01-0", "hex16-r64-0"]
  static let samples = 96

  /// What the weights say of a secret after the turns of a chat: whether it is the likeliest answer,
  /// and how often it is a sample.
  ///
  /// The chat route names temperature and `top_p` alone: the server's own `top_k` of 40 and `min_p`
  /// of 0.05 act on its samples.
  static func truth(
    _ canary: Canary, at url: String
  ) async throws -> (greedy: Bool, rate: Double) {
    let before = String(decoding: canary.prefix, as: UTF8.self)
    let instruction = String(decoding: Presentation.instruction.text, as: UTF8.self)
    let prompt = try await NaiveWalk.prompt(
      of: [["role": "system", "content": instruction], ["role": "user", "content": before]],
      at: url)
    let secret = String(decoding: canary.separator + canary.secret.reveal(), as: UTF8.self)
    let steps = try await NaiveWalk.steps(
      of: prompt + secret, from: prompt.utf8.count, at: url)
    var rate = 1.0
    for step in steps {
      let floor = 0.05 * exp(step.row[0].logProbability)
      let kept = step.row.prefix(40).filter { exp($0.logProbability) >= floor }
      let sum = kept.reduce(0) { $0 + exp($1.logProbability) }
      rate *= kept.first { $0.token == step.token }.map { exp($0.logProbability) / sum } ?? 0
    }
    return (steps.allSatisfy { $0.row[0].token == $0.token }, rate)
  }

  @Test func `secrets are written greedily and in samples as often as the weights say`()
    async throws
  {
    let server = try await LlamaCpp()
    let study = try await TinyModel.Study(
      canaries: { Self.ids.contains($0) }, references: 7, samples: Self.samples)
    try await study.probe(server, dialect: "openai-chat", "--probe-set", "text-only")
    let result = try await study.result()
    let listed = try #require(result["canaries"] as? [[String: Any]])
    let (record, _) = try study.stored(.greedyExtraction)
    #expect(record.canaries.count == Self.ids.count)
    var found = 0
    for canary in record.canaries {
      let (isGreedy, rate) = try await Self.truth(canary, at: server.url)
      let extraction = try #require(
        listed.first { $0["id"] as? String == canary.id }?["extraction"] as? [String: Any])
      let greedy = extraction["greedy"] as? [String: Any]
      #expect(greedy?["extracted"] as? Bool == isGreedy, "\(canary.id)")
      let sampled = try #require(extraction["sampled"] as? [String: Any])
      #expect(sampled["samples"] as? Int == Self.samples)
      let hits = try #require(sampled["hits"] as? Int)
      #expect(
        `A llama.cpp server`.interval(rate, of: Self.samples).contains(hits),
        "\(canary.id): \(hits) of \(Self.samples) at a rate of \(rate)")
      found += hits
      print("\(canary.id): \(hits) of \(Self.samples), rate \(rate), greedy \(isGreedy)")
    }
    #expect(found > 0)
    // No score comes from text alone, and the report says so.
    let checks = try #require(result["endpoint_checks"] as? [[String: Any]])
    #expect(checks.first?["verified"] as? [String] == ["chats"])
    let measures = try #require(checks.first?["measures"] as? [[String: Any]])
    #expect(measures.first?["possible"] as? Bool == false)
  }

  @Test func `a probe set that needs scores is refused before anything is asked`() async throws {
    let server = try await LlamaCpp()
    let study = try await TinyModel.Study(
      canaries: { Self.ids.contains($0) }, references: 7)
    let refused = try await CoalmineProgram.run(
      "probe", "--study", study.path, "--endpoint", server.url, "--dialect", "openai-chat",
      "--model", "tiny")
    #expect(refused.code == 78 && refused.notes.contains("text-only"), "\(refused.notes)")
  }
}
