// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineScoring
import CoalmineTesting
import Foundation
import Testing

/// A real model behind a real server, against what its weights say.
@Suite(.serialized) struct `A llama.cpp server` {
  @Test func `56 secrets are scored to a hundredth of a nat, and records as their weights say`()
    async throws
  {
    let truth = try TinyModel.truth()
    let server = try await LlamaCpp()
    let study = try await TinyModel.Study(references: 7, records: 60, samples: 1)
    try await study.probe(server, "--rank-budget", "0")
    let result = try await study.result()
    let canaries = reported(result)
    #expect(canaries.count == 56)
    var worst = 0.0
    for (id, nats) in try study.secrets() {
      let expected = try #require(truth.canary(id))
      worst = max(worst, abs(nats - expected.secretLogprob))
      #expect(abs(nats - expected.secretLogprob) <= 0.01, "\(id)")
      let extraction = canaries[id]?["extraction"] as? [String: Any]
      let greedy = extraction?["greedy"] as? [String: Any]
      #expect(greedy?["extracted"] as? Bool == expected.greedyExtracted, "\(id)")
    }
    #expect(try study.secrets().count == 56)
    print("llama.cpp: the largest error of 56 secret log-probabilities is \(worst) nats")
    try expectMembership(result, truth, of: 60)
    let checks = try #require(result["endpoint_checks"] as? [[String: Any]])
    #expect(
      checks.first?["verified"] as? [String] == [
        "tokenizes", "lists-next-tokens", "scores-wanted-tokens", "forces-text", "continues",
      ])
    #expect(checks.first?["context_tokens"] as? Int == 512)
  }

  /// The search for a rank of 9,000 asks for as many prefixes: in depth alone.
  @Test func `ranks of at least six bits are exact, and those of memorised secrets are cheap`()
    async throws
  {
    let truth = try TinyModel.truth()
    let server = try await LlamaCpp()
    // With two that nothing sets apart: their rank among references says enough.
    let plain = ["code6-r00-0", "code6-r02-1"]
    let ranked = truth.canaries.filter {
      ($0.exact?.exposureBits ?? 0) >= 6 && (isDeep || ($0.exact?.rank ?? 0) < 2_500)
    }.map(\.id)
    let chosen = ranked + plain
    let study = try await TinyModel.Study(
      canaries: { chosen.contains($0) }, references: 127)
    try await study.probe(
      server, "--probe-set", "exposure", "--rank-budget", "12000", "--concurrency", "2")
    let canaries = reported(try await study.result())
    let expanded = try study.expanded()
    var exact = 0
    for expected in truth.canaries {
      guard let truly = expected.exact, ranked.contains(expected.id) else { continue }
      exact += 1
      let exposure = try #require(canaries[expected.id]?["exposure"] as? [String: Any])
      #expect(exposure["method"] as? String == "exact-rank", "\(expected.id)")
      let rank = try #require(exposure["rank"] as? Int)
      // The server's arithmetic moves near-ties: those within 0.02 nats, twenty times as many as
      // within 0.001.
      #expect(
        abs(rank - truly.rank) <= 20 * truly.nearTies1E3, "\(expected.id): \(rank) \(truly.rank)")
      let prefixes = try #require(expanded[expected.id])
      if truly.exposureBits >= 19 { #expect(prefixes <= 200, "\(expected.id)") }
      print("\(expected.id): rank \(rank), by the weights \(truly.rank), \(prefixes) prefixes")
    }
    #expect(exact == (isDeep ? 16 : 12))
    for id in plain {
      let exposure = try #require(canaries[id]?["exposure"] as? [String: Any])
      #expect(exposure["method"] as? String == "sampled-references", "\(id)")
      #expect(expanded[id] == nil, "\(id)")
    }
  }

  @Test func `samples give a secret as often as the weights say`() async throws {
    let ids = [
      "code6-r08-0", "code6-r16-1", "code6-r32-0", "code6-r32-1", "code6-r64-0", "code6-r64-1",
      "code6-r64-2", "code6-r16-2", "code6-r01-0", "code6-r32-2",
    ]
    let truth = try TinyModel.truth()
    let server = try await LlamaCpp()
    let study = try await TinyModel.Study(
      canaries: { ids.contains($0) }, references: 7, samples: 100)
    try await study.probe(server, "--probe-set", "text-only")
    let canaries = reported(try await study.result())
    #expect(canaries.count == 10)
    var defaults = 0
    for id in ids {
      let rate = try #require(truth.canary(id)).expectedSampleRate
      let extraction = try #require(canaries[id]?["extraction"] as? [String: Any])
      let sampled = try #require(extraction["sampled"] as? [String: Any])
      #expect(sampled["samples"] as? Int == 100)
      let hits = try #require(sampled["hits"] as? Int)
      #expect(Self.interval(rate, of: 100).contains(hits), "\(id): \(hits) at a rate of \(rate)")
      let own = try #require(extraction["defaults"] as? [String: Any])
      #expect(own["samples"] as? Int == 100)
      let ownHits = try #require(own["hits"] as? Int)
      defaults += ownHits
      print("\(id): \(hits) of 100 neutral, \(ownHits) with the server's own, rate \(rate)")
    }
    // The server's own samplers favour what is likely; the two are never mixed.
    let neutral = ids.reduce(0.0) { $0 + 100 * (truth.canary($1)?.expectedSampleRate ?? 0) }
    #expect(Double(defaults) > 1.3 * neutral)
  }

  /// The smallest interval that holds a binomial count but for 0.05 % on either side.
  static func interval(_ rate: Double, of samples: Int) -> ClosedRange<Int> {
    var terms: [Double] = []
    for hits in 0...samples {
      var term = 1.0
      for step in 0..<samples {
        // Factor by factor, so that nothing overflows: C(n, k) p^k (1 − p)^(n − k).
        term *= step < hits ? rate * Double(samples - step) / Double(hits - step) : 1 - rate
      }
      terms.append(term)
    }
    var low = 0
    var below = terms[0]
    while below <= 0.000_5 {
      low += 1
      below += terms[low]
    }
    var high = samples
    var above = terms[samples]
    while above <= 0.000_5 {
      high -= 1
      above += terms[high]
    }
    return low...high
  }

  @Test func `the route of chat-shaped log-probabilities gives the same numbers`() async throws {
    let server = try await LlamaCpp()
    let native = try await TinyModel.Study(
      canaries: { $0.hasSuffix("-r16-0") || $0.hasSuffix("-r01-0") }, references: 7,
      records: 2, samples: 1)
    let copy = native.folder.file("copy.coalmine")
    try FileManager.default.copyItem(atPath: native.path, toPath: copy)
    try await native.probe(server, "--rank-budget", "0")
    let probe = try await CoalmineProgram.run(
      "probe", "--study", copy, "--endpoint", server.url, "--dialect", "llama-server-completions",
      "--model", "tiny-f32.gguf", "--rank-budget", "0")
    #expect(probe.code == 0, "\(probe.notes)")
    let first = try native.secrets()
    try FileManager.default.removeItem(atPath: native.path)
    try FileManager.default.moveItem(atPath: copy, toPath: native.path)
    let second = try native.secrets()
    #expect(first.count == 10)
    for (id, nats) in first { #expect(abs(nats - (second[id] ?? 0)) <= 1e-3, "\(id)") }
  }

  @Test func `scores of secrets and references are those of a naive walk, and none is a bound`()
    async throws
  {
    let server = try await LlamaCpp()
    let study = try await TinyModel.Study(
      canaries: { $0.hasSuffix("-r32-0") || $0.hasSuffix("-r01-0") }, references: 2)
    try await study.probe(server, "--probe-set", "exposure", "--rank-budget", "0")
    let (record, answers) = try study.stored(.sequenceLikelihood)
    let spaces = try CanarySpaces.spaces(of: record.canaries, files: record.files)
    for canary in record.canaries {
      let start = canary.prefix.count
      let space = try #require(spaces[canary.id])
      var texts = [(Subject.canary(canary.id), canary.secret.reveal())]
      for (number, index) in (record.references[canary.id] ?? []).enumerated() {
        texts.append((.reference(canary: canary.id, number: number), space.candidate(at: index)))
      }
      #expect(texts.count == 3)
      for (subject, secret) in texts {
        let score = try #require(
          SecretScore.read(
            answers[subject] ?? .failed(Reason("missing", "no answer")),
            prompt: canary.prefix.count, separator: canary.separator.count, secret: secret.count
          ).value, "\(subject.slug)")
        let naive = try await NaiveWalk.logProbability(
          of: String(decoding: canary.prefix + canary.separator + secret, as: UTF8.self),
          from: start, at: server.url)
        // The server keeps its cache in half precision: what was asked before moves a sum of
        // sixteen improbable tokens by some thousandths.
        #expect(!score.isUpperBound)
        #expect(abs(naive - score.nats) <= 0.01, "\(subject.slug): \(naive) \(score.nats)")
      }
    }
  }

  @Test func `a larger budget goes on where a smaller one stopped`() async throws {
    let server = try await LlamaCpp()
    let study = try await TinyModel.Study(
      canaries: { $0.hasPrefix("code6-r01") || $0.hasPrefix("code6-r64") }, references: 7)
    func probe(_ budget: Int) async throws -> Int {
      let outcome = try await CoalmineProgram.run(
        "probe", "--study", study.path, "--endpoint", server.url, "--dialect", "llama-server",
        "--model", "tiny-f32.gguf", "--probe-set", "exposure", "--rank-budget", "\(budget)",
        "--json")
      #expect(outcome.code == 0, "\(outcome.notes)")
      return outcome.json["requests_sent"] as? Int ?? -1
    }
    let first = try await probe(64)
    let small = try study.expanded()
    #expect((33...64).contains(small["code6-r01-0"] ?? 0))
    let more = try await probe(320)
    let large = try study.expanded()
    #expect((289...320).contains(large["code6-r01-0"] ?? 0))
    // Only what is new was asked: eight packs for each search that was not at its end.
    let open = large.filter { $0.value > (small[$0.key] ?? 0) }.count
    // A run that goes on looks first, and when it ends, whether the model is the same; a finished one
    // only looks.
    let look = try await probe(320)
    #expect((1...10).contains(look))
    #expect(
      open > 0 && more - 2 * look == 8 * open && first > more, "\(open) \(more) \(look) \(first)")
    #expect(small["code6-r64-0"] == large["code6-r64-0"])
  }

  @Test func `a dry run says between which bounds the requests of a real run lie`() async throws {
    let server = try await LlamaCpp()
    for (set, budget) in [("exposure", 64), ("full", 0)] {
      let study = try await TinyModel.Study(
        canaries: { $0.hasSuffix("-r01-0") || $0.hasSuffix("-r32-0") }, references: 7, records: 2,
        samples: 2)
      func probe(_ more: String...) async throws -> [String: Any] {
        let outcome = try await CoalmineProgram.started(
          [
            "probe", "--study", study.path, "--endpoint", server.url, "--dialect", "llama-server",
            "--model", "tiny-f32.gguf", "--probe-set", set, "--rank-budget", "\(budget)", "--json",
          ] + more
        ).outcome()
        #expect(outcome.code == 0, "\(outcome.notes)")
        return outcome.json
      }
      let dry = try await probe("--dry-run")
      let least = try #require(dry["requests_at_least"] as? Int)
      let most = try #require(dry["requests_at_most"] as? Int)
      let sent = try #require(try await probe()["requests_sent"] as? Int)
      // The check before it has up to forty requests of its own, and the look at its end up to ten.
      #expect(least <= sent - 3 && sent - 50 <= most, "\(set): \(least) \(sent) \(most)")
      #expect(least > 10)
      print("\(set): \(sent) requests were sent, the dry run said \(least) to \(most)")
    }
  }

  @Test func `a record longer than the context window fails alone`() async throws {
    let server = try await LlamaCpp()
    let study = try await TinyModel.Study(
      canaries: { $0.hasPrefix("code6-r01") }, references: 3, records: 3, samples: 1)
    try await importAgain(study) {
      ["long": String(repeating: "and the \($0) were in the beginning and ", count: 100)]
    }
    try await study.probe(server, "--rank-budget", "0")
    let (_, answers) = try study.stored(.recordLikelihood)
    #expect(answers.count == 8)
    for name in ["members", "nonmembers"] {
      guard case .failed(let reason)? = answers[.record("long-\(name)")] else {
        Issue.record("the long record was scored: \(answers.keys.map(\.slug))")
        continue
      }
      #expect(["text-too-long", "too-many-tokens"].contains(reason.slug), "\(reason)")
    }
    let loss = try #require(
      (try await study.result()["membership"] as? [[String: Any]])?.first)
    #expect(loss["members"] as? Int == 3 && loss["nonmembers"] as? Int == 3)
  }

  @Test func `texts with characters of several tokens are scored as a naive walk scores them`()
    async throws
  {
    let server = try await LlamaCpp()
    let study = try await TinyModel.Study(
      canaries: { $0.hasPrefix("code6-r01") }, references: 3, records: 3, samples: 1)
    let texts = [
      "accent": "The café of Señora Núñez was closed.", "ideographs": "The word 中文 stood here.",
      "sign": "And he wept 😢 there.", "end": "They drank at the café",
    ]
    try await importAgain(study) { name in texts.mapValues { "\(name): \($0)" } }
    try await study.probe(server, "--rank-budget", "0")
    let (_, answers) = try study.stored(.recordLikelihood)
    #expect(answers.count == 6 + 8)
    for name in ["members", "nonmembers"] {
      for (id, text) in texts {
        guard case .measured(.likelihood(let tokens))? = answers[.record("\(id)-\(name)")] else {
          Issue.record("\(id)-\(name): \(String(describing: answers[.record("\(id)-\(name)")]))")
          continue
        }
        let sum = tokens.compactMap(\.logProbability).reduce(0, +)
        let naive = try await NaiveWalk.logProbability(
          of: "\(name): \(text)", from: 0, at: server.url)
        #expect(abs(naive - sum) <= 0.02, "\(id)-\(name): \(naive) \(sum)")
      }
    }
  }

  /// Makes a study anew with further records of its own, by their names, for each group of records.
  private func importAgain(_ study: TinyModel.Study, adding: (String) -> [String: String])
    async throws
  {
    for group in ["members", "nonmembers"] {
      let lines = try String(contentsOf: study.folder.url("\(group).jsonl"), encoding: .utf8)
      let more = adding(group).sorted { $0.key < $1.key }.map { name, text in
        #"{"id": "\#(name)-\#(group)", "text": "\#(text)"}"# + "\n"
      }
      try study.folder.write(lines + more.joined(), to: "\(group).jsonl")
    }
    try FileManager.default.removeItem(atPath: study.path)
    let outcome = try await CoalmineProgram.run(
      "import", "--canaries", study.folder.file("canaries.jsonl"), "--study", study.path,
      "--kinds", LlamaCpp.fixtures.appendingPathComponent("kinds").path, "--protocol",
      study.folder.file("protocol.yaml"), "--members", study.folder.file("members.jsonl"),
      "--nonmembers", study.folder.file("nonmembers.jsonl"))
    #expect(outcome.code == 0, "\(outcome.notes)")
  }

  /// LOSS, zlib and Min-K%, by the token log-probabilities of the weights.
  private func expectMembership(
    _ result: [String: Any], _ truth: TinyModel.Truth, of count: Int
  ) throws {
    let rows = try #require(result["membership"] as? [[String: Any]])
    for (slug, value) in [
      ("loss", \TinyModel.Truth.Record.loss), ("zlib", \.zlib), ("min-k", \.minK20),
    ] {
      let expected = truth.auc({ $0[keyPath: value] }, first: count)
      let row = try #require(rows.first { $0["score"] as? String == slug })
      #expect(row["members"] as? Int == count && row["nonmembers"] as? Int == count)
      let auc = try #require(row["auc"] as? Double)
      #expect(abs(auc - expected) <= 0.005, "\(slug): \(auc) against \(expected)")
    }
  }
}

