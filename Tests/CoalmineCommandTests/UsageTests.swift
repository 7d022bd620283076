// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// What is said of a command line that cannot be used.
@Suite struct `Wrong usage` {
  @Test(arguments: [
    ["seed", "c", "--output", "o", "--study", "s", "--format", "xml"],
    ["seed", "c", "--output", "o", "--study", "s", "--hold-out", "-1"],
    ["seed", "c", "--output", "o", "--study", "s", "--prompt-field", "p"],
    ["plan", "--canaries", "0", "--output", "p"], ["plan", "--canaries", "x", "--output", "p"],
    ["probe", "--study", "s", "--endpoint", "http://127.0.0.1:9", "--model", "m", "--as", "foo"],
    ["check", "--endpoint", "http://127.0.0.1:9", "--model", "m", "--timeout", "0"],
    ["check", "--endpoint", "http://127.0.0.1:9", "--model", "m", "--as", "foo"],
    ["serve", "--train", "c", "--port", "70000"], ["score"], ["import", "--nope"],
    ["report", "--study", "s", "more"],
  ])
  func `shows the usage of the verb that refused, and one form of error`(_ arguments: [String])
    async throws
  {
    let folder = try TemporaryFolder()
    try folder.write("text\n", to: "c")
    let outcome = try await CoalmineProgram.started(arguments, in: folder.root).outcome()
    #expect(outcome.code == 64, "\(arguments): \(outcome.code)")
    #expect(outcome.notes.hasPrefix("error: "), "\(outcome.notes)")
    #expect(outcome.notes.contains("\nUsage: coalmine \(arguments[0]) "), "\(outcome.notes)")
    #expect(
      outcome.notes.contains("See 'coalmine \(arguments[0]) --help' for more"), "\(outcome.notes)")
    #expect(outcome.text.isEmpty)
  }

  @Test(arguments: [["--as", "base"], ["--probe-set", "exposure"], ["--repeat-secrets"]])
  func `a check without a study refuses what only a run has`(_ options: [String]) async throws {
    let outcome = try await CoalmineProgram.started(
      ["check", "--endpoint", "http://127.0.0.1:9", "--model", "m"] + options
    ).outcome()
    #expect(outcome.code == 64)
    #expect(outcome.notes.contains("'\(options[0])' needs '--study'"), "\(outcome.notes)")
  }

  @Test func `a second statement about the training names the first and counts`() async throws {
    let small = try await SmallStudy(canaries: 16, references: 3)
    func trained(_ more: String...) async throws -> CoalmineProgram.Outcome {
      try await CoalmineProgram.started(["trained", "--study", small.study] + more).outcome()
    }
    let first = try await trained("--model", "one", "--epochs", "3", "--stated-by", "a@b")
    let probe = "next: coalmine probe --study \(small.study) --endpoint URL --model "
    #expect(
      first.text == "recorded: one, 3 epochs, stated by a@b\n" + probe + "one\n", "\(first.text)")
    let second = try await trained("--model", "two", "--epochs", "1")
    #expect(
      second.text
        == "recorded: two, 1 epoch\nan earlier statement is kept, and this one counts now; "
        + "the earlier one: one, 3 epochs, stated by a@b\n" + probe + "two\n",
      "\(second.text)")
    let third = try await trained("--model", "three", "--epochs", "2", "--json")
    #expect((third.json["earlier"] as? [String: Any])?["model"] as? String == "two")
    let score = try await CoalmineProgram.run("score", "--study", small.study, "--json")
    #expect(score.text.contains("\"model\": \"three\""), "\(score.text)")
  }

  @Test func `a training names its file and may stop after half of it`() async throws {
    let small = try await SmallStudy(canaries: 16, references: 3)
    func trained(_ more: String...) async throws -> CoalmineProgram.Outcome {
      try await CoalmineProgram.started(["trained", "--study", small.study, "--model", "m"] + more)
        .outcome()
    }
    let half = try await trained("--epochs", "0.5", "--file", small.seeded, "--json")
    #expect(half.json["epochs"] as? Double == 0.5, "\(half.text)")
    let digest = try #require(half.json["file_sha256"] as? String)
    #expect(digest.count == 64 && half.json["file_is_seeded"] as? Bool == true)
    let score = try await CoalmineProgram.run("score", "--study", small.study, "--json")
    #expect(score.text.contains("\"epochs\": 0.5"), "\(score.text)")
    let stated = try await trained("--epochs", "2", "--file-digest", digest.uppercased())
    #expect(
      stated.text.hasPrefix(
        "recorded: m, 2 epochs, file SHA-256 \(digest)\nthe file is the seeded corpus\n"),
      "\(stated.text)")
    #expect(stated.text.contains("the earlier one: m, 0.5 epochs, file SHA-256 "))
    let other = try await trained("--epochs", "1", "--file", small.corpus)
    #expect(other.text.contains("warning: the file is not the corpus that 'coalmine seed' wrote"))
    let verify = try await CoalmineProgram.run("verify", "--study", small.study)
    #expect(verify.code == 0, "\(verify.text)")
    for (options, code) in [
      (["--epochs", "0"], 64), (["--epochs", "-1"], 64), (["--epochs", "nan"], 64),
      (["--epochs", "inf"], 64), (["--epochs", "1", "--file-digest", "abc"], 64),
      (["--epochs", "1", "--file-digest", digest, "--file", small.seeded], 64),
      (["--epochs", "1", "--file", small.folder.file("none")], 66),
    ] {
      let refused = try await CoalmineProgram.started(
        ["trained", "--study", small.study, "--model", "m"] + options
      ).outcome()
      #expect(refused.code == Int32(code), "\(options): \(refused.notes)")
    }
  }

  @Test(arguments: [1, 3, 5, 120, 240])
  func `a plan promises a pass only where a study of its size can pass`(_ canaries: Int)
    async throws
  {
    let folder = try TemporaryFolder()
    let plan = try await CoalmineProgram.run(
      "plan", "--canaries", "\(canaries)", "--output", folder.file("p.yaml"))
    #expect(plan.code == 0, "\(plan.notes)")
    #expect(
      plan.text.contains("a pass will mean")
        != plan.text.contains("ends as inconclusive, never as a pass"), "\(plan.text)")
    #expect(
      plan.text.contains("a pass will mean")
        != (plan.text.contains("underpowered") || plan.text.contains("can never pass")),
      "\(plan.text)")
    let kinds = min(canaries, 4)
    #expect(
      plan.text.hasPrefix(
        "\(canaries) \(canaries == 1 ? "canary" : "canaries") of \(kinds) "
          + "\(kinds == 1 ? "kind" : "kinds"): "), "\(plan.text)")
  }

  @Test func `what cannot be a corpus or a ledger is refused with what to do`() async throws {
    let folder = try TemporaryFolder()
    try folder.write((0..<9).map { "line \($0)\n" }.joined(), to: "c.txt")
    #expect(mkfifo(folder.file("fifo"), 0o600) == 0)
    let long = String(repeating: "n", count: 254)
    for (corpus, study, code, words) in [
      (".", "s", 64, "a corpus of several files is written with '--output-dir FOLDER'"),
      ("/dev/null", "s", 66, "is a device [corpus-not-a-file]\n  help: name a file that holds"),
      ("fifo", "s", 66, "read twice [corpus-not-a-file]\n  help: write what it gives to a file"),
      ("-", "s", 65, "'-' holds no record [corpus-empty]"),
      ("c.txt", "-", 64, "a ledger cannot be written to standard output [ledger-not-a-file]"),
      ("c.txt", "fifo", 73, "pipe or a socket [output-not-a-file]\n  help: name a file: a ledger"),
      ("c.txt", long, 73, "leaves no room for the endings of the files beside it, such as '-wal'"),
    ] {
      let seed = try await CoalmineProgram.run(
        "seed", corpus, "--output", "o", "--study", study, "--hold-out", "0", in: folder.root)
      #expect(seed.code == Int32(code), "\(corpus), \(study): \(seed.code) \(seed.notes)")
      #expect(seed.notes.contains(words), "\(corpus), \(study): \(seed.notes)")
      #expect(folder.names == ["c.txt", "fifo"])
    }
    let most = String(repeating: "n", count: 230)
    let seed = try await CoalmineProgram.run(
      "seed", "c.txt", "--output", "o", "--study", most, "--hold-out", "0", "--protocol",
      SmallStudy.handWritten, in: folder.root)
    #expect(seed.code == 0, "\(seed.notes)")
    let score = try await CoalmineProgram.run("score", "--study", most, in: folder.root)
    #expect(score.code == 3, "\(score.notes)")
    try FileManager.default.moveItem(at: folder.url(most), to: folder.url(long))
    let renamed = try await CoalmineProgram.run("score", "--study", long, in: folder.root)
    #expect(renamed.notes.contains("leaves no room for '-wal'"), "\(renamed.notes)")
    #expect(renamed.notes.contains("at most 251 bytes"), "\(renamed.notes)")
  }

  @Test func `an unknown verb is answered with the verbs and the nearest one`() async throws {
    let outcome = try await CoalmineProgram.run("serch")
    #expect(outcome.code == 64)
    #expect(
      outcome.notes.hasPrefix("error: coalmine has no verb 'serch'"), "\(outcome.notes)")
    for verb in [
      "plan", "seed", "import", "unseed", "verify", "trained", "check", "probe", "score", "report",
      "index", "merge", "scan", "compare", "status", "history", "monitor", "retire", "list",
      "explain", "serve", "demo",
    ] {
      #expect(outcome.notes.contains(" \(verb)"), "\(verb): \(outcome.notes)")
      let help = try await CoalmineProgram.run(verb, "--help")
      #expect(help.code == 0 && help.text.contains("USAGE: coalmine \(verb)"), "\(verb)")
    }
    let near = try await CoalmineProgram.run("prob")
    #expect(near.notes.contains("did you mean 'probe'?"), "\(near.notes)")
  }

  @Test(arguments: [["--key", "sk-abc"], ["--key=sk-abc"], ["--api-key", "sk-abc"]])
  func `a key as an argument is told where it belongs, and not repeated`(_ key: [String])
    async throws
  {
    for verb in [
      ["check", "--endpoint", "https://h", "--model", "m"],
      ["probe", "--study", "s", "--endpoint", "https://h", "--model", "m"],
    ] {
      let outcome = try await CoalmineProgram.started(verb + key).outcome()
      #expect(outcome.code == 64)
      for word in ["COALMINE_API_KEY", "'--key-file'", "Usage: coalmine \(verb[0]) "] {
        #expect(outcome.notes.contains(word), "\(outcome.notes)")
      }
      #expect(!outcome.notes.contains("sk-abc") && !outcome.notes.contains("'--query'"))
    }
  }

  /// The command that a verb prints after `next: `, with values in place of its placeholders.
  private func next(_ outcome: CoalmineProgram.Outcome) throws -> String {
    let line = try #require(
      outcome.text.split(separator: "\n").first { $0.hasPrefix("next: coalmine ") },
      "\(outcome.notes)")
    let program = CoalmineProgram.products.appendingPathComponent("coalmine").path
    return line.replacingOccurrences(of: "next: coalmine", with: program)
      .replacingOccurrences(of: "NAME", with: "m")
      .replacingOccurrences(of: "epochs N", with: "epochs 1")
  }

  @Test(arguments: [
    "s.coalmine", "my study", "it's", "a\"b$HOME`id`\\n", "-s", "--study", "ümlaut", "tab\there",
    "line\nbreak", "esc\u{1B}[2J", "bidi\u{202E}x", "a;rm -rf x", "~", "#s", "##[s", "100%", "%s*?",
    "!x", "a=b", "é ' \u{1}",
  ])
  func `a printed command is one that a shell understands`(_ name: String) async throws {
    let folder = try TemporaryFolder()
    try folder.write((0..<40).map { "line \($0) of the text\n" }.joined(), to: "c.txt")
    let seed = try await CoalmineProgram.started(
      [
        "seed", "c.txt", "--output", "o", "--study=\(name)", "--hold-out", "0", "--protocol",
        SmallStudy.handWritten,
      ], in: folder.root
    ).outcome()
    #expect(seed.code == 0, "\(seed.notes)")
    #expect(folder.names.contains(name))
    let trained = try await CoalmineProgram.shell(try next(seed), in: folder.root)
    #expect(trained.code == 0 && trained.text.hasPrefix("recorded: m"), "\(trained.notes)")
    #expect(folder.names.filter { $0 != name } == ["c.txt", "o"], "\(folder.names)")
  }
}
