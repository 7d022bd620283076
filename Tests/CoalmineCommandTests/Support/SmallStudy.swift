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
  ///
  /// What is seeded with the same numbers is the same study: it is made once, and each test has a copy.
  init(
    canaries: Int = 40, references: Int = 15, seed: Int = 1, samples: Int = 16,
    defaultSamples: Int = 16, score: String = "secret-logprob", planning: [String] = []
  ) async throws {
    let name = [
      "\(canaries) \(references) \(seed) \(samples) \(defaultSamples)", score,
    ]
    let made = try await Self.made.value(name + planning) {
      var text = try await PlannedProtocol.text(
        ["--canaries", "\(canaries)", "--score", score] + planning)
      for (line, number) in [
        ("references: 255", references), ("default-samples: 16", defaultSamples),
        ("  samples: 16", samples), ("non-member-records: 100", 20), ("permutations: 9999", 999),
      ] {
        let key = line.prefix { $0 != ":" }
        text = text.replacingOccurrences(of: line, with: "\(key): \(number)")
      }
      return try await Self.seeded(text, seed)
    }
    folder = try TemporaryFolder()
    for (file, bytes) in made {
      try folder.write(bytes, to: file)
      // As `seed` writes them.
      if file != "corpus.jsonl", file != "protocol.yaml" { chmod(folder.file(file), 0o600) }
    }
  }

  /// The files of studies that were made, by what they were made with.
  private static let made = MadeOnce<[String], [String: [UInt8]]>()

  private static func seeded(_ text: String, _ seed: Int) async throws -> [String: [UInt8]] {
    let folder = try TemporaryFolder()
    let corpus = try folder.write(
      verses.suffix(300).joined(separator: "\n") + "\n", to: "corpus.jsonl")
    let seeding = try await CoalmineProgram.run(
      "seed", corpus, "--output", folder.file("seeded.jsonl"), "--study",
      folder.file("study.coalmine"), "--protocol",
      folder.write(text, to: "protocol.yaml"), "--seed", "\(seed)")
    guard seeding.code == 0 else { throw ProgramFailed(seeding) }
    return try folder.names.reduce(into: [:]) { $0[$1] = try folder.read($1) }
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
