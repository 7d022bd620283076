// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineScoring
import Foundation
import Testing

/// A real model behind a real server, against what its weights say.
@Suite(.serialized) struct `A llama.cpp server` {
  private struct Truth: Decodable {
    struct Canary: Decodable {
      struct Exact: Decodable {
        let rank: Int
        let exposureBits: Double
        let nearTies1E3: Int
      }
      let id: String
      let kind: String
      let secretLogprob: Double
      let greedyExtracted: Bool
      let exact: Exact?
    }
    let canaries: [Canary]

    static func read() throws -> [String: Canary] {
      let data = try Data(contentsOf: LlamaCpp.fixtures.appendingPathComponent("truth.json"))
      let truth = try LlamaCpp.truthDecoder.decode(Truth.self, from: data)
      return Dictionary(uniqueKeysWithValues: truth.canaries.map { ($0.id, $0) })
    }
  }

  /// Imports the fixtures, with so many references a canary and the first records.
  private func imported(references: Int, records: Int) async throws -> (TestFolder, String) {
    let folder = try TestFolder()
    for name in ["members", "nonmembers"] {
      let lines = try String(
        contentsOf: LlamaCpp.fixtures.appendingPathComponent("\(name).jsonl"), encoding: .utf8
      ).split(separator: "\n").prefix(records)
      try folder.write(lines.joined(separator: "\n") + "\n", to: "\(name).jsonl")
    }
    let plan = try await CoalmineProgram.run("plan", "--output", folder.path("protocol.yaml"))
    guard plan.code == 0 else { throw ProgramFailed(plan) }
    let text = try String(contentsOf: folder.url("protocol.yaml"), encoding: .utf8)
      .replacingOccurrences(of: "references: 255", with: "references: \(references)")
      .replacingOccurrences(
        of: "  - access-code\n  - account-number\n  - hex-token\n  - pass-phrase\n",
        with: "  - code6\n  - digits9\n  - hex16\n  - email\n  - words2\n")
    try folder.write(text, to: "protocol.yaml")
    let study = folder.path("study.coalmine")
    let fixtures = LlamaCpp.fixtures
    let outcome = try await CoalmineProgram.run(
      "import", "--canaries", fixtures.appendingPathComponent("canaries.jsonl").path, "--members",
      folder.path("members.jsonl"), "--nonmembers", folder.path("nonmembers.jsonl"), "--study",
      study, "--kinds", fixtures.appendingPathComponent("kinds").path, "--protocol",
      folder.path("protocol.yaml"))
    guard outcome.code == 0 else { throw ProgramFailed(outcome) }
    return (folder, study)
  }

  @Test func `56 secrets are scored to a hundredth of a nat, and ranks are exact`() async throws {
    let truth = try Truth.read()
    let server = try await LlamaCpp()
    let (folder, study) = try await imported(references: 7, records: 60)
    let probe = try await CoalmineProgram.run(
      "probe", "--study", study, "--endpoint", server.url, "--dialect", "llama-server", "--model",
      "tiny", "--rank-budget", "400")
    #expect(probe.code == 0, "\(probe.notes)")
    let report = try await CoalmineProgram.run(
      "report", "--study", study, "--format", "json", "--output", folder.path("report.json"))
    #expect([1, 4].contains(report.code), "\(report.notes)")
    let result = try #require(
      (try JSONSerialization.jsonObject(with: folder.bytes("report.json")) as? [String: Any])?[
        "result"] as? [String: Any])
    let canaries = try #require(result["canaries"] as? [[String: Any]])
    #expect(canaries.count == 56)
    let scored = try secrets(in: study)
    var worst = 0.0
    for canary in canaries {
      let expected = try #require(truth[canary["id"] as? String ?? ""])
      let nats = try #require(scored[expected.id], "\(expected.id)")
      worst = max(worst, abs(nats - expected.secretLogprob))
      #expect(abs(nats - expected.secretLogprob) <= 0.01, "\(expected.id)")
      let greedy = (canary["extraction"] as? [String: Any])?["greedy"] as? [String: Any]
      #expect(greedy?["extracted"] as? Bool == expected.greedyExtracted, "\(expected.id)")
      if let exact = expected.exact, exact.exposureBits >= 17 {
        let exposure = try #require(canary["exposure"] as? [String: Any])
        #expect(exposure["method"] as? String == "exact-rank", "\(expected.id)")
        let rank = try #require(exposure["rank"] as? Int)
        // The server's arithmetic moves near-ties: those within 0.02 nats, twenty times as many
        // as within 0.001.
        #expect(abs(rank - exact.rank) <= 20 * exact.nearTies1E3 + 1, "\(expected.id)")
      }
    }
    print("llama.cpp: the largest error of 56 secret log-probabilities is \(worst) nats")
    try membership(result)
  }

  /// The log-probability of each secret by the stored answers, in nats.
  ///
  /// The weights' truth knows no full stop: two words are a filling only with the full stop that
  /// ends them, since some words begin others, and it is left out here.
  private func secrets(in study: String) throws -> [String: Double] {
    let ledger = try Ledger.open(at: study)
    let record = try ledger.study()
    let answers = try ledger.observations(run: 1)[.sequenceLikelihood, default: [:]]
    try ledger.close()
    var scored: [String: Double] = [:]
    for canary in record.canaries {
      let length = canary.secret.reveal().count - (canary.kind == "words2" ? 1 : 0)
      let score = SecretScore.read(
        answers[.canary(canary.id)] ?? .failed(Reason("missing", "no answer")),
        prompt: canary.prefix.count, separator: canary.separator.count, secret: length)
      scored[canary.id] = score.value?.nats
    }
    return scored
  }

  /// LOSS, zlib and Min-K% over the 60 + 60 records, by the token log-probabilities of the weights.
  private func membership(_ result: [String: Any]) throws {
    struct Records: Decodable {
      struct Record: Decodable {
        let id: String
        let loss: Double
        let zlib: Double
        let minK20: Double
      }
      let records: [Record]
    }
    let truth = try LlamaCpp.truthDecoder.decode(
      Records.self,
      from: Data(contentsOf: LlamaCpp.fixtures.appendingPathComponent("truth.json"))
    ).records
    func first(_ mark: String) -> [Records.Record] {
      truth.filter { $0.id.hasPrefix(mark) }.sorted { $0.id < $1.id }.prefix(60).map { $0 }
    }
    let rows = try #require(result["membership"] as? [[String: Any]])
    for (slug, value) in [
      ("loss", \Records.Record.loss), ("zlib", \.zlib), ("min-k", \.minK20),
    ] {
      // A naive count of pairs.
      var wins = 0.0
      for member in first("m") {
        for other in first("n") {
          let (x, y) = (member[keyPath: value], other[keyPath: value])
          wins += x > y ? 1 : x == y ? 0.5 : 0
        }
      }
      let row = try #require(rows.first { $0["score"] as? String == slug })
      #expect(row["members"] as? Int == 60)
      #expect(row["nonmembers"] as? Int == 60)
      let auc = try #require(row["auc"] as? Double)
      #expect(abs(auc - wins / 3_600) <= 0.005, "\(slug): \(auc) against \(wins / 3_600)")
    }
  }
}