/// What takes minutes: `COALMINE_DEEP=1`.
@Suite(
  .serialized,
  .enabled(if: isDeep, "COALMINE_DEEP is not 1"))
struct `A llama.cpp server, in depth` {
  @Test func `all 400 records, and the base model as reference, have the weights' AUC`()
    async throws
  {
    let truth = try TinyModel.truth()
    let study = try await TinyModel.Study(references: 3, records: 200)
    do {
      let server = try await LlamaCpp(model: "tiny-base-f32.gguf")
      let base = try await CoalmineProgram.run(
        "probe", "--study", study.path, "--endpoint", server.url, "--dialect", "llama-server",
        "--model", "tiny-base-f32.gguf", "--as", "base")
      #expect(base.code == 0, "\(base.notes)")
    }
    let server = try await LlamaCpp()
    try await study.probe(server, "--rank-budget", "0")
    let rows = try #require(try await study.result()["membership"] as? [[String: Any]])
    for (slug, value) in [
      ("loss", \TinyModel.Truth.Record.loss), ("zlib", \.zlib), ("min-k", \.minK20),
      ("reference", \.reference),
    ] {
      let expected = truth.auc({ $0[keyPath: value] }, first: 200)
      let row = try #require(rows.first { $0["score"] as? String == slug })
      #expect(row["members"] as? Int == 200 && row["nonmembers"] as? Int == 200)
      let auc = try #require(row["auc"] as? Double)
      #expect(abs(auc - expected) <= 0.005, "\(slug): \(auc) against \(expected)")
      print("400 records, \(slug): AUC \(auc), by the weights \(expected)")
    }
  }

