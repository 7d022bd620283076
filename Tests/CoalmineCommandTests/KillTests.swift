// SPDX-License-Identifier: Apache-2.0

import CoalmineLedger
import CoalmineTesting
import Foundation
import GRDB
import Testing

@Suite struct `A killed probe` {
  @Test func `100 kills lose no stored answer, ask none again and change no byte of the result`()
    async throws
  {
    let small = try await SmallStudy(canaries: 40, references: 127)
    let undisturbed = small.folder.file("undisturbed.coalmine")
    try FileManager.default.copyItem(atPath: small.study, toPath: undisturbed)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    // Small ones: so many kills need a run of as many requests.
    let size = ["--prompts-per-request", isDeep ? "2" : "6"]
    let all = isDeep ? 1_000 : 100
    let calm = try await small.probe(endpoint, study: undisturbed, size)
    #expect(calm.code == 0, "\(calm.notes)")
    let before = endpoint.bodies
    // What a run asks when it goes on and when it ends: is it still the same model?
    #expect(try await small.probe(endpoint, study: undisturbed, size).code == 0)
    let looks = Set(endpoint.bodies.filter { $0.value > before[$0.key] ?? 0 }.keys)
    #expect(!looks.isEmpty && looks.count <= 2)

    var generator = SystemRandomNumberGenerator()
    var stored: Set<Data> = []
    var kills = 0
    while kills < all {
      let asked = endpoint.bodies
      let target = endpoint.requests + Int.random(in: 1...3, using: &generator)
      let running = try CoalmineProgram.started(small.probeArguments(endpoint) + size)
      let delay = UInt32.random(in: 0...20_000, using: &generator)
      endpoint.callOnRequest { count in
        guard count == target else { return }
        usleep(delay)
        running.signal(SIGKILL)
      }
      let outcome = try await running.outcome()
      endpoint.callOnRequest(nil)
      // What was stored before this round was not asked in it.
      for (body, count) in endpoint.bodies where stored.contains(body) && !looks.contains(body) {
        #expect(count == asked[body], "a stored question was asked again")
      }
      let now = try storedRequests(small.study, asked: before)
      #expect(stored.isSubset(of: now), "a stored answer was lost")
      stored = now
      guard outcome.code == -SIGKILL else {
        Issue.record("the run ended after \(kills) kills: exit \(outcome.code) \(outcome.notes)")
        break
      }
      kills += 1
    }
    let last = try await small.probe(endpoint, size)
    #expect(last.code == 0, "\(last.notes)")
    #expect(last.json.isEmpty)
    // Each kill can cost what was under way: four requests.
    let bill = endpoint.bodies.filter { !looks.contains($0.key) }
      .map { $0.value - (before[$0.key] ?? 0) }
    #expect(bill.allSatisfy { $0 >= 1 })
    #expect(bill.reduce(0) { $0 + $1 - 1 } <= 4 * kills)
    #expect(try await result(small, undisturbed) == result(small, small.study))

    // A finished run asks nothing of the study again.
    let total = endpoint.requests
    let again = try await small.probe(endpoint, size)
    #expect(again.code == 0)
    #expect(endpoint.requests == total + looks.count)
    try await endpoint.stop()
  }

  /// The digests of the requests whose replies are stored, as a new process reads them.
  ///
  /// - Parameter asked: how often an undisturbed run asks each: a check asks some texts several
  ///   times, and such a request is stored when it was answered as often.
  private func storedRequests(_ study: String, asked: [Data: Int]) throws -> Set<Data> {
    let ledger = try Ledger.open(at: study)
    let digests = try ledger.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT request_digest, count(*) AS answers FROM exchange WHERE state = 'answered'
          GROUP BY request_digest
          """
      ).filter { row in row["answers"] >= asked[row["request_digest"], default: 1] }
        .map { $0["request_digest"] as Data }
    }
    let integrity = try ledger.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") }
    #expect(integrity == "ok")
    try ledger.close()
    return Set(digests)
  }

  /// The bytes of the report's `result`.
  private func result(_ small: SmallStudy, _ study: String) async throws -> Data {
    let output = small.folder.file("report.json")
    let report = try await CoalmineProgram.run(
      "report", "--study", study, "--format", "json", "--output", output,
      "--force")
    #expect([0, 1, 4].contains(report.code), "\(report.notes)")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: output))
    let start = try #require(bytes.range(of: Data("\"result\":".utf8)))
    let end = try #require(bytes.range(of: Data("\n  \"run\":".utf8)))
    return bytes[start.lowerBound..<end.lowerBound]
  }
}
