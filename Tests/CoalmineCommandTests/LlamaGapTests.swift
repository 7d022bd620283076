// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import Foundation
import Testing

/// Gaps at a real server whose model file names their marks: what is stored is what the server says after the
/// same tokens, put together one by one.
@Suite(.serialized) struct `Gaps at a llama.cpp server` {
  static let ids = [
    "code6-r64-0", "code6-r32-1", "digits9-r64-0", "email-r64-0", "words2-r64-0", "code6-r01-0",
  ]

  struct Case: Sendable, CustomTestStringConvertible {
    let dialect: String
    let marks: GapModel.Marks
    /// How many of the secrets are the likeliest text at least.
    let found: Int
    var testDescription: String { dialect }

    /// The tokens that the model is to see: the mark that begins every prompt, and then the marks of the gap
    /// and the texts in the order of the family.
    func prompt(_ canary: Canary, at url: String) async throws -> [Int] {
      func tokens(_ text: [UInt8]) async throws -> [Int] {
        try await NaiveRates.tokens(
          of: String(decoding: text, as: UTF8.self), first: false, at: url)
      }
      let (before, after) = (try await tokens(canary.prefix), try await tokens(canary.suffix))
      let mark = GapModel.tokens
      return dialect.contains("codestral")
        ? [0, mark[1]] + after + [mark[0]] + before
        : [0, mark[0]] + before + [mark[1]] + after + [mark[2]]
    }
  }

  /// A token that was written, and those that could stand there.
  private struct Written {
    let bytes: [UInt8]
    let logProbability: Double
    let likeliest: [(bytes: [UInt8], logProbability: Double)]

    init(_ node: JSONNode) {
      func bytes(_ node: JSONNode) -> [UInt8] {
        (node["bytes"]?.elements ?? []).compactMap { $0.int.flatMap(UInt8.init(exactly:)) }
      }
      self.bytes = bytes(node)
      logProbability = node["logprob"]?.double ?? .nan
      likeliest = (node["top_logprobs"]?.elements ?? []).map {
        (bytes($0), $0["logprob"]?.double ?? .nan)
      }
    }
  }

  @Test(arguments: [
    Case(dialect: "llama-server-infill,logprobs=20", marks: .qwen, found: 0),
    Case(dialect: "openai-completions,gap=qwen,logprobs=20", marks: .qwen, found: 0),
    // The text before the gap stands last, as in training: the model goes on with the secret.
    Case(dialect: "openai-completions,gap=codestral,logprobs=20", marks: .codestral, found: 4),
  ])
  func `greedy texts and log-probabilities are those after the marks as tokens`(_ route: Case)
    async throws
  {
    let model = try GapModel(route.marks)
    let server = try await LlamaCpp(file: model.path)
    let study = try await TinyModel.Study(
      canaries: { Self.ids.contains($0) }, references: 3, samples: 8, defaults: 0)
    try await study.probe(server, dialect: route.dialect, "--probe-set", "text-only")
    let (record, greedy) = try study.stored(.greedyExtraction)
    #expect(record.canaries.count == Self.ids.count)
    let result = try await study.result()
    var (found, places) = (0, 0)
    for canary in record.canaries {
      guard case .measured(.completions(let texts))? = greedy[.canary(canary.id)],
        let stored = texts.first
      else {
        Issue.record("\(canary.id) has no greedy reply")
        continue
      }
      let prompt = try await route.prompt(canary, at: server.url)
      let reply = try await NaiveRates.post(
        [
          "prompt": prompt, "n_predict": max(1, stored.steps.count), "temperature": 0,
          "n_probs": 20, "stop": route.dialect.hasPrefix("openai") ? route.marks.names : [],
        ], to: server.url + "/completion")
      let expected = (reply["completion_probabilities"]?.elements ?? []).map(Written.init)
      #expect(
        reply["content"]?.stringBytes?.starts(with: stored.text.prefix { $0 < 0x80 }) == true,
        "\(canary.id): \(reply["content"]?.string ?? "")")
      for (place, (step, other)) in zip(stored.steps, expected).enumerated() {
        // Two that are as likely may change places.
        guard step.bytes == other.bytes else {
          let apart = other.likeliest.prefix(2).map(\.logProbability)
          #expect(apart.count == 2 && apart[0] - apart[1] < 0.02, "\(canary.id) at \(place)")
          break
        }
        // The server keeps its cache in half precision.
        let difference = (step.logProbability ?? .nan) - other.logProbability
        #expect(abs(difference) < 0.01, "\(canary.id) at \(place)")
        #expect(step.likeliest.count == 20)
        for candidate in step.likeliest.prefix(10) {
          let listed = try #require(
            other.likeliest.first { $0.bytes == candidate.bytes }, "\(canary.id) at \(place)")
          #expect(abs(candidate.logProbability - listed.logProbability) < 0.02)
        }
        places += 1
      }
      let secret = canary.separator + canary.secret.reveal()
      found += stored.text.starts(with: secret) ? 1 : 0
      let extraction = try #require(reported(result)[canary.id]?["extraction"] as? [String: Any])
      #expect(
        (extraction["greedy"] as? [String: Any])?["extracted"] as? Bool
          == stored.text.starts(with: secret))
    }
    print("\(route.dialect): \(places) places compared, \(found) secrets are the greedy text")
    #expect(places > 40 && found >= route.found)
    let checks = try #require(result["endpoint_checks"] as? [[String: Any]])
    #expect(checks.first?["verified"] as? [String] == ["continues", "shows-top-tokens"])
  }

  /// The bound that the replies give of the probability to write a secret, against the sum over all ways to
  /// spell it after the marks.
  @Test(arguments: [
    Case(dialect: "llama-server-infill,logprobs=20", marks: .qwen, found: 0),
    Case(dialect: "openai-completions,gap=codestral,logprobs=20", marks: .codestral, found: 0),
  ])
  func `bounds hold the probability of a secret after the marks`(_ route: Case) async throws {
    let model = try GapModel(route.marks)
    let server = try await LlamaCpp(file: model.path)
    let study = try await TinyModel.Study(
      canaries: { ["code6-r64-0", "code6-r01-0"].contains($0) }, references: 3, samples: 8,
      defaults: 0)
    try await study.probe(server, dialect: route.dialect, "--probe-set", "text-only")
    let canaries = reported(try await study.result())
    let (record, _) = try study.stored(.greedyExtraction)
    #expect(record.canaries.count == 2)
    for canary in record.canaries {
      let truth = try await NaiveSpellings.probability(
        of: canary.separator + canary.secret.reveal(),
        after: try await route.prompt(canary, at: server.url), at: server.url)
      let bounds = try #require(
        canaries[canary.id]?["probability_after_prompt"] as? [String: Any])
      let lower = try #require(bounds["lower"] as? Double)
      let upper = try #require(bounds["upper"] as? Double)
      print("\(route.dialect) \(canary.id): \(lower) <= \(truth.sum) <= \(upper)")
      #expect(lower <= (truth.sum + truth.open) * exp(0.01), "\(canary.id)")
      #expect(truth.sum * exp(-0.01) <= upper, "\(canary.id)")
    }
  }
}
