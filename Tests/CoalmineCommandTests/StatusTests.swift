// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import Testing

@Suite struct `status` {
  private func told(_ study: String) async throws -> CoalmineProgram.Outcome {
    let outcome = try await CoalmineProgram.run("status", study, "--format", "json")
    #expect(outcome.code == 0, "\(outcome.notes)")
    return outcome
  }

  private func step(_ outcome: CoalmineProgram.Outcome) -> String? {
    (outcome.json["next"] as? [String: Any])?["step"] as? String
  }

  @Test func `every step of a study is told, with what is left, while nothing is written`()
    async throws
  {
    let small = try await SmallStudy(references: 63)
    let seeded = try Data(contentsOf: URL(fileURLWithPath: small.study))
    let first = try await told(small.study)
    #expect(step(first) == "train")
    #expect((first.json["deciding_inserted"] as? Int ?? 0) > 3)
    #expect(first.json["members"] as? Int == 20)
    #expect(try Data(contentsOf: URL(fileURLWithPath: small.study)) == seeded)
    #expect(!small.folder.names.contains { $0.contains("-wal") }, "\(small.folder.names)")

    let trained = try await CoalmineProgram.run(
      "trained", "--study", small.study, "--model", "tuned", "--epochs", "2")
    #expect(trained.code == 0, "\(trained.notes)")
    #expect(step(try await told(small.study)) == "probe-tuned")
    let words = try await CoalmineProgram.run("status", small.study)
    #expect(words.code == 0 && words.text.hasPrefix("next: Ask the tuned model"), "\(words.text)")
    #expect(words.text.contains("model 'tuned', 2 epochs"), "\(words.text)")

    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    try small.folder.write(
      """
      prices:
        - host: 127.0.0.1
          models: [\(endpoint.model)]
          input: 0.001
          output: 0.001
          seen: 2026-11-28
          source: a test
      """, to: "my prices.yaml")
    let stated = ["--prices", small.folder.file("my prices.yaml"), "--max-cost", "5"]
    let running = try CoalmineProgram.startedHearingSignals(
      small.probeArguments(endpoint) + stated)
    endpoint.callOnRequest { if $0 == 40 { running.signal(SIGINT) } }
    #expect(try await running.outcome().code == 130)
    endpoint.callOnRequest(nil)
    let open = try await told(small.study)
    #expect(step(open) == "go-on")
    let run = try #require((open.json["runs"] as? [[String: Any]])?.last)
    let missing = try #require(run["answers_missing"] as? Int)
    #expect(missing > 0 && missing < (run["answers_due"] as? Int ?? 0))
    #expect((run["requests_left_about"] as? Int ?? 0) > 0)
    try await tellsSteps(of: small)
    // The command that is printed goes on with the run.
    let next = try #require((open.json["next"] as? [String: Any])?["command"] as? String)
    #expect(next.contains("my prices.yaml' --max-cost 5"), "\(next)")
    let program = CoalmineProgram.products.appendingPathComponent("coalmine").path
    let resumed = try await CoalmineProgram.shell(
      next.replacing(/^coalmine/, with: program), in: small.folder.root)
    #expect(resumed.code == 0, "\(next): \(resumed.notes)")
    let done = try await told(small.study)
    #expect(step(done) == "score")
    let complete = try #require((done.json["runs"] as? [[String: Any]]))
    #expect(complete.count == 1 && complete[0]["answers_missing"] as? Int == 0)
    #expect(complete[0]["can_find_leak"] as? Bool == true)
    try await endpoint.stop()
  }

