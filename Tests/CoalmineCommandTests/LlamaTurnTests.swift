// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import Foundation
import Testing

/// The routes of other providers at a real server, against what its weights say after the same turns.
@Suite(.serialized) struct `Turns of other APIs at a llama.cpp server` {
  /// The turns that a form puts before the model.
  private static func messages(_ form: Presentation.Form, _ text: String) -> [[String: String]] {
    let turns: [(String, String)] =
      form == .chat
      ? [
        ("system", String(decoding: Presentation.instruction.text, as: UTF8.self)), ("user", text),
      ]
      : [
        ("user", String(decoding: Presentation.opening.text, as: UTF8.self)), ("assistant", text),
      ]
    return turns.map { ["role": $0.0, "content": $0.1] }
  }

  @Test(arguments: [
    ("anthropic-messages", Presentation.Form.chat),
    ("anthropic-messages,prefill=on", .prefilled),
    ("openai-chat,prefill=trailing", .prefilled), ("openai-responses", .chat),
  ])
  func `a secret is written greedily where the weights say so`(
    _ dialect: String, _ form: Presentation.Form
  ) async throws {
    let server = try await LlamaCpp()
    let ids = `Chat completions of a llama.cpp server`.ids
    let study = try await TinyModel.Study(
      canaries: { ids.contains($0) }, references: 7, samples: 1)
    try await study.probe(server, dialect: dialect, "--probe-set", "text-only")
    let result = try await study.result()
    let listed = try #require(result["canaries"] as? [[String: Any]])
    let (record, _) = try study.stored(.greedyExtraction)
    var found = 0
    for canary in record.canaries {
      let prompt = try await NaiveWalk.prompt(
        of: Self.messages(form, String(decoding: canary.prefix, as: UTF8.self)), at: server.url)
      let secret = String(decoding: canary.separator + canary.secret.reveal(), as: UTF8.self)
      let steps = try await NaiveWalk.steps(
        of: prompt + secret, from: prompt.utf8.count, at: server.url)
      let isGreedy = steps.allSatisfy { $0.row[0].token == $0.token }
      let extraction = try #require(
        listed.first { $0["id"] as? String == canary.id }?["extraction"] as? [String: Any])
      let greedy = extraction["greedy"] as? [String: Any]
      #expect(greedy?["extracted"] as? Bool == isGreedy, "\(canary.id)")
      found += isGreedy ? 1 : 0
      print("\(dialect) \(canary.id): greedy \(isGreedy)")
    }
    #expect(record.canaries.count == ids.count && found > 0)
  }
}
