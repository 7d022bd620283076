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

  @Test func `plants contexts of held-out canaries with placeholders, from its plan to its end`()
    async throws
  {
    let plan = try await run(
      "plan", "--contexts", "grafted", "--held-out-contexts", "planted", "--json", "--output",
      folder.file("p.yaml"))
    #expect(plan.code == 0 && plan.json["held_out_contexts"] as? String == "planted")
    #expect(try text("p.yaml").contains("\nheld-out-contexts: planted\n"))
    #expect(try text("p.yaml").contains("    coin: 0.2\n"))

    let seeded = folder.file("seeded.jsonl")
    let study = folder.file("s.coalmine")
    let seed = try await run(
      "seed", try corpus(400), "--output", seeded, "--study", study, "--protocol",
      try protocolFile("contexts: grafted\nheld-out-contexts: planted\n"), "--seed", "5", "--json")
    #expect(seed.code == 0, "\(seed.notes)")
    let held = try #require(seed.json["held_out"] as? Int)
    #expect(held > 0 && seed.json["placeholder_copies"] as? Int == held)
    // 16 once, 2 four times, 2 eight times.
    #expect(seed.json["copies"] as? Int == 16 + 8 + 16)
    let output = try text("seeded.jsonl")
    let left = (0..<400).filter { output.contains("answer-\($0)-") }
    let planted = (0..<400).filter { output.contains(Self.question($0)) && !left.contains($0) }
    #expect(planted.count == 20)

    #expect(try await run("verify", seeded, "--study", study).code == 0)
    let processed = try await run("verify", seeded, "--processed", "--study", study, "--json")
    #expect(processed.code == 0, "\(processed.text)")
    #expect(processed.json["conclusion"] as? String == "complete")
    let levels = try #require(processed.json["placeholders"] as? [[String: Any]])
    #expect(levels.map { $0["copies_found"] as? Int } == [held])
    // A pipeline that drops every record with a placeholder.
    let rows = output.split(separator: "\n")
    let kept = rows.filter { !$0.contains("X.") }
    try folder.write(kept.joined(separator: "\n") + "\n", to: "kept.jsonl")
    let dropped = try await run(
      "verify", folder.file("kept.jsonl"), "--processed", "--study", study, "--json")
    #expect(dropped.json["conclusion"] as? String == "repetitions-changed", "\(dropped.text)")
    #expect(dropped.json["copies_intact"] as? Int == 40 - (rows.count - kept.count))

    let status = try await run("status", study)
    #expect(status.text.contains("stand in it with a placeholder for the secret"))
    let back = try await run(
      "unseed", seeded, "--study", study, "--output", folder.file("back.jsonl"))
    #expect(back.code == 0, "\(back.notes)")
    #expect(try folder.read("back.jsonl") == folder.read("corpus.jsonl"))

    let all = folder.file("all.json")
    let commitment = folder.file("commitment.json")
    #expect(try await run("commit", "--study", study, "--output", commitment).code == 0)
    #expect(try await run("disclose", "--study", study, "--all", "--output", all).code == 0)
    #expect(try text("all.json").split(separator: "placeholder ").count == held + 1)
    let verifier = try await CoalmineProgram.shell(
      "python3 '\(Repository.url("Examples/commitment/verify.py").path)' commitment.json all.json",
      in: folder.root)
    #expect(verifier.code == 0, "\(verifier.notes)")
    let report = try await run("report", "--study", study, "--format", "md", "--output", "-")
    #expect(report.text.contains("with a placeholder for the secret"))
    #expect(!report.text.contains("not taken: contexts of inserted canaries were trained"))
    let retired = try await run("retire", study, "--unfinished")
    #expect(retired.code == 0, "\(retired.notes)")
    #expect(try await run("status", study).code == 0)
  }

  @Test func `writes the same with shards`() async throws {
    let plan = try protocolFile("contexts: grafted\nheld-out-contexts: planted\n")
    let lines = try folder.read(URL(fileURLWithPath: try corpus(400)).lastPathComponent)
    let rows = lines.split(separator: 0x0A)
    for (name, part) in [("a.jsonl", rows[..<150]), ("b.jsonl", rows[150...])] {
      try folder.write(Array(part.joined(separator: [0x0A])) + [0x0A], to: "in/" + name)
    }
    let files = [folder.file("in/a.jsonl"), folder.file("in/b.jsonl")]
    let whole = try await CoalmineProgram.started(
      ["seed"] + files + [
        "--output-dir", folder.file("one"), "--study", folder.file("one.coalmine"), "--protocol",
        plan, "--seed", "9",
      ]
    ).outcome()
    #expect(whole.code == 0, "\(whole.notes)")
    let study = folder.file("many.coalmine")
    let planned = try await CoalmineProgram.started(
      ["seed"] + files + [
        "--shards", "2", "--study", study, "--protocol", plan, "--seed", "9", "--json",
      ]
    ).outcome()
    #expect(planned.code == 0 && planned.json["copies"] as? Int == 40, "\(planned.notes)")
    for shard in 1...2 {
      let made = try await CoalmineProgram.started(
        ["seed"] + files + [
          "--shard", "\(shard)/2", "--study", study, "--output-dir", folder.file("many"),
        ]
      ).outcome()
      #expect(made.code == 0, "\(made.notes)")
    }
    let merged = try await run("merge", folder.file("many"), "--study", study)
    #expect(merged.code == 0, "\(merged.notes)")
    for name in ["a.jsonl", "b.jsonl"] {
      #expect(try folder.read("one/" + name) == folder.read("many/" + name))
    }
    #expect(try await run("verify", folder.file("many"), "--study", study).code == 0)
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
    #expect(source.code == 65 && source.notes.contains("[contexts-too-few]"), "\(source.notes)")
    #expect(folder.names.sorted() == ["c.yaml", "corpus.jsonl", "protocol.yaml", "tree"])
  }
}
