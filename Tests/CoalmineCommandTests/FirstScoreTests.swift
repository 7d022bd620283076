// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What `score` says to somebody who calls it too early, by the real program.
@Suite struct `Scoring before there are answers` {
  private let untrue = ["1 of 1", "no effect of any size", "can see", "no sign this model"]

  @Test func `before any run it says what to do next, and nothing of power`() async throws {
    let small = try await SmallStudy()
    let score = try await CoalmineProgram.run("score", "--study", small.study)
    #expect(score.code == 3)
    #expect(score.text.contains("verdict: incomplete\n  No tuned model was probed yet"))
    #expect(score.text.contains("'coalmine status STUDY' says the next command"))
    for words in untrue { #expect(!score.text.contains(words), "\(score.text)") }
  }

  @Test func `after a base run it still waits for the tuned one`() async throws {
    let small = try await SmallStudy()
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.corpus)], memorisation: 0.3)
    #expect(try await small.probe(endpoint, ["--as", "base"]).code == 0)
    let score = try await CoalmineProgram.run("score", "--study", small.study, "--json")
    #expect(score.code == 3)
    let result = try #require(score.json["result"] as? [String: Any])
    let findings = try #require(result["findings"] as? [[String: Any]])
    #expect(findings.compactMap { $0["slug"] as? String } == ["tuned-model-not-probed"])
    for words in untrue { #expect(!score.text.contains(words)) }
    try await endpoint.stop()
  }

  @Test func `a run that was stopped half-way says how much is missing, and no more`() async throws
  {
    let small = try await SmallStudy(references: 127)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let running = try CoalmineProgram.startedHearingSignals(small.probeArguments(endpoint))
    // Behind the check's requests and the first of the study's.
    endpoint.callOnRequest { if $0 == 40 { running.signal(SIGINT) } }
    #expect(try await running.outcome().code == 130)
    let score = try await CoalmineProgram.run("score", "--study", small.study)
    #expect(score.code == 3)
    #expect(
      score.text.firstMatch(of: /\n  [0-9]+ of [0-9]+ answers of the tuned run are missing/) != nil,
      "\(score.text)")
    for words in untrue { #expect(!score.text.contains(words), "\(score.text)") }
    try await endpoint.stop()
  }
}
