// SPDX-License-Identifier: Apache-2.0

import CoalmineDemoModel
import CoalmineLedger
import CoalmineServing
import CoalmineTesting
import Foundation
import GRDB
import Synchronization
import Testing

/// `coalmine check`, against servers that are honest and servers that are not.
@Suite struct `Checking an endpoint` {
  /// The demo model's answers, with every log-probability of a given text changed.
  private static func lying(
    _ change: @escaping @Sendable (Double) -> Double, trainedOn file: URL? = nil
  ) async throws -> CountingEndpoint {
    let corpus =
      file
      ?? Repository.url("Sources/CoalmineCommand/Corpus/verses.jsonl")
    let documents = TrainingFile.documents(Array(try Data(contentsOf: corpus)))
    let reference = DemoModelService(
      model: DemoModel(documents: documents, memorisation: 0.3)!, name: "tuned", key: nil)
    return try await CountingEndpoint { request in
      let honest = await reference.respond(to: request)
      guard
        var root = try? jsonObject(honest.body),
        var choices = root["choices"] as? [[String: Any]]
      else { return honest }
      for place in choices.indices {
        guard var logprobs = choices[place]["logprobs"] as? [String: Any],
          let values = logprobs["token_logprobs"] as? [Any]
        else { continue }
        logprobs["token_logprobs"] = values.map { value in
          (value as? Double).map { change($0) as Any } ?? value
        }
        choices[place]["logprobs"] = logprobs
      }
      root["choices"] = choices
      let body = (try? JSONSerialization.data(withJSONObject: root)) ?? Data()
      return ServedResponse(status: 200, body: Array(body))
    }
  }

  private static func check(_ endpoint: CountingEndpoint, _ more: String...) async throws
    -> CoalmineProgram.Outcome
  {
    try await CoalmineProgram.started(
      ["check", "--endpoint", endpoint.url, "--model", endpoint.model, "--json"] + more
    ).outcome()
  }

  /// The state of each thing that was looked at.
  private static func states(_ outcome: CoalmineProgram.Outcome) -> [String: String] {
    let checks = outcome.json["checks"] as? [[String: Any]] ?? []
    return Dictionary(
      uniqueKeysWithValues: checks.map {
        ($0["subject"] as? String ?? "", $0["state"] as? String ?? "")
      })
  }

  @Test func `an honest server is seen to do what its dialect claims`() async throws {
    let endpoint = try await Self.lying { $0 }
    let outcome = try await Self.check(endpoint)
    #expect(outcome.code == 0, "\(outcome.notes)\(outcome.text)")
    #expect(outcome.json["verified"] as? [String] == ["scores-text", "continues"])
    #expect(outcome.json["noise_nats"] as? Double == 0)
    #expect(outcome.json["scorings"] as? Int == 120)
    let states = Self.states(outcome)
    for subject in [
      "continues-text", "samples-differ", "text-scored", "varies-with-content", "improbable-falls",
      "probabilities-sum", "repeat-noise", "model-listed",
    ] { #expect(states[subject] == "seen", "\(subject): \(outcome.text)") }
    #expect(endpoint.requests <= 8)
    let measures = try #require(outcome.json["measures"] as? [[String: Any]])
    #expect(measures.count == 8)
    #expect(
      measures.filter { $0["possible"] as? Bool == false }.map { $0["measure"] as? String }
        == ["exposure by exact rank"])
    try await endpoint.stop()
  }

  @Test func `the same number for every token is not believed`() async throws {
    let endpoint = try await Self.lying { _ in -1 }
    let outcome = try await Self.check(endpoint)
    #expect(outcome.code == 69)
    #expect(outcome.json["verified"] as? [String] == ["continues"])
    #expect(Self.states(outcome)["varies-with-content"] == "not-seen")
    #expect(Self.states(outcome)["improbable-falls"] == "not-seen")
    try await endpoint.stop()
  }

  @Test func `probabilities that sum to more than 1 are not believed`() async throws {
    let endpoint = try await Self.lying { $0 * 0.05 }
    let outcome = try await Self.check(endpoint)
    #expect(outcome.code == 69)
    #expect(Self.states(outcome)["probabilities-sum"] == "not-seen")
    try await endpoint.stop()
  }

