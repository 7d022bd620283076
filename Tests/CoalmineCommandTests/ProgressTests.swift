// SPDX-License-Identifier: Apache-2.0

import CoalmineDemoModel
import CoalmineServing
import CoalmineTesting
import Foundation
import Testing

/// What a person and a log see of a verb under way.
@Suite struct `Progress` {
  /// An endpoint that takes its time.
  private static func slow(_ small: SmallStudy, seconds: Double) async throws -> CountingEndpoint {
    let documents = TrainingFile.documents(
      Array(try Data(contentsOf: URL(fileURLWithPath: small.seeded))))
    let reference = DemoModelService(
      model: DemoModel(documents: documents, memorisation: 0.3)!, name: "tuned", key: nil)
    return try await CountingEndpoint { request in
      if request.method == "POST" { try? await Task.sleep(for: .seconds(seconds)) }
      return await reference.respond(to: request)
    }
  }

  /// The program on a terminal of its own, 100 columns wide: what the terminal was sent.
  private static func onTerminal(
    _ arguments: [String], environment: String = ""
  ) async throws -> String {
    let program = CoalmineProgram.products.appendingPathComponent("coalmine").path
    let line = ([program] + arguments).map { "'\($0)'" }.joined(separator: " ")
    let folder = try TemporaryFolder()
    let outcome = try await CoalmineProgram.shell(
      "script -qec \"stty cols 100; \(environment) \(line)\" '\(folder.file("typescript"))'")
    #expect(outcome.code == 0, "\(outcome.notes) \(outcome.text)")
    return outcome.text
  }

  @Test func `a terminal sees a bar that goes, and a log of the same run stays empty`()
    async throws
  {
    let small = try await SmallStudy(canaries: 8, references: 3)
    let endpoint = try await Self.slow(small, seconds: 0.1)
    let probe = small.probeArguments(endpoint) + ["--concurrency", "1"]
    let seen = try await Self.onTerminal(probe)
    let drawn = seen.components(separatedBy: "\r").filter { $0.contains("probing tuned: ") }
    #expect(drawn.count >= 5, "\(seen)")
    #expect(drawn.allSatisfy { $0.hasPrefix("[") && $0.contains("\u{1B}[K") }, "\(drawn)")
    #expect(drawn.contains { $0.contains("/s, about ") && $0.contains(" left") }, "\(drawn)")
    #expect(drawn.allSatisfy { $0.components(separatedBy: "\u{1B}[K")[0].count < 100 })
    // The last thing before the result is that the line goes.
    let end = try #require(seen.range(of: "run 1 (tuned)"))
    #expect(seen[..<end.lowerBound].hasSuffix("\r\u{1B}[K"), "\(seen.suffix(300))")
    // A bar has no colour, and a CI system no bar.
    let plain = try await Self.onTerminal(probe + ["--new-run"], environment: "NO_COLOR=1")
    #expect(plain.contains("[####"))
    let inCI = try await Self.onTerminal(probe + ["--new-run"], environment: "CI=1")
    #expect(!inCI.contains("probing") && !inCI.contains("\u{1B}"), "\(inCI)")
    try await endpoint.stop()
  }

  @Test func `a log of a longer run gets a line after ten seconds, and one at the end`()
    async throws
  {
    let small = try await SmallStudy(canaries: 8, references: 3)
    let endpoint = try await Self.slow(small, seconds: 0.5)
    let outcome = try await small.probe(endpoint, ["--concurrency", "1"])
    #expect(outcome.code == 0, "\(outcome.notes)")
    let lines = outcome.notes.split(separator: "\n").filter {
      $0.contains(" requests") && $0.contains("/s")
    }
    #expect(!outcome.notes.contains("\u{1B}") && !outcome.notes.contains("\r"))
    #expect((2...3).contains(lines.count), "\(outcome.notes)")
    let last = try #require(lines.last)
    #expect(last.hasPrefix("probing tuned: "), "\(lines)")
    let words = last.split(separator: " ")
    #expect(words[2] == words[4], "the last line says that all is done: \(lines)")
    try await endpoint.stop()
  }

  @Test func `a larger corpus is seeded, given back and verified with a bar, and unchanged`()
    async throws
  {
    let folder = try TemporaryFolder()
    let line = #"{"text": "a record of no meaning at all, number NUMBER, with more words"}"# + "\n"
    let corpus = (0..<100_000).map { line.replacingOccurrences(of: "NUMBER", with: "\($0)") }
    try folder.write(corpus.joined(), to: "corpus.jsonl")
    let (study, seeded) = (folder.file("study.coalmine"), folder.file("seeded.jsonl"))
    let seed = try await Self.onTerminal(
      ["seed", folder.file("corpus.jsonl"), "--output", seeded, "--study", study, "--seed", "1"])
    #expect(seed.contains("reading the corpus: ") && seed.contains("writing the seeded corpus"))
    #expect(seed.contains(" MB of "), "\(seed)")
    let verify = try await Self.onTerminal(["verify", seeded, "--study", study])
    #expect(verify.contains("verifying the seeded corpus: "), "\(verify)")
    let unseed = try await Self.onTerminal(
      ["unseed", seeded, "--study", study, "--output", folder.file("back.jsonl")])
    #expect(unseed.contains("restoring the corpus: "), "\(unseed)")
    #expect(try folder.read("back.jsonl") == folder.read("corpus.jsonl"))
  }
}
