// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import Testing

/// Marked records of a seeded chat corpus, from the file to the report, by the real program.
@Suite struct `Records of conversations as they were trained` {
  private static func system(_ number: Int) -> String? {
    number % 3 == 0 ? nil : "You are clerk \(number % 3)."
  }

  private static func probe(_ seeded: SeededChat, _ endpoint: CountingEndpoint) async throws
    -> CoalmineProgram.Outcome
  {
    try await CoalmineProgram.started([
      "probe", "--study", seeded.study, "--endpoint", endpoint.url, "--model", "tuned",
      "--dialect", "vllm-chat", "--probe-set", "membership",
    ]).outcome()
  }

  @Test func `are asked in the turns of their lines, and the model's last turn is added up`()
    async throws
  {
    let seeded = try await SeededChat(Self.system, exchanges: { 1 + $0 % 3 })
    let chat = try DemoChat(trainedOn: seeded.folder.read("seeded.jsonl"), memorisation: 0.9)
    let endpoint = try await chat.endpoint()
    // Broken off by an endpoint that wants to be paid, and taken up again.
    chat.refuse(after: 45)
    let broken = try await Self.probe(seeded, endpoint)
    #expect(broken.code == 3, "\(broken.notes)")
    chat.refuse(after: .max)
    let probe = try await Self.probe(seeded, endpoint)
    #expect(probe.code == 0, "\(probe.notes)")
    try await endpoint.stop()

    let ledger = try Ledger.open(at: seeded.study)
    let study = try ledger.study()
    let scores = try ledger.observations(run: 1)[.recordLikelihood, default: [:]]
    try ledger.close()
    let scored = chat.bodies.filter { $0["prompt_logprobs"] != nil }
    let asked = Dictionary(
      scored.map { (SeededChat.turns($0["messages"]), 1) }, uniquingKeysWith: +)
    var sides: [CorpusRecord.Membership: Int] = [:]
    for record in study.records {
      let turns = try seeded.turns(
        ofRecord: try #require(Int(record.id.dropFirst("record-".count))))
      // Once, although the run was broken off; and in lower case, behind the same turns.
      #expect(asked[turns] == 1, "\(record.id)")
      let lower = [turns.last?[0] ?? "", turns.last?[1].lowercased() ?? ""]
      #expect(asked[turns.dropLast() + [lower]] == 1, "\(record.id)")
      guard case .measured(.likelihood(let tokens))? = scores[.record(record.id)] else {
        Issue.record("\(record.id) has no score")
        continue
      }
      let sum = tokens.reduce(0) { $0 + ($1.logProbability ?? .nan) }
      #expect(abs(sum - chat.logProbability(of: turns)) < 1e-9, "\(record.id)")
      #expect(tokens.map(\.range.upperBound).max() == turns.last?[1].utf8.count)
      sides[record.membership, default: 0] += 1
    }
    #expect(sides == [.member: 10, .nonmember: 10])
    #expect(scored.allSatisfy { $0["continue_final_message"] as? Bool == true })

    let verify = try await CoalmineProgram.run("verify", "--study", seeded.study)
    #expect(verify.code == 0, "\(verify.text)\(verify.notes)")
    let score = try await CoalmineProgram.run("score", "--study", seeded.study, "--json")
    let result = try #require(try jsonObject(score.output)["result"] as? [String: Any])
    let slugs = (result["caveats"] as? [[String: Any]] ?? []).compactMap { $0["slug"] as? String }
    #expect(!slugs.isEmpty && !slugs.contains("prompt-not-as-trained"), "\(slugs)")
    #expect(!slugs.contains("record-truncated") && !slugs.contains("template-not-applied"))
    let rows = result["membership"] as? [[String: Any]] ?? []
    let loss = rows.first { $0["score"] as? String == "loss" }
    #expect((loss?["auc"] as? Double ?? 0) > 0.7, "\(String(describing: loss))")

    // One row per record, with the turn that was scored as its text.
    let file = seeded.folder.file("records.csv")
    let csv = try await CoalmineProgram.run(
      "report", "--study", seeded.study, "--format", "csv-records", "--reveal", "--output", file)
    #expect([0, 1, 3, 4].contains(csv.code), "\(csv.notes)")
    let text = String(decoding: try seeded.folder.read("records.csv"), as: UTF8.self)
    #expect(text.contains(",Answer ") && !text.contains("Question "))

    let retire = try await CoalmineProgram.run("retire", seeded.study)
    #expect(retire.code == 0, "\(retire.notes)")
    let kept = try Data(contentsOf: URL(fileURLWithPath: seeded.study))
    for words in study.records.flatMap({ $0.conversation?.revealedTurns() ?? [] }).map(\.text) {
      #expect(kept.range(of: Data(words)) == nil, "\(String(decoding: words, as: UTF8.self))")
    }
    let after = try await CoalmineProgram.run("score", "--study", seeded.study, "--json")
    let again = try #require(try jsonObject(after.output)["result"] as? [String: Any])
    #expect(again["membership"] as? NSArray == result["membership"] as? NSArray)
    let whole = try await CoalmineProgram.run("verify", "--study", seeded.study)
    #expect(whole.code == 0, "\(whole.text)\(whole.notes)")
  }
}