  @Test func `probe names only those causes of a refusal that decide`() async throws {
    let small = try await SmallStudy(canaries: 16, references: 3)
    let endpoint = try await Self.lying { _ in -1 }
    let probe = try await small.probe(endpoint)
    #expect(probe.code == 69, "\(probe.notes)")
    #expect(probe.notes.contains("[endpoint-cannot]"), "\(probe.notes)")
    #expect(probe.notes.contains("varies-with-content: "), "\(probe.notes)")
    // Seen of no endpoint that puts no mark before a text; it decides nothing.
    #expect(!probe.notes.contains("first-token-scored"), "\(probe.notes)")
    try await endpoint.stop()
  }

  @Test func `log-probabilities without their minus are refused`() async throws {
    let endpoint = try await Self.lying { -$0 }
    let outcome = try await Self.check(endpoint)
    #expect(outcome.code == 69, "\(outcome.notes)\(outcome.text)")
    #expect(Self.states(outcome)["text-scored"] == "not-seen")
    try await endpoint.stop()
  }

  @Test func `noise is measured, widens ties and is told`() async throws {
    let small = try await SmallStudy()
    let draw = Mutex(UInt64(88_172_645_463_325_252))
    let endpoint = try await Self.lying(
      { value in
        // Marsaglia's xorshift; ±0.01 nats a token.
        let noise = draw.withLock { state -> Double in
          state ^= state << 13
          state ^= state >> 7
          state ^= state << 17
          return Double(state % 2_001) / 100_000 - 0.01
        }
        return min(0, value + noise)
      }, trainedOn: URL(fileURLWithPath: small.seeded))
    let probe = try await small.probe(endpoint)
    #expect(probe.code == 0, "\(probe.notes)")
    let report = try await CoalmineProgram.run(
      "report", "--study", small.study, "--format", "json", "--output",
      small.folder.file("report.json"))
    #expect([0, 1, 4].contains(report.code), "\(report.notes)")
    let root = try jsonObject(small.folder.read("report.json"))
    let result = try #require(root["result"] as? [String: Any])
    let check = try #require((result["endpoint_checks"] as? [[String: Any]])?.first)
    let noise = try #require(check["noise_nats"] as? Double)
    #expect(noise > 0.005 && noise < 0.5)
    #expect(abs((check["tie_epsilon_nats"] as? Double ?? 0) - 2 * noise) < 1e-12)
    let caveats = (result["caveats"] as? [[String: Any]] ?? []).map { $0["slug"] as? String }
    #expect(caveats.contains("noisy-logprobs"))
    try await endpoint.stop()
  }

