// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import CoalmineTesting
import Foundation
import Testing

/// Gaps at a real server whose model file names their marks, all 56 canaries: what is stored is what the same
/// weights say after the same tokens, put together one by one.
@Suite(.serialized) struct `Gaps at a llama.cpp server` {
  /// Of each canary, neutral.
  static let samples = 2
  /// Two tokens that are closer than this change places by the server's arithmetic alone, in nats: it keeps
  /// its cache in half precision, and takes several prompts at once.
  static let nearTie = 0.02

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

  /// A token that the server lists at a place.
  private struct Listed {
    let id: Int
    let bytes: [UInt8]
    let logProbability: Double
  }

  @Test(arguments: [
    Case(dialect: "llama-server-infill,logprobs=20", marks: .qwen, found: 0),
    Case(dialect: "openai-completions,gap=qwen,logprobs=20", marks: .qwen, found: 0),
    // The text before the gap stands last, as in training: the model goes on with the secret.
    Case(dialect: "openai-completions,gap=codestral,logprobs=20", marks: .codestral, found: 10),
  ])
  func `greedy texts and lists of tokens are those after the marks as tokens`(_ route: Case)
    async throws
  {
    let model = try GapModel(route.marks)
    let server = try await LlamaCpp(file: model.path)
    let study = try await TinyModel.Study(references: 3, samples: Self.samples, defaults: 0)
    try await study.probe(server, dialect: route.dialect, "--probe-set", "text-only")
    let (record, greedy) = try study.stored(.greedyExtraction)
    let (_, sampled) = try study.stored(.sampledExtraction)
    #expect(record.canaries.count == 56)
    let result = try await study.result()
    var (found, places, ties) = (0, 0, [String]())
    // Of /infill one list in some hundreds differs in one of four runs, by nats, and why is not known.
    let listsAreCompared = isDeep || !route.dialect.hasPrefix("llama-server-infill")
    for canary in record.canaries {
      guard case .measured(.completions(let likeliest))? = greedy[.canary(canary.id)],
        case .measured(.completions(let texts))? = sampled[.canary(canary.id)],
        let stored = likeliest.first?.text
      else {
        Issue.record("\(canary.id) has no replies")
        continue
      }
      #expect(likeliest.count == 1 && texts.count == Self.samples && !stored.isEmpty)
      let prompt = try await route.prompt(canary, at: server.url)
      let (text, closest) = try await Self.likeliest(after: prompt, at: server.url)
      // What stands in the reply up to a character that is cut.
      if !text.starts(with: stored.prefix { $0 < 0x80 }) {
        #expect(closest < Self.nearTie, "\(canary.id): \(String(decoding: text, as: UTF8.self))")
        ties.append(canary.id)
      }
      let isFound = stored.starts(with: canary.separator + canary.secret.reveal())
      found += isFound ? 1 : 0
      let extraction = try #require(reported(result)[canary.id]?["extraction"] as? [String: Any])
      #expect((extraction["greedy"] as? [String: Any])?["extracted"] as? Bool == isFound)
      // One sample, as far as its first six lists.
      guard listsAreCompared else { continue }
      places += try await Self.compare(
        texts[0].steps.prefix(6), after: prompt, canary.id, at: server.url)
    }
    print(
      "\(route.dialect): \(places) places compared, \(found) secrets are the greedy text, near-ties "
        + "\(ties)")
    #expect(found >= route.found && ties.count <= 6)
    #expect(!listsAreCompared || places > 150)
    let checks = try #require(result["endpoint_checks"] as? [[String: Any]])
    #expect(checks.first?["verified"] as? [String] == ["continues", "shows-top-tokens"])
  }

  /// The bound that the replies give of the probability to write a secret, against the sum over all ways to
  /// spell it after the marks; of two canaries, one that was memorised and one that was not.
  @Test(arguments: [
    Case(dialect: "llama-server-infill,logprobs=20", marks: .qwen, found: 0),
    Case(dialect: "openai-completions,gap=codestral,logprobs=20", marks: .codestral, found: 1),
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
    var seen = 0
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
      seen += lower > 0.9 * truth.sum ? 1 : 0
    }
    #expect(seen >= route.found)
  }
}

extension `Gaps at a llama.cpp server` {
  /// The likeliest text after some tokens, and how far its two likeliest tokens are apart where they are
  /// closest, in nats.
  private static func likeliest(after prompt: [Int], at url: String) async throws -> (
    text: [UInt8], closest: Double
  ) {
    let reply = try await NaiveRates.post(
      ["prompt": prompt, "n_predict": 64, "temperature": 0, "n_probs": 2],
      to: url + "/completion")
    let places = (reply["completion_probabilities"]?.elements ?? []).map(row)
    let apart = places.map { $0.count == 2 ? $0[0].logProbability - $0[1].logProbability : 0 }
    return (reply["content"]?.stringBytes ?? [], apart.min() ?? 0)
  }

  /// Compares the lists of a reply with the server's own after the same tokens.
  ///
  /// - Returns: the number of places. It ends before a token that is none of the 64 likeliest.
  private static func compare(
    _ written: ArraySlice<WrittenToken>, after prompt: [Int], _ canary: String, at url: String
  ) async throws -> Int {
    var (ids, places) = (prompt, 0)
    #expect(!written.isEmpty, "\(canary)")
    for step in written {
      // 'a' is made the token that is written: the server lists nothing where it writes a part of a
      // character. What it lists is before any bias.
      let reply = try await NaiveRates.post(
        [
          "prompt": ids, "n_predict": 1, "n_probs": 64, "temperature": -1,
          "logit_bias": [[67, 1_000]],
        ], to: url + "/completion")
      let listed = (reply["completion_probabilities"]?.elements?.first).map(row) ?? []
      #expect(step.likeliest.count == 20 && listed.count == 64, "\(canary) at \(places)")
      for candidate in step.likeliest.prefix(10) {
        let other = try #require(
          listed.first { $0.bytes == candidate.bytes }, "\(canary) at \(places)")
        #expect(
          abs(candidate.logProbability - other.logProbability) < nearTie, "\(canary) at \(places)")
      }
      places += 1
      // Two tokens may have the same bytes: the path goes on where one alone has them.
      let same = listed.filter { $0.bytes == step.bytes }
      guard same.count == 1, let own = step.logProbability, step.bytes.allSatisfy({ $0 < 0x80 })
      else { break }
      #expect(abs(own - same[0].logProbability) < nearTie, "\(canary) at \(places)")
      ids.append(same[0].id)
    }
    return places
  }

  private static func row(_ place: JSONNode) -> [Listed] {
    (place["top_logprobs"]?.elements ?? []).map { entry in
      Listed(
        id: entry["id"]?.int.map(Int.init) ?? -1,
        bytes: entry["bytes"]?.elements?.compactMap { $0.int.flatMap(UInt8.init(exactly:)) } ?? [],
        logProbability: entry["logprob"]?.double ?? .nan)
    }
  }
}