  /// Texts that are scored token by token get their answers at the end: no number of requests follows from
  /// those that are there.
  private func tellsSteps(of small: SmallStudy) async throws {
    let copy = small.folder.file("steps.coalmine")
    try FileManager.default.copyItem(atPath: small.study, toPath: copy)
    let ledger = try Ledger.open(at: copy)
    let run = try #require(try ledger.runs().last?.number)
    try ledger.store(
      Capabilities(
        claimed: [.tokenizes, .listsNextTokens], verified: [.tokenizes, .listsNextTokens],
        items: [], noiseNats: 0, repeats: 20, contextTokens: nil), run: run)
    try ledger.close()
    let last = try #require((try await told(copy).json["runs"] as? [[String: Any]])?.last)
    #expect(last["requests_left_about"] is NSNull, "\(last)")
    let words = try await CoalmineProgram.run("status", copy)
    #expect(words.text.contains("when its last token has one"), "\(words.text)")
    #expect(!words.text.contains("requests left"), "\(words.text)")
  }

  @Test func `a ledger that is held is read, and its holder goes on`() async throws {
    let small = try await SmallStudy(references: 3, samples: 1, defaultSamples: 0)
    let ledger = try Ledger.open(at: small.study)
    let score = try await CoalmineProgram.run("score", "--study", small.study)
    #expect(score.code == 75, "\(score.notes)")
    let held = try await told(small.study)
    #expect(held.json["ledger_is_held"] as? Bool == true && step(held) == "train")
    try ledger.close()

    // Looked at again and again while a run is written: never torn, never in the way.
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.corpus)], memorisation: 0.3)
    let running = try CoalmineProgram.started(small.probeArguments(endpoint))
    var looks = 0
    while running.isRunning {
      let look = try await CoalmineProgram.run("status", small.study, "--format", "json")
      #expect(look.code == 0, "\(look.notes)")
      looks += 1
    }
    #expect(try await running.outcome().code == 0)
    #expect(looks > 0)
    #expect(step(try await told(small.study)) == "score")
    try await endpoint.stop()
  }

  @Test func `a protocol that compares with the base model asks it first`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      SmallStudy.verses.suffix(300).joined(separator: "\n") + "\n", to: "corpus.jsonl")
    let plan = try await CoalmineProgram.run(
      "plan", "--canaries", "40", "--score", "tuned-minus-base", "--output",
      folder.file("protocol.yaml"))
    #expect(plan.code == 0, "\(plan.notes)")
    let seed = try await CoalmineProgram.run(
      "seed", folder.file("corpus.jsonl"), "--output", folder.file("seeded.jsonl"), "--study",
      folder.file("my study"), "--protocol", folder.file("protocol.yaml"), "--hold-out", "0")
    #expect(seed.code == 0, "\(seed.notes)")
    let outcome = try await told(folder.file("my study"))
    #expect(step(outcome) == "probe-base")
    #expect(outcome.text.contains("--as base"), "\(outcome.text)")
    let missing = try await CoalmineProgram.run("status", folder.file("none"))
    #expect(missing.code == 66 && !missing.notes.contains("--study"), "\(missing.notes)")
  }

  @Test(arguments: ["top-tokens", "text-only"])
  func `a study planned without scores is asked without them`(_ access: String) async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      SmallStudy.verses.suffix(300).joined(separator: "\n") + "\n", to: "corpus.jsonl")
    let plan = try await CoalmineProgram.run(
      "plan", "--canaries", "40", "--access", access, "--output", folder.file("protocol.yaml"))
    #expect(plan.code == 0, "\(plan.notes)")
    let seed = try await CoalmineProgram.run(
      "seed", folder.file("corpus.jsonl"), "--output", folder.file("seeded.jsonl"), "--study",
      folder.file("study"), "--protocol", folder.file("protocol.yaml"), "--hold-out", "0")
    #expect(seed.code == 0, "\(seed.notes)")
    let trained = try await CoalmineProgram.run(
      "trained", "--study", folder.file("study"), "--model", "tuned", "--epochs", "2")
    #expect(
      trained.text.hasSuffix(
        "--endpoint URL --model tuned --dialect DIALECT --probe-set text-only\n"),
      "\(trained.text)")
    #expect(step(try await told(folder.file("study"))) == "probe-tuned")
  }
}
