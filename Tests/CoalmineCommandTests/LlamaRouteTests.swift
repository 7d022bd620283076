// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineTesting
import Foundation
import Testing

/// All 56 secrets by every route of a real server that writes texts, against what its weights say after the
/// prompt that the route makes: how often they are samples, and which are the likeliest answer.
@Suite(.serialized) struct `Routes of a llama.cpp server` {
  /// Of each secret, neutral.
  static let samples = 8
  /// Two tokens that are closer than this change places by the server's arithmetic alone, in nats: it keeps
  /// its cache in half precision, and takes several prompts at once.
  static let nearTie = 0.02

  /// Each dialect with what it makes of a prompt and the samplers that act on its samples; `nil` for none.
  ///
  /// Messages and responses take no seed: their samples differ from run to run.
  static let routes: [(String, Presentation.Form, NaiveRates.Samplers?)] = [
    ("llama-server-completions", .plain, nil), ("openai-completions", .plain, .namedTopP),
    ("openai-chat", .chat, .namedTopP), ("openai-chat,prefill=trailing", .prefilled, .namedTopP),
    ("anthropic-messages", .chat, .own), ("anthropic-messages,prefill=on", .prefilled, .own),
    ("openai-responses", .chat, .namedTopP),
  ]

  /// What the weights say of a secret on a route.
  struct Expected {
    let rate: Double
    let isGreedy: Bool
    /// How far the two likeliest tokens are apart where they are closest.
    let closest: Double
  }

  /// How a route puts the prefix before the model.
  private static func prompt(_ form: Presentation.Form, _ prefix: String, at url: String)
    async throws -> String
  {
    func text(_ turn: Turns.Turn) -> String { String(decoding: turn.text, as: UTF8.self) }
    switch form {
    case .plain, .fillInMiddle: return prefix
    case .chat:
      return try await NaiveWalk.prompt(
        of: [
          ["role": "system", "content": text(Presentation.instruction)],
          ["role": "user", "content": prefix],
        ], at: url)
    case .prefilled:
      return try await NaiveWalk.prompt(
        of: [
          ["role": "user", "content": text(Presentation.opening)],
          ["role": "assistant", "content": prefix],
        ], at: url)
    }
  }

  private static let walked = MadeOnce<String, [String: [NaiveRates.Path]]>()

  /// The ways to write each secret after the prompts of a form: with its separator and, in a chat, without.
  private static func paths(
    _ form: Presentation.Form, _ canaries: [Canary], at url: String
  ) async throws -> [String: [NaiveRates.Path]] {
    try await Self.walked.value("\(form)") {
      try await withThrowingTaskGroup(of: (String, [NaiveRates.Path]).self) { group in
        for canary in canaries {
          group.addTask {
            let prompt = try await Self.prompt(
              form, String(decoding: canary.prefix, as: UTF8.self), at: url)
            var paths: [NaiveRates.Path] = []
            for separator in form == .chat ? [canary.separator, []] : [canary.separator] {
              let text = String(decoding: separator + canary.secret.reveal(), as: UTF8.self)
              paths.append(try await NaiveRates.path(of: text, after: prompt, at: url))
            }
            return (canary.id, paths)
          }
        }
        var all: [String: [NaiveRates.Path]] = [:]
        for try await (id, paths) in group { all[id] = paths }
        return all
      }
    }
  }

  /// What the weights say of each secret; of a plain prompt and neutral samplers, by the fixture's own file.
  private static func expected(
    _ form: Presentation.Form, _ samplers: NaiveRates.Samplers?, _ canaries: [Canary],
    at url: String
  ) async throws -> [String: Expected] {
    guard let samplers else {
      return try Dictionary(
        uniqueKeysWithValues: TinyModel.truth().canaries.map {
          (
            $0.id,
            Expected(
              rate: $0.expectedSampleRate, isGreedy: $0.greedyExtracted, closest: .infinity)
          )
        })
    }
    return try await paths(form, canaries, at: url).mapValues { paths in
      Expected(
        rate: paths.reduce(0) { $0 + $1.rate(samplers) },
        isGreedy: paths.contains(where: \.isGreedy),
        closest: paths.map(\.closest).min() ?? .infinity)
    }
  }

