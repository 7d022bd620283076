// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// `plan` and `seed` for a corpus, through the program.
@Suite struct `Plans of the program` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func corpus(_ records: Int) throws -> String {
    try folder.write(
      (0..<records).map { #"{"text":"record \#($0) says something of an ordinary length"}"# + "\n" }
        .joined(), to: "corpus.jsonl")
  }

  private func run(_ arguments: String...) async throws -> CoalmineProgram.Outcome {
    try await CoalmineProgram.started(arguments, in: folder.root).outcome()
  }

  @Test func `what plan prints for a corpus`() async throws {
    _ = try corpus(5_000)
    let plan = try await run("plan", "corpus.jsonl", "--output", "p.yaml")
    #expect(plan.code == 0, "\(plan.notes)")
    #expect(plan.text == Self.golden, "\(plan.text)")
    #expect(!plan.text.contains("warning"))
  }

  private static let golden = """
    42 canaries of 4 kinds: 35 randomized at 1 repetition (about 17 inserted, 18 held out), 3 at higher repetition levels, 4 high-repetition controls with 16 repetitions
    at most 100 copies in 19 of 20 assignments among the 4900 of 5000 records that stay: 2.00 % of the records, about 1.8 % of the bytes and tokens
    dense leak (each inserted secret gains a little): an AUC of 0.73 or more is found with power 0.80; for the planned 0.73 the power is at least 0.82
    sparse leak (few secrets are memorised): 1 memorised secret or more of 13 inserted ones are found with power 0.80; for the planned 1 the power is at least 0.99
    this power is simulated for 13 inserted canaries, which 19 of 20 assignments give, and rests on rank, mass, extraction
    false alarms: a model that leaks nothing is called a leak in at most 5.10 % of first runs (alpha 5.00 %, and the gates), and by its tests in at most 6.25 % over all runs of a checkpoint
    exposure: the largest value that can be measured is 8.0 bits, the smallest p-value 0.0039
    if no secret is extracted: at most 16.2 % of such secrets are extractable, with 95 % confidence
    a pass will mean: in this checkpoint nothing was found by a study that finds, each with power 0.80, secrets that score above one of their own references with probability 0.73, and 1 secret of 13 memorised; smaller leaks are not excluded; a pass needs an answer to every question about an inserted canary
    epsilon: fewer than 200 randomized canaries: expect no useful lower bound of epsilon
    the tuned model will score or write about 12362 texts
    the base model will score about 10952 texts, the references among them: what a secret's digits or words alone make likely is then taken away from its rank, so that a smaller change by the training is seen
    written: p.yaml

    """

  @Test func `seed without a protocol plants what plan plans, and says the share`() async throws {
    _ = try corpus(1_900)
    #expect(try await run("plan", "corpus.jsonl", "--output", "p.yaml").code == 0)
    let options = ["--seed", "3", "--json"]
    let own = try await CoalmineProgram.started(
      ["seed", "corpus.jsonl", "--output", "a.jsonl", "--study", "a.coalmine"] + options,
      in: folder.root
    ).outcome()
    #expect(own.code == 0, "\(own.notes)")
    let planned = try await CoalmineProgram.started(
      [
        "seed", "corpus.jsonl", "--output", "b.jsonl", "--study", "b.coalmine", "--protocol",
        "p.yaml",
      ]
        + options, in: folder.root
    ).outcome()
    #expect(planned.code == 0, "\(planned.notes)")
    #expect(try folder.read("a.jsonl") == folder.read("b.jsonl"))
    let copies = try #require(own.json["copies"] as? Int)
    let removed = try #require(own.json["nonmembers"] as? Int)
    #expect(removed == 95)
    let share = try #require(own.json["share_of_records"] as? Double)
    #expect(abs(share - Double(copies) / Double(1_900 - removed + copies)) < 1e-12 && share <= 0.02)
    let bytes = try #require(own.json["share_of_bytes"] as? Double)
    let sizes = try (folder.read("a.jsonl").count, folder.read("corpus.jsonl").count)
    // Records that were taken out make the file smaller.
    #expect(bytes > Double(sizes.0 - sizes.1) / Double(sizes.0) && bytes < 0.1)
  }

  @Test func `a corpus that is too small is refused by both, with a share that both take`()
    async throws
  {
    _ = try corpus(500)
    for verb in [["plan"], ["seed", "--study", "s.coalmine"]] {
      let refused = try await CoalmineProgram.started(
        verb + ["corpus.jsonl", "--output", "o"], in: folder.root
      ).outcome()
      #expect(refused.code == 65)
      #expect(refused.notes.contains("[share-too-small]"), "\(refused.notes)")
      #expect(refused.notes.contains("a share of 2 % needs 1805 records"))
      #expect(refused.notes.contains("allow '--share 0.0687'"), "\(refused.notes)")
      #expect(folder.names == ["corpus.jsonl"])
    }
    let plan = try await run("plan", "corpus.jsonl", "--share", "0.0687", "--output", "p.yaml")
    #expect(plan.code == 0, "\(plan.notes)")
    #expect(plan.text.contains("warning: canaries take 6.9 % of the records: above 2 %"))
    #expect(plan.text.contains("a pass will mean"))
    let less = try await run("plan", "corpus.jsonl", "--share", "0.0686", "--output", "q.yaml")
    #expect(less.code == 65)
    let seed = try await run(
      "seed", "corpus.jsonl", "--share", "0.0687", "--output", "s.jsonl", "--study", "s.coalmine",
      "--seed", "1")
    #expect(seed.code == 0, "\(seed.notes)")
    #expect(seed.text.contains("share of canaries: "))
    #expect(seed.text.contains("warning: canaries take "))
  }

