// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

@Suite struct `Arguments are hostile` {
  private static let hostile = [
    "\u{1B}]0;title\u{07}\u{1B}[2J\n::error file=x::no", "::set-output name=x::y",
    "##[error]no ##vso[task.complete]", "a\u{202E}b\u{2066}x\r##teamcity[buildStop]",
    "\u{85}::debug::x\u{9B}31m\u{2028}::warning::b\u{200B}",
  ]

  @Test(arguments: hostile)
  func `whatever they hold does not steer a terminal or a CI system`(_ text: String) async throws {
    let folder = try TemporaryFolder()
    try folder.write("x\n", to: "c.txt")
    let corpus = folder.file("c.txt")
    for arguments in [
      ["list", text], ["list", "kinds", "--kinds", text], ["explain", text], [text],
      ["seed", corpus, "--output", "o", "--study", "s", "--seed", text],
      ["seed", corpus, "--output", "o", "--study", "s", "--seed=\(text)"],
      ["seed", text, "--output", "o", "--study", "s"],
      ["seed", corpus, "--output", text, "--study", text],
      ["seed", corpus, "--output", "o", "--study", "s", "--format", text],
      ["seed", corpus, "--output", "o", "--study", "s", "--protocol", text],
      ["check", "--endpoint", "http://127.0.0.1:9", "--model", "m", "--dialect", text],
      ["check", "--endpoint", text, "--model", "m"],
      ["check", "--endpoint", "http://127.0.0.1:9", "--model", text],
      ["check", "--endpoint", "https://h", "--model", "m", "--key-file", text],
      ["probe", "--study", text, "--endpoint", "http://127.0.0.1:9", "--model", "m"],
      ["probe", "--study", "s", "--endpoint", "http://127.0.0.1:9", "--model", "m", "--as", text],
      ["probe", "--study", "s", "--endpoint", "http://x", "--model", "m", "--probe-set", text],
      ["score", "--study", text], ["score", "--study", "s", text], ["score", "--\(text)"],
      ["report", "--study", "s", "--format", text, "--output", "o"],
      ["verify", text, "--study", "s"], ["unseed", text, "--study", "s", "--output", text],
      ["scan", text, "--study", "s"], ["scan", "-", "--study", text],
      ["scan", "a", "--patterns", text], ["scan", "a", "--study", "s", "--format", text],
      ["scan", "--study", text, "--write-patterns", text],
      ["commit", "--study", text, "--output", "o"],
      ["verify", "--commitment", text, "--study", "s"],
      ["disclose", "--study", text, "--canary", text, "--output", "o"],
      ["status", text], ["history", text], ["history", "s", "--output", text],
      ["monitor", text, "--once", "--endpoint", "http://127.0.0.1:9", "--model", text],
      ["index", "--study", text, "--output-dir", text], ["merge", text, "--study", "s"],
      ["retire", text], ["retire", "s", "--after", text],
      ["status", "s", "--format", text], ["compare", text, "s"],
      ["compare", text, text], ["compare", "a", "--margin", text],
      ["import", "--canaries", text, "--study", "s"],
      ["plan", "--only-kinds", text, "--output", "o"],
      ["plan", "--output", "no/\(text)"], ["demo", "--output", "no/such/\(text)"],
      ["serve", "--train", text], ["help", text], ["-\(text)"], ["--\(text)=1"],
    ] {
      let outcome = try await CoalmineProgram.started(arguments, in: folder.root).outcome()
      // Help about something that does not exist is help.
      #expect(outcome.code != 0 || arguments[0] == "help", "\(arguments)")
      for line in (outcome.notes + outcome.text).split(separator: "\n") {
        for scalar in line.unicodeScalars {
          let category = scalar.properties.generalCategory
          #expect(
            category != .control && category != .format && category != .lineSeparator
              && category != .paragraphSeparator, "\(arguments): \(scalar.value) in \(line)")
        }
        #expect(!line.trimmingCharacters(in: .whitespaces).hasPrefix("::"), "\(line)")
        #expect(!line.contains("##["), "\(line)")
        #expect(line.range(of: "##[a-zA-Z]", options: .regularExpression) == nil, "\(line)")
      }
    }
  }
}
