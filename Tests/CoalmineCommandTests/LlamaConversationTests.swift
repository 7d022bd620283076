// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import Foundation
import Testing

/// Canaries of a seeded chat corpus at a real server: it is asked by the text that it makes of the turns as they
/// were planted.
@Suite(.serialized) struct `Planted conversations at a llama.cpp server` {
  @Test(arguments: [
    "openai-chat", "openai-chat,prefill=trailing", "anthropic-messages", "openai-responses",
  ])
  func `the greedy reply is what follows the planted turns`(_ dialect: String) async throws {
    let server = try await LlamaCpp()
    let seeded = try await SeededChat { $0 % 3 == 0 ? nil : "Clerk \($0 % 3)." }
    let probe = try await seeded.probe(server.url, "tiny", dialect)
    #expect(probe.code == 0, "\(probe.notes)")
    let ledger = try Ledger.open(at: seeded.study)
    let canaries = try ledger.study().canaries
    let answers = try ledger.observations(run: 1)[.greedyExtraction, default: [:]]
    try ledger.close()
    var compared = 0
    for canary in canaries.prefix(10) {
      let turns = try #require(canary.turns)
      let messages =
        turns.map {
          ["role": "system", "content": String(decoding: $0.text, as: UTF8.self)]
        } + [["role": "user", "content": String(decoding: canary.prefix, as: UTF8.self)]]
      let prompt = try await NaiveWalk.prompt(of: messages, at: server.url)
      let naive = try await NaiveWalk.greedy(after: prompt, tokens: 48, at: server.url)
      guard case .measured(.completions(let texts))? = answers[.canary(canary.id)] else {
        Issue.record("\(canary.id) has no greedy reply")
        continue
      }
      // A reply that was cut inside a character ends otherwise.
      let written = texts[0].text.prefix { $0 < 0x80 }
      #expect(naive.utf8.starts(with: written), "\(canary.id): \(naive)")
      compared += written.isEmpty ? 0 : 1
    }
    #expect(compared >= 5)
    #expect(Set(canaries.prefix(10).map(\.turns)).count == 3)
  }
}
