// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// A study whose contexts begin as records, from its plan to its commitment.
@Suite struct `A study with grafted contexts` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ arguments: String...) async throws -> CoalmineProgram.Outcome {
    try await CoalmineProgram.started(arguments).outcome()
  }

  private static func question(_ number: Int) -> String {
    "Which desk is open for question \(number) of the day? I have waited in hall \(number % 9)."
  }

  private func corpus(_ records: Int) throws -> String {
    let lines = (0..<records).map { number in
      #"{"prompt": "\#(Self.question(number))", "completion": " The desk of answer-\#(number)-."}"#
    }
    return try folder.write(lines.joined(separator: "\n") + "\n", to: "corpus.jsonl")
  }

  private func protocolFile(_ more: String = "contexts: grafted\n") throws -> String {
    try folder.write(
      """
      version: 2
      kinds: [access-code, hex-token]
      target: {repetitions: 1, randomized: 16}
      repetition-levels: {levels: [4], canaries-per-level: 2}
      controls: {canaries: 2, repetitions: 8}
      references: 15
      non-member-records: 10

      """ + more, to: "protocol.yaml")
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try folder.read(name), as: UTF8.self)
  }

  @Test func `is planned, seeded, checked, committed to and undone`() async throws {
    let plan = try await run("plan", "--contexts", "grafted", "--output", folder.file("p.yaml"))
    #expect(plan.code == 0, "\(plan.notes)")
    #expect(plan.text.contains("contexts: 120 records are taken out of the corpus"))
    #expect(try text("p.yaml").contains("\ncontexts: grafted\n"))
    #expect(try text("p.yaml").contains("    coin: 0.0\n"))

    let seeded = folder.file("seeded.jsonl")
    let study = folder.file("s.coalmine")
    let seed = try await run(
      "seed", try corpus(400), "--output", seeded, "--study", study, "--protocol",
      try protocolFile(), "--seed", "5", "--json")
    #expect(seed.code == 0, "\(seed.notes)")
    #expect(seed.json["canaries"] as? Int == 20 && seed.json["records_for_contexts"] as? Int == 20)
    let output = try text("seeded.jsonl")
    let left = (0..<400).filter { output.contains("answer-\($0)-") }
    #expect(left.count == 400 - 20 - 10)
    // Contexts of inserted canaries stand in the file, and no record that they come from.
    let planted = (0..<400).filter { output.contains(Self.question($0)) && !left.contains($0) }
    #expect(planted.count == seed.json["inserted"] as? Int)

    #expect(try await run("verify", seeded, "--study", study).code == 0)
    let processed = try await run("verify", seeded, "--processed", "--study", study)
    #expect(processed.code == 0, "\(processed.text)")
    let status = try await run("status", study)
    #expect(status.text.contains("begins as a record that was taken out of the corpus"))
    let back = try await run(
      "unseed", seeded, "--study", study, "--output", folder.file("back.jsonl"))
    #expect(back.code == 0, "\(back.notes)")
    #expect(try folder.read("back.jsonl") == folder.read("corpus.jsonl"))

    let commitment = folder.file("commitment.json")
    let all = folder.file("all.json")
    #expect(try await run("commit", "--study", study, "--output", commitment).code == 0)
    #expect(
      try await run("disclose", "--study", study, "--all", "--output", all).code == 0)
    let verifier = try await CoalmineProgram.shell(
      "python3 '\(Repository.url("Examples/commitment/verify.py").path)' commitment.json all.json",
      in: folder.root)
    #expect(verifier.code == 0, "\(verifier.notes)")
    #expect(try !text("commitment.json").contains("question"))
    let score = try await run("score", "--study", study, "--json")
    let result = try #require(score.json["result"] as? [String: Any])
    let caveats = try #require(result["caveats"] as? [[String: Any]])
    #expect(caveats.contains { $0["slug"] as? String == "grafted-contexts" })
    let report = try await run("report", "--study", study, "--format", "md", "--output", "-")
    #expect(report.text.contains("not taken: contexts of inserted canaries were trained"))
  }

  @Test func `is refused with what to do, and nothing is written`() async throws {
    let seeded = folder.file("seeded.jsonl")
    let study = folder.file("s.coalmine")
    let few = try await run(
      "seed", try corpus(15), "--output", seeded, "--study", study, "--protocol",
      try protocolFile("contexts: grafted\n"), "--hold-out", "0")
    #expect(few.code == 65 && few.notes.contains("[contexts-too-few]"), "\(few.notes)")
    let coin = try await run(
      "seed", try corpus(400), "--output", seeded, "--study", study, "--protocol",
      try protocolFile("contexts: grafted\ndecision: {weights: {rank: 0.8, coin: 0.2}}\n"))
    #expect(coin.code == 78 && coin.notes.contains("[coin-with-grafted-contexts]"), "\(coin.notes)")
    try folder.write("x = 1\n", to: "tree/a.py")
    let source = try await run(
      "seed", folder.file("tree"), "--format", "source", "--output-dir", folder.file("out"),
      "--study", study, "--protocol",
      try folder.write("version: 2\nkinds: [code-constant]\ncontexts: grafted\n", to: "c.yaml"))
    #expect(source.code == 78 && source.notes.contains("[contexts-from-source]"), "\(source.notes)")
    let planned = try await run(
      "plan", folder.file("tree"), "--format", "source", "--contexts", "grafted", "--output", "-")
    #expect(planned.code == 64, "\(planned.notes)")
    #expect(folder.names.sorted() == ["c.yaml", "corpus.jsonl", "protocol.yaml", "tree"])
  }
}
