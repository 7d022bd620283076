// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation

/// A seeded corpus small enough for a test, on verses that the project ships.
struct SmallStudy {
  let folder: TemporaryFolder

  var corpus: String { folder.file("corpus.jsonl") }
  var seeded: String { folder.file("seeded.jsonl") }
  var study: String { folder.file("study.coalmine") }

  /// A protocol for corpora that are too small for a study that can pass.
  static let handWritten = Repository.url("Tests/Fixtures/protocols/by-hand.yaml").path

  static var verses: [String] {
    get throws {
      try Repository.text("Sources/CoalmineCommand/Corpus/verses.jsonl")
        .split(separator: "\n").map(String.init)
    }
  }

  /// Seeds 300 verses with `canaries` canaries and `references` references each.
  init(
    canaries: Int = 40, references: Int = 15, seed: Int = 1, samples: Int = 16,
    defaultSamples: Int = 16, score: String = "secret-logprob", planning: [String] = []
  ) async throws {
    folder = try TemporaryFolder()
    try folder.write(
      Self.verses.suffix(300).joined(separator: "\n") + "\n", to: "corpus.jsonl")
    let plan = try await CoalmineProgram.started(
      [
        "plan", "--canaries", "\(canaries)", "--score", score, "--output",
        folder.file("protocol.yaml"),
      ] + planning
    ).outcome()
    guard plan.code == 0 else { throw ProgramFailed(plan) }
    let text = try String(contentsOf: folder.url("protocol.yaml"), encoding: .utf8)
      .replacingOccurrences(of: "references: 255", with: "references: \(references)")
      .replacingOccurrences(of: "non-member-records: 100", with: "non-member-records: 20")
      .replacingOccurrences(of: "permutations: 9999", with: "permutations: 999")
      .replacingOccurrences(of: "default-samples: 16", with: "default-samples: \(defaultSamples)")
      .replacingOccurrences(of: "  samples: 16", with: "  samples: \(samples)")
    try folder.write(text, to: "protocol.yaml")
    let seeding = try await CoalmineProgram.run(
      "seed", corpus, "--output", seeded, "--study", study, "--protocol",
      folder.file("protocol.yaml"), "--seed", "\(seed)")
    guard seeding.code == 0 else { throw ProgramFailed(seeding) }
  }

  /// Runs `coalmine probe` against an endpoint.
  func probe(
    _ endpoint: CountingEndpoint, study: String? = nil, _ more: [String] = [],
    environment: [String: String] = [:]
  ) async throws -> CoalmineProgram.Outcome {
    try await CoalmineProgram.started(
      probeArguments(endpoint, study: study) + more, environment: environment
    ).outcome()
  }

  func probeArguments(_ endpoint: CountingEndpoint, study: String? = nil) -> [String] {
    [
      "probe", "--study", study ?? self.study, "--endpoint", endpoint.url, "--dialect",
      "openai-completions", "--model", endpoint.model,
    ]
  }
}

/// A step that a test stands on did not succeed.
struct ProgramFailed: Error, CustomStringConvertible {
  let description: String
  init(_ outcome: CoalmineProgram.Outcome) {
    description = "exit \(outcome.code): \(outcome.notes)\(outcome.text)"
  }
}
