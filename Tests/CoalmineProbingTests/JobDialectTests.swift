// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineProbing
import CoalmineTesting
import Foundation
import Testing

/// The dialects' own questions, in jobs and one by one: hand-made replies in the shape of each API.
@Suite struct `Questions of a dialect in its batch jobs` {
  /// The text that a request asks to be gone on with.
  private static func asked(_ request: [String: Any]) -> String? {
    let turn = (request["messages"] ?? request["contents"]) as? [[String: Any]]
    return turn?.last?["content"] as? String
      ?? (turn?.last?["parts"] as? [[String: Any]])?.first?["text"] as? String
  }

  /// The reply to a request: it depends on the prompt, and some are held back.
  private static func reply(_ words: JobWords, _ request: [String: Any]) -> [String: Any] {
    let prompt = asked(request) ?? ""
    let text = " \(prompt.utf8.reduce(7) { ($0 * 31 + Int($1)) % 1_000 })"
    let isHeldBack = prompt.contains("number 3")
    if words == .anthropic {
      return [
        "content": isHeldBack ? [] : [["type": "text", "text": text]], "model": "tiny",
        "stop_reason": isHeldBack ? "refusal" : "end_turn",
      ]
    }
    var candidate: [String: Any] = [
      "index": 0, "finishReason": isHeldBack ? "RECITATION" : "STOP",
    ]
    if !isHeldBack { candidate["content"] = ["parts": [["text": text]]] }
    return ["candidates": [candidate], "modelVersion": "tiny"]
  }

  private static func study(_ words: JobWords) throws -> ProbedStudy {
    try ProbedStudy(
      probes: [.greedyExtraction, .sampledExtraction], dialect: dialect(words.rawValue))
  }

  private static func observations(_ study: ProbedStudy) throws
    -> [Probe: [Subject: Outcome<Observation>]]
  { try study.ledger.observations(run: study.run.number) }

  @Test(arguments: [JobWords.anthropic, .gemini])
  func `they get the answers that single requests get`(_ words: JobWords) async throws {
    let alone = try Self.study(words)
    let single = try alone.driver { request async throws(TransportError) in
      guard let body = request.body, let asked = try? jsonObject(body.reveal()) else {
        return .refusal(404)
      }
      return ScriptedModel.reply(Self.reply(words, asked))
    }
    #expect(try await single.run(alone.questions(try alone.plan().direct)).isComplete)
    let study = try Self.study(words)
    let provider = BatchProvider(words) { body, _ in
      [
        "response": [
          "status_code": 200, "body": Self.reply(words, (try? jsonObject(body)) ?? [:]),
        ] as [String: Any]
      ]
    }
    var driver = try study.driver(send: provider.send)
    driver.usesJobs = true
    #expect(try await driver.run(study.questions(try study.plan().direct)).isComplete)
    let seen = try Self.observations(study)
    #expect(try seen == Self.observations(alone) && seen[.sampledExtraction]?.count == 6)
    #expect(provider.now.jobs.count == 1)
    let held = try #require(seen[.greedyExtraction]?[.canary("code-3")]?.value)
    guard case .completions(let texts) = held else {
      Issue.record("no completions")
      return
    }
    #expect(texts.map(\.ending) == [words == .gemini ? .recitation : .refused])
  }
}