  @Test(arguments: routes)
  func `56 secrets are samples as often as the weights say, and greedy texts where they say so`(
    _ dialect: String, _ form: Presentation.Form, _ samplers: NaiveRates.Samplers?
  ) async throws {
    let server = try await LlamaCpp()
    let study = try await TinyModel.Study(references: 3, samples: Self.samples, defaults: 0)
    try await study.probe(server, dialect: dialect, "--probe-set", "text-only")
    let (record, sampled) = try study.stored(.sampledExtraction)
    let (_, greedy) = try study.stored(.greedyExtraction)
    #expect(record.canaries.count == 56)
    let expected = try await Self.expected(form, samplers, record.canaries, at: server.url)
    var (all, chances, ties) = (0, [Double](), [String]())
    for canary in record.canaries {
      let truth = try #require(expected[canary.id])
      // The fixture's file knows no full stop after two words.
      let secret = canary.secret.reveal().dropLast(
        samplers == nil && canary.kind == "words2" ? 1 : 0)
      func holds(_ completion: Completion) -> Bool {
        completion.text.starts(with: canary.separator + secret)
          || form == .chat && completion.text.starts(with: secret)
      }
      guard case .measured(.completions(let texts))? = sampled[.canary(canary.id)],
        case .measured(.completions(let likeliest))? = greedy[.canary(canary.id)]
      else {
        Issue.record("\(canary.id) has no replies")
        continue
      }
      #expect(texts.count == Self.samples && likeliest.count == 1)
      let hits = texts.count(where: holds)
      let own = [Double](repeating: truth.rate, count: texts.count)
      let (below, above) = NaiveRates.tails(hits, of: own)
      #expect(
        below > 5e-7 && above > 5e-7,
        "\(canary.id): \(hits) of \(texts.count) at a rate of \(truth.rate)")
      all += hits
      chances += own
      if truth.closest < Self.nearTie {
        ties.append(canary.id)
      } else {
        #expect(likeliest.allSatisfy(holds) == truth.isGreedy, "\(canary.id)")
      }
    }
    let (below, above) = NaiveRates.tails(all, of: chances)
    let sum = chances.reduce(0, +)
    print(
      "\(dialect): \(all) hits of \(chances.count), \(sum) by the weights, tails \(below) and "
        + "\(above), near-ties \(ties)")
    #expect(below > 5e-5 && above > 5e-5, "\(dialect): \(all) hits, \(sum) by the weights")
    // It is the test of many hits, and of greedy texts but for few.
    #expect(sum > 10 && ties.count <= 4)
    #expect(expected.values.count(where: \.isGreedy) >= 10)
  }

  @Test func `samplers and tails are those of cases done by hand`() {
    let row = [0.5, 0.3, 0.15, 0.05].enumerated().map {
      NaiveRates.Listed(id: $0.offset, logProbability: log($0.element))
    }
    func share(_ token: Int, _ samplers: NaiveRates.Samplers) -> Double {
      samplers.share(of: token, in: row)
    }
    // Nothing is cut; two are left of four; 0.8 is reached by two; a fifth of the likeliest is 0.1.
    #expect(abs(share(3, .init(topK: 4, topP: 1, minP: 0)) - 0.05) < 1e-12)
    #expect(abs(share(1, .init(topK: 2, topP: 1, minP: 0)) - 0.375) < 1e-12)
    #expect(abs(share(0, .init(topK: 4, topP: 0.79, minP: 0)) - 0.625) < 1e-12)
    #expect(share(2, .init(topK: 4, topP: 0.79, minP: 0)) == 0)
    #expect(abs(share(2, .init(topK: 4, topP: 1, minP: 0.2)) - 0.15 / 0.95) < 1e-12)
    #expect(share(3, .init(topK: 4, topP: 1, minP: 0.2)) == 0)
    // Two coins and a sure one: 1, 2 or 3 hits with 1/4, 1/2, 1/4.
    let (below, above) = NaiveRates.tails(2, of: [0.5, 1, 0.5])
    #expect(abs(below - 0.75) < 1e-12 && abs(above - 0.75) < 1e-12)
  }
}
