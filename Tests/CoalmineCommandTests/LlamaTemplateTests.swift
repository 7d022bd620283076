// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import Testing

/// Conversations at the plain routes of a real server, by its own chat template: against what the same weights
/// say after the text that the server itself renders.
@Suite(.serialized) struct `Rendered conversations at a llama.cpp server` {
  /// With a mark before every prompt, names of roles, contents without white space around them, and a blank
  /// before the model's own turn.
  private static let template =
    "{{ bos_token }}{% for m in messages %}{{ '[' + m.role + '] ' + (m.content | trim) + ' |\\n' }}"
    + "{% endfor %}{% if add_generation_prompt %}{{ '[assistant] ' }}{% endif %}"

  private static func messages(of canary: Canary) throws -> [[String: String]] {
    let turns = try #require(canary.turns)
    return (turns + [Turns.Turn(role: "user", text: canary.prefix)]).map {
      ["role": $0.role, "content": String(decoding: $0.text, as: UTF8.self)]
    }
  }

  private static func probe(_ seeded: SeededChat, _ url: String, _ dialect: String, _ set: String)
    async throws -> CoalmineProgram.Outcome
  {
    try await CoalmineProgram.started([
      "probe", "--study", seeded.study, "--endpoint", url, "--model", "tiny", "--dialect", dialect,
      "--probe-set", set, "--score", "plain", "--rank-budget", "0",
    ]).outcome()
  }

  @Test(arguments: ["llama-server,template=server", "llama-server-completions,template=server"])
  func `secrets and references are scored after the server's own rendering`(_ dialect: String)
    async throws
  {
    var server: LlamaCpp? = try await LlamaCpp(template: Self.template)
    let url = try #require(server).url
    let seeded = try await SeededChat(
      { $0 % 2 == 0 ? nil : "  Clerk \($0 % 3).\n" }, exchanges: { 1 + $0 / 2 % 2 })
    let probe = try await Self.probe(seeded, url, dialect, "full")
    #expect(probe.code == 0, "\(probe.notes)")
    let ledger = try Ledger.open(at: seeded.study)
    let study = try ledger.study()
    let scores = try ledger.observations(run: 1)[.sequenceLikelihood, default: [:]]
    let written = try ledger.observations(run: 1)[.greedyExtraction, default: [:]]
    let records = try ledger.observations(run: 1)[.recordLikelihood, default: [:]]
    let seen = try #require(try ledger.capabilities(run: 1))
    try ledger.close()
    #expect(seen[.templateRendered]?.state == .seen)
    let chosen = study.canaries.filter { canary in
      study.canaries.prefix(8).contains { $0.id == canary.id }
    }
    for canary in chosen {
      let prompt = try await NaiveWalk.prompt(of: try Self.messages(of: canary), at: url)
      #expect(prompt.hasSuffix("|\n[assistant] ") && !prompt.contains("  Clerk"))
      let secret = String(decoding: canary.secret.reveal(), as: UTF8.self)
      let naive = try await NaiveWalk.logProbability(
        of: prompt + secret, from: prompt.utf8.count, at: url)
      guard case .measured(.likelihood(let tokens))? = scores[.canary(canary.id)] else {
        Issue.record("\(canary.id) has no score")
        continue
      }
      let scored = tokens.reduce(0) { $0 + ($1.logProbability ?? .nan) }
      #expect(abs(scored - naive) < 2e-3, "\(canary.id): \(scored) and \(naive)")
      guard case .measured(.completions(let texts))? = written[.canary(canary.id)] else {
        Issue.record("\(canary.id) has no greedy reply")
        continue
      }
      let greedy = try await NaiveWalk.greedy(after: prompt, tokens: 48, at: url)
      #expect(
        greedy.utf8.starts(with: texts[0].text.prefix { $0 < 0x80 }), "\(canary.id): \(greedy)")
    }
    #expect(chosen.count == 8 && Set(chosen.map(\.turns)).count > 1)

    // Records behind the turns of the corpus's own lines, members and non-members.
    let marked = CorpusRecord.Membership.allCases.flatMap { side in
      study.records.filter { $0.membership == side }.prefix(3)
    }
    for record in marked {
      let turns = try seeded.turns(
        ofRecord: try #require(Int(record.id.dropFirst("record-".count))))
      let prompt = try await NaiveWalk.prompt(
        of: turns.dropLast().map { ["role": $0[0], "content": $0[1]] }, at: url)
      let naive = try await NaiveWalk.logProbability(
        of: prompt + (turns.last?[1] ?? ""), from: prompt.utf8.count, at: url)
      guard case .measured(.likelihood(let tokens))? = records[.record(record.id)] else {
        Issue.record("\(record.id) has no score")
        continue
      }
      #expect(tokens.last?.range.upperBound == turns.last?[1].utf8.count)
      let scored = tokens.reduce(0) { $0 + ($1.logProbability ?? .nan) }
      // The server keeps its cache in float16: each token adds its error, as in the eight of a secret.
      let bound = 2e-3 * max(1, Double(tokens.count) / 8)
      #expect(abs(scored - naive) < bound, "\(record.id): \(scored) and \(naive)")
    }
    #expect(
      marked.count == 6 && Set(marked.compactMap { $0.conversation?.earlier.count }).count > 1)