  @Test func `a server that cannot score is asked nothing of a study`() async throws {
    let small = try await SmallStudy()
    let asked = Mutex<[Data]>([])
    let endpoint = try await CountingEndpoint { request in
      asked.withLock { $0.append(Data(request.body)) }
      let body = try? jsonObject(request.body)
      let prompts = body?["prompt"] as? [String] ?? []
      let choices = prompts.indices.map {
        #"{"index":\#($0),"text":" x","logprobs":{"tokens":[" x"],"token_logprobs":[-0.5]},"#
          + #""finish_reason":"length"}"#
      }
      return ServedResponse(
        status: 200, body: Array(#"{"choices":[\#(choices.joined(separator: ","))]}"#.utf8))
    }
    let probe = try await small.probe(endpoint)
    #expect(probe.code == 69, "\(probe.notes)")
    #expect(probe.notes.contains("ignored 'echo'"), "\(probe.notes)")
    let bodies = asked.withLock { $0 }.map { String(decoding: $0, as: UTF8.self) }
    #expect(bodies.count == 1)
    #expect(bodies.allSatisfy { !$0.contains("access code") && $0.contains("one two three") })
    try await endpoint.stop()
  }

  @Test func `a check in a study is kept, and probing goes on from it`() async throws {
    let small = try await SmallStudy()
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let check = try await Self.check(endpoint, "--study", small.study)
    #expect(check.code == 0, "\(check.notes)")
    let before = endpoint.bodies
    #expect(before.values.reduce(0, +) <= 8)
    let again = try await Self.check(endpoint, "--study", small.study)
    // A few of its texts again: is it still the same model?
    #expect(again.json["requests"] as? Int == 1)
    #expect(again.json["verified"] as? [String] == ["scores-text", "continues"])
    let probe = try await small.probe(endpoint)
    #expect(probe.code == 0, "\(probe.notes)")
    for (body, count) in before { #expect(endpoint.bodies[body] == count) }
    let compared = endpoint.bodies.filter { before[$0.key] == nil && $0.value > 1 }
    // By the second check, when the run begins, and when it ends.
    #expect(compared.map(\.value) == [3])
    try await endpoint.stop()
  }

  @Test func `a check of the tuned model before the base run changes nothing that is compared`()
    async throws
  {
    let small = try await SmallStudy(
      references: 3, samples: 1, defaultSamples: 0, score: "tuned-minus-base")
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    #expect(try await Self.check(endpoint, "--study", small.study).code == 0)
    // Still nothing of the study was asked: the base comes first.
    let early = try await small.probe(endpoint)
    #expect(early.code == 78 && early.notes.contains("base-first"), "\(early.notes)")
    let base = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.corpus)], memorisation: 0.3)
    #expect(try await small.probe(base, ["--as", "base"]).code == 0)
    let tuned = try await small.probe(endpoint)
    #expect(tuned.code == 0, "\(tuned.notes)")
    let score = try await CoalmineProgram.run("score", "--study", small.study, "--json")
    let result = try #require(score.json["result"] as? [String: Any])
    let decision = try #require(result["decision"] as? [String: Any])
    let components = try #require(decision["components"] as? [[String: Any]])
    #expect(components.first?["score"] as? String == "tuned-minus-base", "\(components)")
    try await endpoint.stop()
    try await base.stop()
  }

  @Test func `text alone needs no scores, and none are tried`() async throws {
    let small = try await SmallStudy()
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let check = try await Self.check(
      endpoint, "--study", small.study, "--probe-set", "text-only")
    #expect(check.code == 0, "\(check.notes)")
    #expect(check.json["verified"] as? [String] == ["continues"])
    #expect(Self.states(check)["text-scored"] == "not-tried")
    // One of them is by what the model is known again.
    #expect(endpoint.requests == 3)
    try await endpoint.stop()
  }