  @Test func `every rank of at least two bits is known to two bits within 5,000 prefixes`()
    async throws
  {
    let truth = try TinyModel.truth()
    let server = try await LlamaCpp()
    let study = try await TinyModel.Study(
      canaries: { $0.hasPrefix("code6") }, references: 511)
    try await study.probe(server, "--probe-set", "exposure", "--rank-budget", "5000")
    let canaries = reported(try await study.result())
    let expanded = try study.expanded()
    for expected in truth.canaries {
      guard let truly = expected.exact, truly.exposureBits >= 2 else { continue }
      let exposure = try #require(canaries[expected.id]?["exposure"] as? [String: Any])
      let interval = try #require(exposure["interval_bits"] as? [Double])
      #expect(interval[1] - interval[0] <= 2, "\(expected.id): \(interval)")
      let method = exposure["method"] as? String ?? ""
      #expect((expanded[expected.id] ?? 0) <= 5_000)
      // Near-ties move a rank by less than a hundredth of a bit here.
      if method == "exact-rank" {
        #expect(
          interval[0] - 0.01 <= truly.exposureBits && truly.exposureBits <= interval[1] + 0.01,
          "\(expected.id): \(interval) \(truly.exposureBits)")
      }
      print(
        "\(expected.id): \(interval) by \(method), \(expanded[expected.id] ?? 0) prefixes, truth "
          + "\(truly.exposureBits)")
    }
  }
}
