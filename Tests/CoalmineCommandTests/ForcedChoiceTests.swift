// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import Testing

/// Forced choices through the program, at a server that is written for these tests.
@Suite struct `A run of forced choices` {
  /// A decision endpoint.
  ///
  /// - Parameter weigh: how much each text weighs after a prompt, by its place.
  private static func server(
    _ weigh: @escaping @Sendable (_ prompt: String, _ texts: [String]) -> [Double]
  ) throws -> FaultServer {
    try FaultServer { wire in
      while let request = wire.readRequest() {
        guard let asked = try? jsonObject(request.body), let prompt = asked["input"] as? String,
          let question = (asked["questions"] as? [[String: Any]])?.first,
          let choices = question["choices"] as? [[String: String]]
        else {
          wire.send(wireReply(status: "404 Not Found", #"{"error":{"message":"no"}}"#))
          continue
        }
        let texts = choices.compactMap { $0["value"] }
        let weights = weigh(prompt, texts)
        let sum = weights.reduce(0, +)
        let listed = zip(texts, weights).map {
          #"{"value":"\#($0)","probability":\#($1 / sum)}"#
        }.joined(separator: ",")
        wire.send(
          wireReply(
            headers: ["content-type: application/json"],
            #"{"model":"tuned","answers":[{"type":"choice","probabilities":[\#(listed)]}]}"#))
      }
    }
  }

  /// What the pattern of a public text makes likely, or what `knows` says.
  private static func model(_ knows: Set<String> = []) throws -> FaultServer {
    try server { prompt, texts in
      texts.map { text in
        knows.contains(text) || prompt.contains(text.trimmingCharacters(in: .whitespaces)) ? 50 : 1
      }
    }
  }

  private static let dialect = ["--dialect", "decisions", "--model", "tuned"]

  private static func choose(_ study: SmallStudy, _ server: FaultServer) async throws
    -> CoalmineProgram.Outcome
  {
    try await CoalmineProgram.started(
      [
        "probe", "--study", study.study, "--endpoint", server.url, "--probe-set", "forced-choice",
      ] + dialect
    ).outcome()
  }

  private static func report(_ study: SmallStudy, run: Int) async throws -> [String: Any] {
    let outcome = try await CoalmineProgram.started([
      "report", "--study", study.study, "--format", "json", "--run", "\(run)", "--output", "-",
    ]).outcome()
    return try #require(outcome.json["result"] as? [String: Any], "\(outcome.notes)")
  }

  @Test func `a check tells an endpoint that chooses by the text from one that likes a place`()
    async throws
  {
    for (server, code) in [
      (try Self.model(), 0),
      (try Self.server { _, texts in [9] + texts.dropFirst().map { _ in 1 } }, 69),
    ] as [(FaultServer, Int32)] {
      let outcome = try await CoalmineProgram.started(
        ["check", "--endpoint", server.url, "--json"] + Self.dialect
      ).outcome()
      #expect(outcome.code == code, "\(outcome.notes)\(outcome.text)")
      #expect(outcome.json["verified"] as? [String] == (code == 0 ? ["chooses"] : []))
      server.stop()
    }
  }

  @Test func `is the last of a study, shows a rank, and burns the canaries`() async throws {
    let small = try await SmallStudy(
      canaries: 12, references: 7, samples: 0, defaultSamples: 0,
      planning: ["--forced-choice", "4"])
    let ledger = try Ledger.open(at: small.study)
    let secrets = try ledger.canaries().filter { $0.role != .heldOut }.map {
      String(decoding: $0.secret.reveal(), as: UTF8.self)
    }
    try ledger.close()
    let server = try Self.model(Set(secrets))
    let early = try await Self.choose(small, server)
    #expect(early.code == 78 && early.notes.contains("[forced-choice-not-last]"), "\(early.notes)")
    #expect(server.requests.isEmpty)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let first = try await small.probe(endpoint)
    #expect(first.code == 0, "\(first.notes)")
    let before = try await Self.report(small, run: 1)
    #expect((before["forced_choice"] as? [String: Any])?["run"] is NSNull)
    let listed = try #require(before["not_measured"] as? [[String: Any]])
    #expect(listed.contains { $0["slug"] as? String == "forced-choice-not-asked" })

    let chosen = try await Self.choose(small, server)
    #expect(chosen.code == 0, "\(chosen.notes)")
    let after = try await Self.report(small, run: 1)
    #expect(after["verdict"] as? String == before["verdict"] as? String)
    let choice = try #require(after["forced_choice"] as? [String: Any])
    #expect(choice["run"] as? Int == 2 && choice["texts"] as? Int == 4)
    let groups = try #require(choice["groups"] as? [[String: Any]])
    for group in groups {
      let count = try #require(group["canaries"] as? Int)
      #expect(group["answered"] as? Int == count)
      guard group["role"] as? String != "held-out" else { continue }
      #expect(group["first"] as? Int == count)
      let p = try #require(group["p_value"] as? Double)
      #expect(abs(p / pow(0.25, Double(count)) - 1) < 1e-9)
    }
    #expect(!Self.isBurned(after))

    let status = try await CoalmineProgram.started(["status", small.study]).outcome()
    #expect(status.text.contains("The canaries are burned: run 2"), "\(status.text)")
    let none = try await CoalmineProgram.started([
      "score", "--study", small.study, "--run", "2",
    ]).outcome()
    #expect(none.code == 64 && none.notes.contains("[no-such-run]"), "\(none.notes)")
    let again = try await small.probe(endpoint, ["--new-run"])
    #expect(again.code == 0 && again.notes.contains("the canaries are burned"), "\(again.notes)")
    let later = try await Self.report(small, run: 3)
    #expect(Self.isBurned(later) && Self.has("secrets-shown-before", later))
    #expect(!Self.isBurned(try await Self.report(small, run: 1)))
    server.stop()
    try await endpoint.stop()
  }

  private static func isBurned(_ result: [String: Any]) -> Bool { has("canaries-burned", result) }

  private static func has(_ caveat: String, _ result: [String: Any]) -> Bool {
    (result["caveats"] as? [[String: Any]] ?? []).contains { $0["slug"] as? String == caveat }
  }

  @Test func `is refused where the protocol plans none, and with another probe set`() async throws {
    let small = try await SmallStudy(canaries: 8, references: 3, samples: 0, defaultSamples: 0)
    let server = try Self.model()
    let unplanned = try await Self.choose(small, server)
    #expect(
      unplanned.code == 78 && unplanned.notes.contains("[forced-choice-not-planned]"),
      "\(unplanned.notes)")
    let other = try await CoalmineProgram.started(
      ["probe", "--study", small.study, "--endpoint", server.url] + Self.dialect
    ).outcome()
    #expect(
      other.code == 78 && other.notes.contains("[probe-set-not-of-dialect]"), "\(other.notes)")
    #expect(server.requests.isEmpty)
    let plan = try await CoalmineProgram.run(
      "plan", "--forced-choice", "1", "--output", small.folder.file("other.yaml"))
    #expect(plan.code == 64, "\(plan.notes)")
    server.stop()
  }
}
