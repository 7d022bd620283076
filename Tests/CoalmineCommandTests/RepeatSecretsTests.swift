// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineServing
import CoalmineTesting
import Foundation
import Synchronization
import Testing

/// `coalmine check --repeat-secrets`, by the real program, against a server with a filter on what it writes.
@Suite struct `A filter on output` {
  private static let instruction = "Repeat the following text exactly."

  /// A chat server that repeats what it is told to, without digits where it filters; the lines that it was
  /// told to repeat go to `lines`.
  private static func server(filters: Bool, _ posted: Lines) async throws -> CountingEndpoint {
    try await CountingEndpoint { request in
      guard request.method == "POST" else {
        return ServedResponse(status: 200, body: Array(#"{"data":[{"id":"tuned"}]}"#.utf8))
      }
      let body =
        (try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]) ?? [:]
      let told = (body["messages"] as? [[String: Any]])?.last?["content"] as? String ?? ""
      var text = "I do not know \(told.utf8.count)."
      if told.hasPrefix(instruction) {
        let line = told.split(separator: "\n").last.map(String.init) ?? ""
        posted.add(line)
        text = filters && line.contains(where: \.isNumber) ? "[REDACTED]" : line
      }
      let choices = (0..<(body["n"] as? Int ?? 1)).map { index -> [String: Any] in
        [
          "index": index, "finish_reason": "stop",
          "message": ["role": "assistant", "content": index % 2 == 0 ? text : text + " "],
        ]
      }
      let answer = try? JSONSerialization.data(
        withJSONObject: ["model": "tuned", "choices": choices])
      return ServedResponse(status: 200, body: Array(answer ?? Data()))
    }
  }

  private final class Lines: Sendable {
    private let list = Mutex<[String]>([])

    func add(_ line: String) { list.withLock { $0.append(line) } }
    var all: [String] { list.withLock { $0 } }
  }

  private static func check(_ seeded: SeededChat, _ endpoint: CountingEndpoint, _ more: String...)
    async throws -> CoalmineProgram.Outcome
  {
    try await CoalmineProgram.started(
      [
        "check", "--study", seeded.study, "--endpoint", endpoint.url, "--model", "tuned",
        "--dialect", "openai-chat", "--probe-set", "text-only", "--json",
      ] + more
    ).outcome()
  }

  private static func item(_ outcome: CoalmineProgram.Outcome) -> [String: Any]? {
    (outcome.json["checks"] as? [[String: Any]])?.first {
      $0["subject"] as? String == "secrets-repeated"
    }
  }

  @Test func `is told by fresh secrets, kept with the run, and named by the report`() async throws {
    let seeded = try await SeededChat { $0 % 2 == 0 ? "You are a clerk." : nil }
    let lines = Lines()
    let endpoint = try await Self.server(filters: true, lines)
    // On request alone; and a check that was made without it is completed.
    let plain = try await Self.check(seeded, endpoint)
    #expect(Self.item(plain) == nil, "\(plain.notes)")
    #expect(lines.all.isEmpty)
    let asked = try await Self.check(seeded, endpoint, "--repeat-secrets")
    let item = try #require(Self.item(asked), "\(asked.notes)")
    #expect(item["state"] as? String == "not-seen")
    let evidence = item["evidence"] as? String ?? ""
    #expect(evidence.contains("changed or redacted") && evidence.contains("lower bound"))
    // Nothing of the study, and each kind once with the harmless line before them.
    let ledger = try Ledger.open(at: seeded.study)
    let study = try ledger.study()
    let own = Set(study.canaries.map { String(decoding: $0.secret.reveal(), as: UTF8.self) })
    let kinds = Set(study.canaries.map(\.kind))
    try ledger.close()
    #expect(lines.all.count == kinds.count + 1, "\(lines.all)")
    #expect(own.isDisjoint(with: lines.all))
    for line in lines.all { #expect(!asked.text.contains(line) && !asked.notes.contains(line)) }
    // Asked for again, it is read from the study.
    let again = try await Self.check(seeded, endpoint, "--repeat-secrets")
    #expect(Self.item(again)?["evidence"] as? String == evidence)
    #expect(lines.all.count == kinds.count + 1)
    let probe = try await seeded.probe(endpoint, "openai-chat")
    #expect(probe.code == 0, "\(probe.notes)")
    try await endpoint.stop()
    let verify = try await CoalmineProgram.run("verify", "--study", seeded.study)
    #expect(verify.code == 0, "\(verify.text)\(verify.notes)")
    let report = try await CoalmineProgram.run(
      "report", "--study", seeded.study, "--format", "json", "--output", "-")
    #expect(report.text.contains("\"output-filter\""))
    #expect(report.text.contains("\"secrets-repeated\""))
  }

  @Test func `that is not there is seen not to be there, also when it is looked for last`()
    async throws
  {
    let seeded = try await SeededChat { _ in nil }
    let lines = Lines()
    let endpoint = try await Self.server(filters: false, lines)
    let probe = try await seeded.probe(endpoint, "openai-chat")
    #expect(probe.code == 0, "\(probe.notes)")
    let asked = try await Self.check(seeded, endpoint, "--repeat-secrets")
    try await endpoint.stop()
    #expect(Self.item(asked)?["state"] as? String == "seen", "\(asked.text)\(asked.notes)")
    let verify = try await CoalmineProgram.run("verify", "--study", seeded.study)
    #expect(verify.code == 0, "\(verify.text)\(verify.notes)")
    let report = try await CoalmineProgram.run(
      "report", "--study", seeded.study, "--format", "json", "--output", "-")
    #expect(!report.text.contains("\"output-filter\""))
  }
}
