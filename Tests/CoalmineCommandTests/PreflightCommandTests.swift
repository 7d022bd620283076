// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// `coalmine preflight`, and what `seed` says and keeps of it.
@Suite struct `The verb preflight` {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let lines = (0..<60).map { number in
      #"{"text": "The weather in the north of region \#(number) is colder than it was, and the "#
        + #"trains run late."}"#
    }
    try folder.write(lines.joined(separator: "\n") + "\n", to: "corpus.jsonl")
  }

  private func seed() async throws -> CoalmineProgram.Outcome {
    try await CoalmineProgram.run(
      "seed", folder.file("corpus.jsonl"), "--output", folder.file("seeded.jsonl"), "--study",
      folder.file("s.coalmine"), "--protocol", SmallStudy.handWritten, "--hold-out", "0", "--seed",
      "5", "--json")
  }

  private func preflight(_ arguments: String...) async throws -> CoalmineProgram.Outcome {
    try await CoalmineProgram.started(["preflight"] + arguments).outcome()
  }

  @Test func `corpus, seeded corpus and study give what seed gives, and nothing is written`()
    async throws
  {
    let seeded = try await seed()
    #expect(seeded.code == 0, "\(seeded.notes)")
    let kept = try #require(seeded.json["preflight"] as? NSDictionary)
    let names = folder.names
    let rehearsed = try await preflight(
      folder.file("corpus.jsonl"), "--protocol", SmallStudy.handWritten, "--hold-out", "0",
      "--seed", "5", "--json")
    let read = try await preflight(
      folder.file("seeded.jsonl"), "--study", folder.file("s.coalmine"), "--json")
    let stored = try await preflight("--study", folder.file("s.coalmine"), "--json")
    for outcome in [rehearsed, read, stored] {
      #expect(outcome.code == 0, "\(outcome.notes)")
      #expect(outcome.json as NSDictionary == kept)
    }
    #expect(folder.names == names)
    #expect(kept["copies"] as? Int == seeded.json["copies"] as? Int)
    #expect(kept["language"] as? String == "en")
  }

  @Test func `findings are printed with what to do, and every rule is explained`() async throws {
    _ = try await seed()
    let text = try await preflight(
      folder.file("seeded.jsonl"), "--study", folder.file("s.coalmine"))
    #expect(text.code == 0, "\(text.notes)")
    #expect(text.text.contains("exact-duplicates"))
    #expect(text.text.contains("-> deduplicate first"))
    #expect(text.text.contains("quality of the seeding: "))
    #expect(text.text.contains("less likely, because they would hit half or more"))
    let json = try await preflight("--study", folder.file("s.coalmine"), "--json")
    let findings = try #require(json.json["findings"] as? [[String: Any]])
    for finding in findings {
      let rule = try #require(finding["rule"] as? String)
      #expect(try await CoalmineProgram.run("explain", rule).code == 0, "\(rule)")
    }
    let limited = try await preflight(
      folder.file("seeded.jsonl"), "--study", folder.file("s.coalmine"), "--max-tokens", "8")
    #expect(limited.text.contains("truncation"))
  }

  @Test func `seed says how many steps would touch the copies, in one line`() async throws {
    let outcome = try await CoalmineProgram.run(
      "seed", folder.file("corpus.jsonl"), "--output", folder.file("seeded.jsonl"), "--study",
      folder.file("s.coalmine"), "--protocol", SmallStudy.handWritten, "--hold-out", "0")
    let lines = outcome.text.split(separator: "\n").filter { $0.hasPrefix("preflight: ") }
    #expect(lines.count == 1 && lines[0].contains("coalmine preflight --study "), "\(outcome.text)")
  }

  @Test func `options that do not go together are wrong usage, 64`() async throws {
    let corpus = folder.file("corpus.jsonl")
    for arguments in [
      [], ["--study", "s", "--seed", "1"], ["--study", "s", "--max-tokens", "5"],
      [corpus, "--study", "s", "--format", "text"], [corpus, "--max-tokens", "0"],
      [corpus, "--share", "0.05", "--protocol", "p.yaml"],
    ] {
      let outcome = try await CoalmineProgram.started(["preflight"] + arguments).outcome()
      #expect(outcome.code == 64, "\(arguments): \(outcome.notes)")
    }
  }

  @Test func `another file than the seeded one is refused with 5`() async throws {
    _ = try await seed()
    let outcome = try await preflight(
      folder.file("corpus.jsonl"), "--study", folder.file("s.coalmine"))
    #expect(outcome.code == 5 && outcome.notes.contains("the seeded corpus that"))
  }

  @Test func `a study without a preflight says so, 66`() async throws {
    let study = try folder.write(
      Data(contentsOf: Repository.url("Tests/Fixtures/studies/schema-4.ledger")), to: "old.coalmine"
    )
    let outcome = try await preflight("--study", study)
    #expect(outcome.code == 66 && outcome.notes.contains("preflight-not-kept"), "\(outcome.notes)")
  }

  @Test func `template texts are in the language of the corpus, or in the one asked for`()
    async throws
  {
    let german = (0..<60).map { number in
      #"{"text": "Das Wetter in der Region \#(number) ist kälter als es im Süden war, und die Züge "#
        + #"fahren nicht mehr."}"#
    }
    try folder.write(german.joined(separator: "\n") + "\n", to: "german.jsonl")
    for (options, language, sentence) in [
      ([], "de", "Der Zugangscode von "), (["--language", "fr"], "fr", "Le code d'accès de "),
      (["--language", "en"], "en", "The access code of "),
    ] {
      let outcome = try await CoalmineProgram.started(
        [
          "seed", folder.file("german.jsonl"), "--output", folder.file("\(language).jsonl"),
          "--study",
          folder.file("\(language).coalmine"), "--protocol", SmallStudy.handWritten, "--hold-out",
          "0",
          "--json",
        ] + options
      ).outcome()
      #expect(outcome.code == 0, "\(outcome.notes)")
      #expect(outcome.json["language"] as? String == language)
      #expect(try folder.read("\(language).jsonl").text.contains(sentence))
      let verified = try await CoalmineProgram.run(
        "verify", folder.file("\(language).jsonl"), "--study", folder.file("\(language).coalmine"))
      #expect(verified.code == 0, "\(verified.notes)")
      // What is planted in the language of the corpus is no finding.
      let preflight = try #require(outcome.json["preflight"] as? [String: Any])
      let rules = (preflight["findings"] as? [[String: Any]])?.compactMap { $0["rule"] as? String }
      #expect(rules?.contains("language") == (language != "de"))
    }
    let unknown = try await CoalmineProgram.run(
      "preflight", folder.file("german.jsonl"), "--protocol", SmallStudy.handWritten, "--hold-out",
      "0",
      "--language", "xx")
    #expect(unknown.code == 78 && unknown.notes.contains("known: ar, de, en, es, fr, ja, tr, zh"))
  }
}
