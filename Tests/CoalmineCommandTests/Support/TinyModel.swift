// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineScoring
import CoalmineTesting
import Foundation

/// The tiny model of the fixtures: what its weights say, and studies of its canaries.
enum TinyModel {
  /// What the float32 weights say.
  struct Truth: Decodable {
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
      /// The chance that a sample at temperature 1 begins with the secret.
      let expectedSampleRate: Double
      let exact: Exact?
    }
    struct Record: Decodable {
      let id: String
      let loss: Double
      let zlib: Double
      let minK20: Double
      let reference: Double
    }
    let canaries: [Canary]
    let records: [Record]

    func canary(_ id: String) -> Canary? { canaries.first { $0.id == id } }

    /// The AUC of a score over the first records of either side, by a naive count of pairs.
    func auc(_ value: (Record) -> Double, first count: Int) -> Double {
      func side(_ mark: String) -> [Double] {
        records.filter { $0.id.hasPrefix(mark) }.sorted { $0.id < $1.id }.prefix(count).map(value)
      }
      var wins = 0.0
      let others = side("n")
      for member in side("m") {
        for other in others { wins += member > other ? 1 : member == other ? 0.5 : 0 }
      }
      return wins / Double(count * count)
    }
  }

  static func truth() throws -> Truth {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      Truth.self, from: Data(contentsOf: LlamaCpp.fixtures.appendingPathComponent("truth.json")))
  }

  /// An imported study.
  struct Study {
    let folder: TemporaryFolder
    var path: String { folder.file("study.coalmine") }

    /// - Parameters:
    ///   - canaries: which of the 56.
    ///   - records: how many of either side; none with 0.
    ///   - samples: asked of each canary, neutral.
    ///   - defaults: asked of each canary with the endpoint's own settings; `nil` for as many.
    init(
      canaries: (String) -> Bool = { _ in true }, references: Int, records: Int = 0,
      samples: Int = 16, defaults: Int? = nil
    ) async throws {
      folder = try TemporaryFolder()
      let fixtures = LlamaCpp.fixtures
      func lines(_ name: String) throws -> [Substring] {
        try String(contentsOf: fixtures.appendingPathComponent(name), encoding: .utf8)
          .split(separator: "\n")
      }
      func field(_ name: String, of line: Substring) throws -> String {
        try jsonObject(line.utf8)[name] as? String ?? ""
      }
      let chosen = try lines("canaries.jsonl").filter { canaries(try field("id", of: $0)) }
      let kinds = try Set(chosen.map { try field("kind", of: $0) }).sorted()
      try folder.write(chosen.joined(separator: "\n") + "\n", to: "canaries.jsonl")
      let text = try await PlannedProtocol.text(["--score", "secret-logprob"])
        .replacingOccurrences(of: "references: 255", with: "references: \(references)")
        .replacingOccurrences(
          of: "default-samples: 16", with: "default-samples: \(defaults ?? samples)"
        )
        .replacingOccurrences(of: "  samples: 16", with: "  samples: \(samples)")
        .replacingOccurrences(
          of: "  - access-code\n  - account-number\n  - hex-token\n  - pass-phrase\n",
          with: kinds.map { "  - \($0)\n" }.joined())
      try folder.write(text, to: "protocol.yaml")
      var arguments = [
        "import", "--canaries", folder.file("canaries.jsonl"), "--study", path, "--kinds",
        fixtures.appendingPathComponent("kinds").path, "--protocol", folder.file("protocol.yaml"),
        "--uniform-secrets", "--random-assignment",
      ]
      if records > 0 {
        for name in ["members", "nonmembers"] {
          try folder.write(
            lines("\(name).jsonl").prefix(records).joined(separator: "\n") + "\n",
            to: "\(name).jsonl")
          arguments += ["--\(name)", folder.file("\(name).jsonl")]
        }
      }
      let outcome = try await CoalmineProgram.started(arguments).outcome()
      guard outcome.code == 0 else { throw ProgramFailed(outcome) }
    }

    /// Probes to the end.
    func probe(_ server: LlamaCpp, dialect: String = "llama-server", _ more: String...)
      async throws
    {
      try await probe(server, dialect: dialect, more: more)
    }

    /// The same with a list of options.
    func probe(_ server: LlamaCpp, dialect: String, more: [String]) async throws {
      let outcome = try await CoalmineProgram.started(
        [
          "probe", "--study", path, "--endpoint", server.url, "--dialect", dialect, "--model",
          "tiny-f32.gguf",
        ] + more
      ).outcome()
      guard outcome.code == 0 else { throw ProgramFailed(outcome) }
    }

    /// The `result` of a JSON report.
    func result() async throws -> [String: Any] {
      let report = try await CoalmineProgram.run(
        "report", "--study", path, "--format", "json", "--output", folder.file("report.json"))
      guard [0, 1, 4].contains(report.code) else { throw ProgramFailed(report) }
      return try jsonObject(folder.read("report.json"))["result"] as? [String: Any] ?? [:]
    }

    /// The log-probability of each secret by the stored answers, in nats.
    ///
    /// The weights' truth knows no full stop: two words are a candidate only with the full stop
    /// that ends them, since some words begin others, and it is left out here.
    func secrets(run: Int = 1) throws -> [String: Double] {
      let (record, answers) = try stored(.sequenceLikelihood, run: run)
      var scored: [String: Double] = [:]
      for canary in record.canaries {
        let length = canary.secret.reveal().count - (canary.kind == "words2" ? 1 : 0)
        // The weights' truth begins at the secret's first byte; a report's score, at the white space.
        let start = canary.prefix.count + canary.separator.count
        guard case .measured(.likelihood(let tokens))? = answers[.canary(canary.id)] else {
          continue
        }
        scored[canary.id] = tokens.filter {
          $0.range.upperBound > start && $0.range.lowerBound < start + length
        }.reduce(0) { $0 + ($1.logProbability ?? .nan) }
      }
      return scored
    }

    /// The stored observations of one probe.
    func stored(_ probe: Probe, run: Int = 1) throws -> (
      StudyRecord, [Subject: Outcome<Observation>]
    ) {
      let ledger = try Ledger.open(at: path)
      let record = try ledger.study()
      let answers = try ledger.observations(run: run)[probe, default: [:]]
      try ledger.close()
      return (record, answers)
    }

    /// How many prefixes the search for a canary's rank asked; `nil` where there was none.
    func expanded() throws -> [String: Int] {
      let (record, answers) = try stored(.rankSearch)
      var counts: [String: Int] = [:]
      for canary in record.canaries {
        if case .measured(.rankTrail(let trail))? = answers[.canary(canary.id)] {
          counts[canary.id] = trail.steps.count
        }
      }
      return counts
    }
  }
}

/// The canaries of a report's `result`, by their ids.
func reported(_ result: [String: Any]) -> [String: [String: Any]] {
  let canaries = result["canaries"] as? [[String: Any]] ?? []
  return Dictionary(uniqueKeysWithValues: canaries.map { ($0["id"] as? String ?? "", $0) })
}
