// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// What `serve` trains on is what `seed` plants in.
@Suite struct `Training files of serve` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What `serve` says until it serves, or its end.
  private func serve(_ arguments: [String]) async throws -> (
    documents: Int?, ended: CoalmineProgram.Outcome?, notes: String
  ) {
    let running = try CoalmineProgram.started(["serve", "--json"] + arguments)
    while running.isRunning, !running.outputSoFar.contains("}") { usleep(2_000) }
    let printed = running.outputSoFar
    let isServing = running.isRunning
    running.signal(SIGTERM)
    let outcome = try await running.outcome()
    let fields = try? jsonObject(printed.utf8)
    return (
      fields?["documents"] as? Int, isServing ? nil : outcome, outcome.notes
    )
  }

  private func file(_ record: (Int) -> String) throws -> String {
    try folder.write((0..<20).map { record($0) + "\n" }.joined(), to: "train.jsonl")
  }

  @Test(arguments: [
    (#"{"instruction":"say N","output":"N"}"#, [String]()),
    (#"{"sample":"text N"}"#, ["--text-field", "sample"]),
    (#"{"ask":"say N","reply":"N"}"#, ["--prompt-field", "ask", "--completion-field", "reply"]),
    (
      #"{"chat":[{"role":"user","content":"N"},{"role":"assistant","content":"N"}]}"#,
      ["--messages-field", "chat"]
    ),
    (#"{"text":"N"}"#, []), ("plain text N", ["--format", "text"]),
  ])
  func `every corpus that seed takes is trained on with the same options`(
    _ record: String, _ options: [String]
  ) async throws {
    let path = try file { record.replacingOccurrences(of: "N", with: "number \($0)") }
    let seed = try await CoalmineProgram.started(
      [
        "seed", path, "--output", folder.file("seeded.jsonl"), "--study", folder.file("s.coalmine"),
        "--hold-out", "0", "--json", "--protocol", SmallStudy.handWritten,
      ] + options
    ).outcome()
    #expect(seed.code == 0, "\(seed.notes)")
    let copies = try #require(seed.json["copies"] as? Int)
    let served = try await serve(["--train", folder.file("seeded.jsonl")] + options)
    #expect(served.documents == 20 + copies, "\(served.notes)")
  }

  @Test(arguments: [
    (#"{"sample":"text N","more":"text N"}"#, [String](), "record-shape-unknown", "--text-field"),
    (#"{"sample":"text N"}"#, ["--text-field", "text"], "no-training-text", "'--text-field'"),
    ("", [], "no-training-text", "one record per line"),
  ])
  func `a file without text is bad data, 65, with what to do`(
    _ record: String, _ options: [String], _ code: String, _ help: String
  ) async throws {
    let path = try file { record.replacingOccurrences(of: "N", with: "\($0)") }
    let good = try folder.write("a line\n", to: "good.txt")
    let served = try await serve(["--train", good, "--train", path] + options)
    #expect(served.ended?.code == 65, "\(served.notes)")
    #expect(served.notes.contains("[\(code)]") && served.notes.contains(path), "\(served.notes)")
    #expect(served.notes.contains(help), "\(served.notes)")
  }

  @Test func `records without text are counted`() async throws {
    let path = try file { $0 < 3 ? #"{"other":1}"# : "{\"text\":\"number \($0)\"}" }
    let served = try await serve(["--train", path])
    #expect(served.documents == 17)
    #expect(served.notes.contains("note: 3 records of '\(path)' without text in 'text'"))
  }
}