  @Test func `what it prints for people is a table without surprises`() async throws {
    let endpoint = try await Self.lying { $0 }
    let outcome = try await CoalmineProgram.run(
      "check", "--endpoint", endpoint.url, "--model", "tuned")
    #expect(outcome.code == 0)
    #expect(
      outcome.text.hasPrefix("claimed:  scores-text, continues\nverified: scores-text, continues (")
    )
    #expect(outcome.text.contains("\nseen  model-listed"))
    #expect(outcome.text.contains("\nno    first-token-scored"))
    #expect(outcome.text.contains("NO   exposure by exact rank"))
    #expect(!outcome.text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    try await endpoint.stop()
  }

  @Test func `a dry run sends nothing, writes nothing and counts what the run then takes`()
    async throws
  {
    let small = try await SmallStudy()
    let before = try small.folder.read("study.coalmine")
    let dry = try await CoalmineProgram.run(
      "probe", "--study", small.study, "--endpoint", "http://127.0.0.1:9", "--model", "tuned",
      "--dry-run", "--json")
    #expect(dry.code == 0, "\(dry.notes)")
    #expect(try small.folder.read("study.coalmine") == before)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let check = try await Self.check(endpoint, "--study", small.study)
    #expect(check.code == 0, "\(check.notes)")
    let checked = endpoint.requests
    let probe = try await small.probe(endpoint, ["--json"])
    #expect(probe.code == 0, "\(probe.notes)")
    // And one before and one after to see that it is the model of the check.
    #expect(endpoint.requests - checked - 2 == dry.json["requests"] as? Int)
    #expect(probe.json["questions"] as? Int == dry.json["questions"] as? Int)
    // The last look at public texts is counted among them; the check is not.
    let counted = try #require(probe.json["requests"] as? Int)
    #expect(counted - 1 == dry.json["requests"] as? Int)
    #expect(probe.json["requests_answered"] as? Int == counted)
    try await endpoint.stop()
  }

  @Test func `a dry run of a run that goes on says what is answered and what would be sent`()
    async throws
  {
    let small = try await SmallStudy()
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let check = try await Self.check(endpoint, "--study", small.study)
    #expect(check.code == 0, "\(check.notes)")
    let checked = endpoint.requests
    let running = try CoalmineProgram.startedHearingSignals(small.probeArguments(endpoint))
    endpoint.callOnRequest { count in
      if count == checked + 6 { running.signal(SIGINT) }
    }
    let stopped = try await running.outcome()
    #expect(stopped.code == 130, "\(stopped.notes)")
    endpoint.callOnRequest(nil)
    let before = endpoint.requests
    let dry = try await small.probe(endpoint, ["--dry-run", "--json"])
    #expect(dry.code == 0 && endpoint.requests == before, "\(dry.notes)")
    let stored = try #require(dry.json["stored"] as? [String: Any])
    let answered = try #require(stored["direct_requests_answered"] as? Int)
    let rest = try #require(stored["direct_requests_to_send"] as? Int)
    #expect(answered >= 4 && answered < before - checked + 1 && rest > 0)
    #expect(stored["compares_model"] as? Bool == true)
    #expect(answered + rest == dry.json["requests"] as? Int)
    #expect(stored["run"] as? Int == 1 && stored["complete"] as? Bool == false)
    let words = try await small.probe(endpoint, ["--dry-run"])
    #expect(
      words.text.contains(
        "run 1 goes on: \(answered) of \(answered + rest) requests answered already, \(rest) would "
          + "be sent\n"), "\(words.text)")
    #expect(!words.text.contains("a check comes first"), "\(words.text)")
    #expect(words.text.contains("a few public texts come first"), "\(words.text)")
    let anew = try await small.probe(endpoint, ["--dry-run", "--new-run", "--json"])
    #expect(anew.json["stored"] == nil && anew.code == 0)
    let probe = try await small.probe(endpoint)
    #expect(probe.code == 0, "\(probe.notes)")
    #expect(endpoint.requests - before == rest + 2)
    let finished = try await small.probe(endpoint, ["--dry-run"])
    #expect(
      finished.text.contains("run 1 has every answer: the same command without '--dry-run' asks"),
      "\(finished.text)")
    #expect(!finished.text.contains("would be sent"), "\(finished.text)")
    try await endpoint.stop()
  }

  @Test func `a check after a finished run takes nothing from its verdict`() async throws {
    let small = try await SmallStudy()
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let probe = try await small.probe(endpoint, ["--probe-set", "exposure"])
    #expect(probe.code == 0, "\(probe.notes)")
    let before = try await CoalmineProgram.run("score", "--study", small.study, "--json")
    for role in ["tuned", "base"] {
      let check = try await Self.check(endpoint, "--study", small.study, "--as", role)
      #expect(check.code == 0, "\(check.notes)")
    }
    let after = try await CoalmineProgram.run("score", "--study", small.study, "--json")
    #expect(after.code == before.code)
    func result(_ outcome: CoalmineProgram.Outcome) -> NSDictionary? {
      outcome.json["result"] as? NSDictionary
    }
    #expect(result(before) != nil && result(before) == result(after))
    try await endpoint.stop()
  }

  @Test func `an endpoint that was mended is looked at anew`() async throws {
    let small = try await SmallStudy()
    let isMended = Mutex(false)
    let endpoint = try await Self.lying(
      { value in isMended.withLock { $0 } ? value : value * 0.05 },
      trainedOn: URL(fileURLWithPath: small.seeded))
    let refused = try await small.probe(endpoint)
    #expect(refused.code == 69, "\(refused.notes)")
    #expect(refused.notes.contains("probabilities-sum"), "\(refused.notes)")
    isMended.withLock { $0 = true }
    let probe = try await small.probe(endpoint)
    #expect(probe.code == 0, "\(probe.notes)")
    try await endpoint.stop()
  }

  @Test func `a stored reply is read for the request that it answered and for no other`()
    async throws
  {
    let small = try await SmallStudy()
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let probe = try await small.probe(endpoint)
    #expect(probe.code == 0, "\(probe.notes)")
    let ledger = try Ledger.open(at: small.study)
    // As a version of the program would have stored it that asks something else there.
    try ledger.change { rows in
      let sent = try #require(
        try Int64.fetchOne(
          rows.db, sql: "SELECT id FROM exchange WHERE procedure = 'direct' AND place = 2"))
      #expect(try rows.update(.exchange, sent, ["request_digest": Data([0])]))
      #expect(try rows.update(.run, 1, ["closed_at": nil]))
    }
    try ledger.close()
    let asked = endpoint.requests
    let again = try await small.probe(endpoint)
    #expect(again.code == 78, "\(again.notes)")
    #expect(again.notes.contains("other questions"), "\(again.notes)")
    // But for the question whether it is the same model.
    #expect(endpoint.requests == asked + 1)
    let anew = try await small.probe(endpoint, ["--new-run"])
    #expect(anew.code == 0, "\(anew.notes)")
    try await endpoint.stop()
  }

  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
  func `a check that is asked to stop asks nothing more`(_ signal: Int32, _ code: Int32)
    async throws
  {
    let running = Mutex<CoalmineProgram.Running?>(nil)
    let endpoint = try await CountingEndpoint { _ in
      // The signal comes while the first answer is waited for.
      while running.withLock({ $0 }) == nil { try? await Task.sleep(for: .milliseconds(5)) }
      running.withLock { $0?.signal(signal) }
      try? await Task.sleep(for: .milliseconds(200))
      return ServedResponse(status: 200, body: Array(#"{"choices":[{"index":0}]}"#.utf8))
    }
    let program = try CoalmineProgram.startedHearingSignals([
      "check", "--endpoint", endpoint.url, "--model", "tuned",
    ])
    running.withLock { $0 = program }
    let outcome = try await program.outcome()
    #expect(outcome.code == code, "\(outcome.notes)")
    #expect(outcome.notes.contains("stopped"), "\(outcome.notes)")
    #expect(endpoint.requests == 1)
    try await endpoint.stop()
  }

  @Test(arguments: [(5, false), (700, true)])
  func `a second signal at once is the same wish, and a later one ends the program`(
    _ milliseconds: Int, _ isSecondWish: Bool
  ) async throws {
    let running = Mutex<CoalmineProgram.Running?>(nil)
    let endpoint = try await CountingEndpoint { _ in
      while running.withLock({ $0 }) == nil { try? await Task.sleep(for: .milliseconds(5)) }
      running.withLock { $0?.signal(SIGTERM) }
      try? await Task.sleep(for: .milliseconds(milliseconds))
      running.withLock { $0?.signal(SIGTERM) }
      try? await Task.sleep(for: .milliseconds(isSecondWish ? 3_000 : 200))
      return ServedResponse(status: 200, body: Array(#"{"choices":[{"index":0}]}"#.utf8))
    }
    let program = try CoalmineProgram.started([
      "check", "--endpoint", endpoint.url, "--model", "tuned",
    ])
    running.withLock { $0 = program }
    let outcome = try await program.outcome()
    #expect(outcome.code == 143, "\(outcome.notes)")
    #expect(outcome.notes.contains("may be billed") == isSecondWish, "\(outcome.notes)")
    #expect(outcome.notes.contains("stopped: ") != isSecondWish, "\(outcome.notes)")
    try await endpoint.stop()
  }

  @Test func `a run that cannot pass says so before it asks anything of the study`() async throws {
    let small = try await SmallStudy(canaries: 4, references: 3, samples: 1, defaultSamples: 0)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let dry = try await small.probe(endpoint, ["--probe-set", "extraction", "--dry-run"])
    #expect(dry.text.contains("it cannot pass: "), "\(dry.text)")
    #expect(dry.text.contains("this run gets replies alone"), "\(dry.text)")
    let json = try await small.probe(
      endpoint, ["--probe-set", "extraction", "--dry-run", "--json"])
    #expect(json.json["can_pass"] as? Bool == false)
    #expect(endpoint.requests == 0)
    let run = try await small.probe(endpoint, ["--probe-set", "extraction"])
    #expect(run.code == 0, "\(run.notes)")
    let told = run.notes.components(separatedBy: "it cannot pass: ").count - 1
    #expect(told == 1 && run.notes.contains("note: this run can end as leak"), "\(run.notes)")
    try await endpoint.stop()
  }
}
