// SPDX-License-Identifier: Apache-2.0

import CoalmineServing
import CoalmineTesting
import Foundation
import Synchronization
import Testing

/// Conversations from the corpus to the endpoint, by the real program.
@Suite struct `Conversations as they were planted` {
  /// The bodies that were posted to a chat route.
  private final class Bodies: Sendable {
    private let list = Mutex<[Data]>([])

    func add(_ body: [UInt8]) { list.withLock { $0.append(Data(body)) } }
    var all: [[String: Any]] {
      list.withLock { $0 }.compactMap { try? JSONSerialization.jsonObject(with: $0) }
        .compactMap { $0 as? [String: Any] }
    }
  }

  /// A chat server whose reply follows from the last turn.
  private static func server(
    _ bodies: Bodies = Bodies(),
    _ reply: @escaping @Sendable (_ role: String, _ text: String) -> String
  ) async throws -> CountingEndpoint {
    try await CountingEndpoint { request in
      guard request.method == "POST" else {
        return ServedResponse(status: 200, body: Array(#"{"data":[{"id":"tuned"}]}"#.utf8))
      }
      bodies.add(request.body)
      guard
        let body = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any],
        let last = (body["messages"] as? [[String: Any]])?.last
      else { return ServedResponse(status: 400, body: []) }
      let text = reply(last["role"] as? String ?? "", last["content"] as? String ?? "")
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

  private static func system(_ number: Int) -> String? {
    number % 4 == 0 ? nil : "You are clerk \(number % 4).\nBe brief."
  }

  @Test(arguments: ["openai-chat", "openai-chat,prefill=trailing"])
  func `what is asked about an inserted canary is what stands before its secret in the file`(
    _ dialect: String
  ) async throws {
    let seeded = try await SeededChat(Self.system)
    let bodies = Bodies()
    let endpoint = try await Self.server(bodies) { _, _ in "I do not know." }
    let probe = try await seeded.probe(endpoint, dialect)
    #expect(probe.code == 0, "\(probe.notes)")
    try await endpoint.stop()
    let trained = try seeded.trained
    let asked = Set(bodies.all.map { SeededChat.turns($0["messages"]) })
    // Of the study: all that are no public text of the check.
    let own = asked.filter { turns in
      !turns.contains {
        $0[1].hasPrefix("Continue the text") || $0[1].hasPrefix("Write a text")
      }
    }
    #expect(own.allSatisfy { $0.last?[0] == "user" })
    let seen = own.intersection(trained)
    #expect(seen.count >= 8, "\(own.count)")
    // The others are held-out canaries and controls: behind system prompts of the corpus, each of them.
    let systems = Set((0..<4).map { Self.system($0) ?? "" })
    let heldOut = own.subtracting(trained)
    #expect(!heldOut.isEmpty)
    for turns in own {
      #expect(turns.count <= 2)
      #expect(systems.contains(turns.count == 2 ? turns[0][1] : ""))
    }
    #expect(Set(heldOut.map { $0.count == 2 ? $0[0][1] : "" }) == systems)
    let reread = try await CoalmineProgram.run("verify", "--study", seeded.study)
    #expect(reread.code == 0, "\(reread.text)\(reread.notes)")
    let report = try await CoalmineProgram.run(
      "report", "--study", seeded.study, "--format", "json", "--output", "-")
    #expect(!report.text.contains("\"prompt-not-as-trained\""))
  }

  @Test func `the commitment covers the turns, and a retired study holds no text of them`()
    async throws
  {
    let seeded = try await SeededChat(Self.system)
    let file = seeded.folder.file("all.json")
    let disclose = try await CoalmineProgram.run(
      "disclose", "--study", seeded.study, "--all", "--output", file)
    #expect(disclose.code == 0, "\(disclose.notes)")
    let all = String(decoding: try seeded.folder.read("all.json"), as: UTF8.self)
    let role = Array("system".utf8).map { String($0, radix: 16) }.joined()
    for number in 1...3 {
      let text = try #require(Self.system(number))
      let digits = Array(text.utf8).map { byte in
        let two = String(byte, radix: 16)
        return two.count == 2 ? two : "0" + two
      }.joined()
      #expect(all.contains("\\nturns \(role):\(digits)\\n"))
    }
    #expect(all.contains("\\nsuffix 2e\\nindex "))
    let endpoint = try await Self.server { _, _ in "I do not know." }
    let probe = try await seeded.probe(endpoint, "openai-chat")
    #expect(probe.code == 0, "\(probe.notes)")
    try await endpoint.stop()
    let before = try await CoalmineProgram.run("score", "--study", seeded.study)
    let retire = try await CoalmineProgram.run("retire", seeded.study)
    #expect(retire.code == 0, "\(retire.notes)")
    let ledger = try Data(contentsOf: URL(fileURLWithPath: seeded.study))
    #expect(ledger.range(of: Data("You are clerk".utf8)) == nil)
    let after = try await CoalmineProgram.run("score", "--study", seeded.study)
    #expect(after.code == before.code)
    let verify = try await CoalmineProgram.run("verify", "--study", seeded.study)
    #expect(verify.code == 0, "\(verify.text)\(verify.notes)")
  }

  /// One check of a dialect that begins the model's own turn.
  private static func continued(
    _ reply: @escaping @Sendable (String, String) -> String
  ) async throws -> (state: String, evidence: String, code: Int32) {
    let endpoint = try await server(Bodies(), reply)
    let outcome = try await CoalmineProgram.started([
      "check", "--endpoint", endpoint.url, "--model", "tuned", "--dialect",
      "openai-chat,prefill=trailing", "--json",
    ]).outcome()
    try await endpoint.stop()
    let checks = outcome.json["checks"] as? [[String: Any]] ?? []
    let item = try #require(checks.first { $0["subject"] as? String == "turn-continued" })
    return (item["state"] as? String ?? "", item["evidence"] as? String ?? "", outcome.code)
  }

  private static let endings = ["one two th": "ree", "the la": "nd", "and ni": "ght"]

  @Test func `a server that goes on with the model's turn is seen to`() async throws {
    let item = try await Self.continued { role, text in
      role == "assistant" ? Self.endings.first { text.hasSuffix($0.key) }?.value ?? " so" : "Yes."
    }
    #expect(item.state == "seen" && item.code == 0, "\(item)")
  }

  @Test func `a server that repeats the beginning before it goes on is seen to`() async throws {
    let item = try await Self.continued { role, text in
      text + (Self.endings.first { text.hasSuffix($0.key) }?.value ?? " so")
    }
    #expect(item.state == "seen", "\(item)")
  }

  @Test func `a server that closes the model's turn is not believed`() async throws {
    let item = try await Self.continued { _, text in "Certainly. Here is more of it." }
    #expect(item.state == "not-seen", "\(item)")
    #expect(item.evidence.contains("finding nothing says less"))
  }

  @Test func `a server that makes it the user's turn is not believed`() async throws {
    // It answers the text with whole words, as a model does that is spoken to.
    let words = ["one two th": "three, one two three", "the la": "land and sea", "and ni": "night"]
    let item = try await Self.continued { _, text in
      words.first { text.hasSuffix($0.key) }?.value ?? "so"
    }
    #expect(item.state == "not-seen", "\(item)")
  }
}