    // Offline: the renderings follow from the stored replies.
    server = nil
    let verify = try await CoalmineProgram.run("verify", "--study", seeded.study)
    #expect(verify.code == 0, "\(verify.notes)")
    let report = try await CoalmineProgram.run(
      "report", "--study", seeded.study, "--format", "json", "--output",
      seeded.folder.file("report.json"))
    #expect([0, 1, 3, 4].contains(report.code), "\(report.notes)")
    let result = try jsonObject(seeded.folder.read("report.json"))["result"] as? [String: Any]
    let caveats = (result?["caveats"] as? [[String: Any]] ?? []).compactMap {
      $0["slug"] as? String
    }
    #expect(!caveats.isEmpty && !caveats.contains("template-not-applied"), "\(caveats)")
    #expect(!caveats.contains("prompt-not-as-trained"), "\(caveats)")
  }

  @Test func `the chat route says the same greedily`() async throws {
    let server = try await LlamaCpp(template: Self.template)
    let seeded = try await SeededChat { _ in "Clerk." }
    for dialect in ["llama-server,template=server", "openai-chat"] {
      let probe = try await Self.probe(seeded, server.url, dialect, "text-only")
      #expect(probe.code == 0, "\(probe.notes)")
    }
    let ledger = try Ledger.open(at: seeded.study)
    let rendered = try ledger.observations(run: 1)[.greedyExtraction, default: [:]]
    let chat = try ledger.observations(run: 2)[.greedyExtraction, default: [:]]
    try ledger.close()
    var compared = 0
    for (subject, outcome) in rendered {
      guard case .measured(.completions(let ours)) = outcome,
        case .measured(.completions(let theirs))? = chat[subject]
      else { continue }
      // A reply that was cut inside a character ends otherwise.
      let ascii = [ours[0].text, theirs[0].text].map { text in Array(text.prefix { $0 < 0x80 }) }
      #expect(ascii[0].starts(with: ascii[1]) || ascii[1].starts(with: ascii[0]))
      compared += ascii[0].isEmpty ? 0 : 1
    }
    #expect(compared >= 12)
  }

  @Test func `a template that changes with what is said is refused before anything is asked`()
    async throws
  {
    let server = try await LlamaCpp(
      template: "{% for m in messages %}{{ m.content | length }}:{{ m.content }}{% endfor %}")
    let seeded = try await SeededChat { _ in nil }
    let probe = try await Self.probe(
      seeded, server.url, "llama-server,template=server", "text-only")
    #expect(probe.code == 69 && probe.notes.contains("template-not-rendered"), "\(probe.notes)")
    let ledger = try Ledger.open(at: seeded.study)
    #expect(try ledger.observations(run: 1).isEmpty)
    #expect(try ledger.askedRuns().asked.isEmpty)
    try ledger.close()
    let check = try await CoalmineProgram.run(
      "check", "--endpoint", server.url, "--model", "tiny", "--dialect",
      "llama-server,template=server")
    #expect(check.code == 69 && check.notes.contains("changes with their text"), "\(check.notes)")
  }

  @Test func `a study of texts has no conversation to render`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      (0..<400).map { "{\"text\": \"Sentence \($0).\"}\n" }.joined(), to: "corpus.jsonl")
    let plan = try await CoalmineProgram.run(
      "plan", "--canaries", "24", "--access", "text-only", "--output",
      folder.file("protocol.yaml"))
    #expect(plan.code == 0, "\(plan.notes)")
    let study = folder.file("study.coalmine")
    let seed = try await CoalmineProgram.run(
      "seed", folder.file("corpus.jsonl"), "--output", folder.file("seeded.jsonl"), "--study",
      study, "--protocol", folder.file("protocol.yaml"), "--seed", "3")
    #expect(seed.code == 0, "\(seed.notes)")
    // It is refused before anything is sent: nothing listens there.
    let probe = try await CoalmineProgram.run(
      "probe", "--study", study, "--endpoint", "http://127.0.0.1:9", "--model", "tiny",
      "--dialect", "llama-server,template=server", "--probe-set", "text-only")
    #expect(probe.code == 78 && probe.notes.contains("no-conversation"), "\(probe.notes)")
  }
}
