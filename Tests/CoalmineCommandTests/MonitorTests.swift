// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

@Suite struct `monitor` {
  private func look(_ small: SmallStudy, _ endpoint: CountingEndpoint, _ more: [String] = [])
    async throws -> CoalmineProgram.Outcome
  {
    try await CoalmineProgram.started(
      [
        "monitor", small.study, "--once", "--endpoint", endpoint.url, "--dialect",
        "openai-completions", "--model", endpoint.model, "--json",
      ] + more
    ).outcome()
  }

  private func looks(_ outcome: CoalmineProgram.Outcome) -> [[String: Any]] {
    outcome.json["looks"] as? [[String: Any]] ?? []
  }

  @Test func `quiet looks are 0, a model that learned the secrets is 1, and it stays`()
    async throws
  {
    let small = try await SmallStudy(references: 7)
    let clean = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.corpus)], memorisation: 1)
    let metrics = small.folder.file("monitor.prom")
    for count in 1...2 {
      let outcome = try await look(small, clean, ["--metrics", metrics])
      #expect(outcome.code == 0, "\(outcome.notes)\(outcome.text)")
      #expect(outcome.json["outcome"] as? String == "quiet")
      #expect(looks(outcome).count == count)
      #expect(looks(outcome).last?["control_seen"] as? Bool == true)
    }
    let quiet = try small.folder.read("monitor.prom").text
    #expect(quiet.hasSuffix("# EOF\n") && quiet.contains("outcome=\"quiet\"} 1\n"), "\(quiet)")
    #expect(quiet.contains("coalmine_monitor_looks{"))

    let perLook = clean.requests / 2

    // A look that was stopped goes on and stays one look.
    let leaky = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 1)
    let running = try CoalmineProgram.startedHearingSignals([
      "monitor", small.study, "--once", "--endpoint", leaky.url, "--dialect",
      "openai-completions", "--model", leaky.model, "--metrics", metrics,
    ])
    leaky.callOnRequest { if $0 == perLook * 3 / 4 { running.signal(SIGINT) } }
    #expect(try await running.outcome().code == 130)
    leaky.callOnRequest(nil)
    // What was there before is there still, whole.
    #expect(try small.folder.read("monitor.prom").text == quiet)
    let alarm = try await look(small, leaky, ["--metrics", metrics])
    #expect(alarm.code == 1, "\(alarm.notes)\(alarm.text)")
    #expect(looks(alarm).count == 3 && alarm.json["alarm_at_look"] as? Int == 3)
    #expect((alarm.json["evidence"] as? Double ?? 0) >= 20)
    let loud = try small.folder.read("monitor.prom").text
    #expect(loud.contains("outcome=\"alarm\"} 1\n"), "\(loud)")
    // The rules and the dashboard ask for what is written, and for nothing else.
    let written = Set(loud.matches(of: /\ncoalmine_monitor_[a-z_]+/).map { $0.output.dropFirst() })
    for example in ["alerts.yml", "dashboard.json"] {
      let asked = Set(
        try Repository.text("Examples/monitor/" + example)
          .matches(of: /coalmine_monitor_[a-z_]+/).map(\.output))
      #expect(asked.count > 3 && asked.isSubset(of: written), "\(example): \(asked)")
    }
    try await leaky.stop()
    let later = try await look(small, clean)
    #expect(later.code == 1 && looks(later).count == 4, "\(later.notes)")
    try await clean.stop()
  }

  @Test func `a call without its flag, or with metrics for standard output, is refused`()
    async throws
  {
    for more in [[], ["--once", "--metrics", "-"]] {
      let outcome = try await CoalmineProgram.started(
        ["monitor", "s", "--endpoint", "http://127.0.0.1:9", "--model", "m"] + more
      ).outcome()
      #expect(outcome.code == 64, "\(outcome.notes)")
    }
  }
}
