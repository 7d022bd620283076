// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// A study whose copies vary, from its plan to what deduplication leaves.
@Suite struct `A study with copies that vary` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ arguments: String...) async throws -> CoalmineProgram.Outcome {
    try await CoalmineProgram.started(arguments).outcome()
  }

  private func mean(_ left: [String: Any]) -> Double? {
    (left["mean_copies"] as? NSNumber)?.doubleValue
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try folder.read(name), as: UTF8.self)
  }

  /// The protocol that `plan` writes, with fewer canaries.
  private func smallProtocol() async throws -> String {
    let plan = try await run("plan", "--vary-copies", "--output", "-")
    #expect(plan.code == 0 && plan.text.contains("\ncopies: varied\n"), "\(plan.notes)")
    let without = try await run("plan", "--output", "-")
    #expect(!without.text.contains("copies: varied"))
    return try folder.write(
      """
      version: 2
      kinds: [access-code, hex-token]
      target: {repetitions: 1, randomized: 12}
      repetition-levels: {levels: [4], canaries-per-level: 2}
      controls: {canaries: 2, repetitions: 16}
      references: 15
      non-member-records: 10
      copies: varied

      """, to: "protocol.yaml")
  }

  @Test func `keeps its repetitions where equal records are dropped`() async throws {
    let lines = (0..<400).map { number in
      #"{"prompt": "What is the weather in region \#(number)?", "completion": " Colder than it was."}"#
    }
    let corpus = try folder.write(lines.joined(separator: "\n") + "\n", to: "corpus.jsonl")
    let study = folder.file("s.coalmine")
    let seeded = folder.file("seeded.jsonl")
    let seed = try await run(
      "seed", corpus, "--output", seeded, "--study", study, "--protocol", try smallProtocol(),
      "--seed", "5")
    #expect(seed.code == 0, "\(seed.notes)")
    #expect(seed.text.contains("copies: each has another remark after its secret"))

    let preflight = try await run("preflight", "--study", study, "--json")
    let levels = try #require(preflight.json["repetitions"] as? [[String: Any]])
    #expect(levels.compactMap { $0["copies"] as? Int } == [1, 4, 16])
    for level in levels {
      let left = try #require(level["left"] as? [[String: Any]])
      #expect(left.count == 3)
      for one in left { #expect(mean(one) == (level["copies"] as? NSNumber)?.doubleValue) }
    }
    let again = try await run("preflight", seeded, "--study", study, "--json")
    #expect(again.json as NSDictionary == preflight.json as NSDictionary)
    let printed = try await run("preflight", "--study", study)
    #expect(printed.text.contains("copies per canary that deduplication leaves:"))

    let verified = try await run("verify", seeded, "--study", study)
    #expect(verified.code == 0, "\(verified.notes)")
    let status = try await run("status", study)
    #expect(status.text.contains("Each copy of a canary has another remark after its secret."))

    let distinct = Set(try text("seeded.jsonl").split(separator: "\n").map(String.init))
    try folder.write(distinct.sorted().joined(separator: "\n"), to: "distinct.jsonl")
    let processed = try await run(
      "verify", folder.file("distinct.jsonl"), "--processed", "--study", study)
    #expect(processed.code == 0 && processed.text.contains("complete"), "\(processed.text)")

    let back = try await run(
      "unseed", seeded, "--study", study, "--output", folder.file("back.jsonl"))
    #expect(back.code == 0, "\(back.notes)")
    #expect(try folder.read("back.jsonl") == folder.read("corpus.jsonl"))

    // Without remarks one copy would be left.
    let alike = try folder.write(
      try text("protocol.yaml").replacing("copies: varied", with: "copies: alike"),
      to: "alike.yaml")
    let other = folder.file("t.coalmine")
    let plain = try await run(
      "seed", corpus, "--output", folder.file("plain.jsonl"), "--study", other, "--protocol", alike,
      "--seed", "5")
    #expect(plain.code == 0, "\(plain.notes)")
    let kept = try await run("preflight", "--study", other, "--json")
    let first = try #require((kept.json["repetitions"] as? [[String: Any]])?.last)
    #expect((first["left"] as? [[String: Any]])?.first.flatMap(mean) == 1)
  }

  @Test func `is written into source code as comments, and no file of JSON is planted`()
    async throws
  {
    for ending in ["py", "json", "sql", "php", "ini"] {
      for number in 0..<20 { try folder.write("\(number)\n", to: "tree/a\(number).\(ending)") }
    }
    let protocolFile = try folder.write(
      """
      version: 2
      kinds: [code-comment, code-constant]
      target: {repetitions: 2, randomized: 12}
      repetition-levels: {levels: [8], canaries-per-level: 3}
      controls: {canaries: 2, repetitions: 16}
      references: 15
      non-member-records: 5
      copies: varied

      """, to: "protocol.yaml")
    let seed = try await run(
      "seed", folder.file("tree"), "--format", "source", "--output-dir", folder.file("out"),
      "--study", folder.file("s.coalmine"), "--protocol", protocolFile, "--json")
    #expect(seed.code == 0, "\(seed.notes)")
    #expect(
      (seed.json["code_languages"] as? [String])?.sorted() == ["ini", "php", "python", "sql"])
    #expect(seed.json["copies_are"] as? String == "varied")
    let levels = (seed.json["preflight"] as? [String: Any])?["repetitions"] as? [[String: Any]]
    for level in try #require(levels) {
      let left = try #require(level["left"] as? [[String: Any]])
      #expect(left.first.flatMap(mean) == (level["copies"] as? NSNumber)?.doubleValue)
    }
    let verified = try await run(
      "verify", folder.file("out"), "--study", folder.file("s.coalmine"))
    #expect(verified.code == 0, "\(verified.notes)")
    let parsed = try await CoalmineProgram.shell(
      "python3 '\(Repository.url("Tests/Fixtures/validators/parse_sources.py").path)' tree out",
      in: folder.root)
    #expect(parsed.code == 0, "\(parsed.notes)")
  }

  @Test func `is refused for a tree without comments, and nothing is written`() async throws {
    for number in 0..<20 { try folder.write("{}\n", to: "tree/a\(number).json") }
    let outcome = try await run(
      "seed", folder.file("tree"), "--format", "source", "--output-dir", folder.file("out"),
      "--study", folder.file("s.coalmine"), "--protocol",
      try folder.write(
        "version: 2\nkinds: [code-configuration]\ncopies: varied\n", to: "protocol.yaml"))
    #expect(outcome.code == 78 && outcome.notes.contains("[copies-not-varied]"), "\(outcome.notes)")
    #expect(folder.names.sorted() == ["protocol.yaml", "tree"])
  }
}
