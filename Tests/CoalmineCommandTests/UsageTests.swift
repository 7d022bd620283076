// SPDX-License-Identifier: Apache-2.0

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
    let folder = try TestFolder()
    try folder.write("text\n", to: "c")
    let outcome = try await CoalmineProgram.started(arguments, in: folder.root).outcome()
    #expect(outcome.code == 64, "\(arguments): \(outcome.code)")
    #expect(outcome.notes.hasPrefix("error: "), "\(outcome.notes)")
    #expect(outcome.notes.contains("\nUsage: coalmine \(arguments[0]) "), "\(outcome.notes)")
    #expect(
      outcome.notes.contains("See 'coalmine \(arguments[0]) --help' for more"), "\(outcome.notes)")
    #expect(outcome.text.isEmpty)
  }

  @Test func `an unknown verb is answered with the verbs and the nearest one`() async throws {
    let outcome = try await CoalmineProgram.run("serch")
    #expect(outcome.code == 64)
    #expect(
      outcome.notes.hasPrefix("error: coalmine has no verb 'serch'"), "\(outcome.notes)")
    for verb in [
      "plan", "seed", "import", "unseed", "verify", "trained", "check", "probe", "score", "report",
      "list", "explain", "serve", "demo",
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
      .replacingOccurrences(of: "NAME", with: "m").replacingOccurrences(of: "epochs N", with: "epochs 1")
  }

  @Test(arguments: [
    "s.coalmine", "my study", "it's", "a\"b$HOME`id`\\n", "-s", "--study", "ümlaut", "tab\there",
    "line\nbreak", "esc\u{1B}[2J", "bidi\u{202E}x", "a;rm -rf x", "~", "#s", "##[s", "100%", "%s*?",
    "!x", "a=b", "é ' \u{1}",
  ])
  func `a printed command is one that a shell understands`(_ name: String) async throws {
    let folder = try TestFolder()
    try folder.write((0..<40).map { "line \($0) of the text\n" }.joined(), to: "c.txt")
    let seed = try await CoalmineProgram.started(
      ["seed", "c.txt", "--output", "o", "--study=\(name)", "--hold-out", "0"], in: folder.root
    ).outcome()
    #expect(seed.code == 0, "\(seed.notes)")
    #expect(folder.names.contains(name))
    let trained = try await CoalmineProgram.shell(try next(seed), in: folder.root)
    #expect(trained.code == 0 && trained.text.hasPrefix("recorded: m"), "\(trained.notes)")
    #expect(folder.names.filter { $0 != name } == ["c.txt", "o"], "\(folder.names)")
  }
}