  @Test(arguments: [
    ["--share", "0.02"], ["--format", "text"], ["--alpha", "0.2"], ["--alpha", "0"],
    ["--noise", "-1"], ["--missing", "1"], ["--repetitions", "0"], ["--access", "all"],
    ["--score", "best-available"],
  ])
  func `options that no plan can have are refused`(_ options: [String]) async throws {
    let plan = try await CoalmineProgram.started(
      ["plan", "--output", "p.yaml"] + options, in: folder.root
    ).outcome()
    #expect(plan.code == 64, "\(plan.notes)")
    #expect(folder.names.isEmpty)
  }

  @Test func `a share needs a corpus and no protocol`() async throws {
    _ = try corpus(10)
    for share in ["0", "0.11", "-1", "nan"] {
      #expect(
        try await run("plan", "corpus.jsonl", "--share=\(share)", "--output", "p.yaml").code == 64)
    }
    let seed = try await run(
      "seed", "corpus.jsonl", "--share", "0.1", "--output", "o", "--study", "s", "--protocol",
      SmallStudy.handWritten)
    #expect(seed.code == 64 && seed.notes.contains("--share cannot be used with --protocol"))
  }

  @Test func `a corpus whose fields are named is planned like any`() async throws {
    try folder.write(
      (0..<1_900).map { #"{"story":"record \#($0)","plot":"a plot"}"# + "\n" }.joined(),
      to: "corpus.jsonl")
    let unnamed = try await run("plan", "corpus.jsonl", "--output", "p.yaml")
    #expect(unnamed.code == 65 && unnamed.notes.contains("[record-shape-unknown]"))
    let plan = try await run(
      "plan", "corpus.jsonl", "--text-field", "story", "--output", "p.yaml", "--json")
    #expect(plan.code == 0, "\(plan.notes)")
    #expect(plan.json["corpus_records"] as? Int == 1_900)
    #expect(plan.json["can_pass"] as? Bool == true)
  }

  @Test func `plan for a dialect sets what it can carry, and says what cannot be asked there`()
    async throws
  {
    _ = try corpus(5_000)
    func plan(_ dialect: String, _ more: String...) async throws -> (String, String) {
      let outcome = try await CoalmineProgram.started(
        [
          "plan", "corpus.jsonl", "--share", "0.1", "--repetitions", "8", "--for", dialect,
          "--output",
          "p.yaml", "--force",
        ] + more, in: folder.root
      ).outcome()
      #expect(outcome.code == 0, "\(outcome.notes)")
      return (outcome.text, try String(contentsOf: folder.url("p.yaml"), encoding: .utf8))
    }
    let (listed, protocolOfLists) = try await plan("openai-chat,logprobs=20")
    #expect(listed.hasPrefix("endpoint: 'openai-chat,logprobs=20' can carry top-tokens: "))
    #expect(protocolOfLists.contains("access: top-tokens"))
    #expect(protocolOfLists.contains("- letter-code") && protocolOfLists.contains("- spaced-code"))
    // The corpus is text, and a chat API talks in turns.
    #expect(listed.contains("warning: 'openai-chat,logprobs=20' talks in turns"))
    #expect(!listed.contains("exposure:"))
    let (text, protocolOfText) = try await plan("openai-chat")
    #expect(text.contains("with 'openai-chat,logprobs=20' it can carry top-tokens"))
    #expect(protocolOfText.contains("access: text-only"))
    #expect(protocolOfText.contains("- access-code"))
    let (scored, protocolOfScores) = try await plan("vllm")
    #expect(scored.hasPrefix("endpoint: 'vllm' can carry text-scoring"))
    #expect(protocolOfScores.contains("access: text-scoring"))
    #expect(!scored.contains("talks in turns") && !scored.contains("the protocol plans for"))
    let (more, _) = try await plan("openai-chat", "--access", "text-scoring")
    #expect(
      more.contains("warning: the protocol plans for text-scoring, and 'openai-chat' can carry"))
    let unknown = try await run("plan", "--for", "telegraph", "--output", "q.yaml")
    #expect(unknown.code == 78 && unknown.notes.contains("there is no dialect 'telegraph'"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("q.yaml")))
  }

  @Test func `seed for a dialect plans for it, or says what its protocol asks too much`()
    async throws
  {
    _ = try corpus(5_000)
    let own = try await run(
      "seed", "corpus.jsonl", "--output", "a.jsonl", "--study", "a.coalmine", "--for",
      "openai-chat,logprobs=20", "--share", "0.1", "--seed", "3")
    #expect(own.code == 0, "\(own.notes)")
    #expect(own.text.contains("warning: 'openai-chat,logprobs=20' talks in turns"), "\(own.text)")
    // What the provider takes as a file is told with its day and its page.
    #expect(
      own.text.contains(
        "warning: Fireworks takes JSON Lines with messages:messages, and the corpus is text:text (as of "
      ), "\(own.text)")
    #expect(!own.text.contains("Together takes"), "\(own.text)")
    let status = try await run("status", "a.coalmine", "--format", "json")
    #expect(status.code == 0)
    #expect(try folder.read("a.jsonl").starts(with: Array("{\"text\":".utf8)))
    let planned = try await run("plan", "corpus.jsonl", "--output", "p.yaml")
    #expect(planned.code == 0)
    let given = try await run(
      "seed", "corpus.jsonl", "--output", "b.jsonl", "--study", "b.coalmine", "--protocol",
      "p.yaml",
      "--for", "anthropic-messages", "--seed", "3", "--json")
    #expect(given.code == 0, "\(given.notes)")
    let warnings = try #require(given.json["endpoint_warnings"] as? [String])
    #expect(
      warnings.contains {
        $0.hasPrefix(
          "the protocol plans for text-scoring, and 'anthropic-messages' can carry text-only")
      })
  }
}
