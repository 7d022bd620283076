// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

/// Studies whose files a pipeline changed before the training: every canary stays in its group, and
/// only the power, a note and caveats say what was lost.
@Suite struct `Studies of processed files` {
  /// - Parameter intact: copies found of a canary, by its number and what was planned.
  private static func found(
    _ canaries: [Canary], _ intact: (Int, Canary) -> Int, nonmembers: Int = 0
  ) -> ProcessedFindings {
    ProcessedFindings(
      files: [.init(name: "train.jsonl", digest: String(repeating: "0f", count: 32))],
      records: 5_000,
      canaries: canaries.enumerated().map { number, canary in
        .init(
          canary: canary.id, role: canary.role, planned: canary.copies,
          intact: intact(number, canary), changed: 0)
      }, nonmembers: 20, foundNonmembers: nonmembers, members: 20, foundMembers: 20)
  }

  private func study(
    _ intact: @escaping @Sendable (Int, Canary) -> Int, nonmembers: Int = 0
  ) -> DrawnStudy {
    var study = DrawnStudy()
    study.processed = { Self.found($0, intact, nonmembers: nonmembers) }
    return study
  }

  private func json(_ result: StudyResult) throws -> String {
    let run = RunFacts(version: "0", writtenAt: "", runs: [])
    return String(
      decoding: try JSONFormat.render(Report(result: result, run: run), options: .init()),
      as: UTF8.self)
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func `files that hold every copy change nothing`(_ seed: UInt64) throws {
    let plain = score(try DrawnStudy().evidence(seed: seed))
    let whole = score(try study { $1.copies }.evidence(seed: seed))
    #expect(whole.verdict == plain.verdict)
    #expect(whole.caveats == plain.caveats)
    #expect(whole.findings == plain.findings)
    #expect(whole.decision.power == plain.decision.power)
    // The table is all that is new.
    let (start, end) = (try json(plain), try json(whole))
    #expect(end.contains(#""conclusion": "complete""#))
    #expect(start.contains(#""processed": null"#))
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func `a study that lost nine of ten copies cannot pass`(_ seed: UInt64) throws {
    let lost = score(
      try study { number, canary in number % 10 == 0 ? canary.copies : 0 }
        .evidence(seed: seed))
    #expect(lost.verdict != .pass)
    #expect(lost.decision.power?.isReached == false)
    #expect(lost.findings.contains(.powerShort) || lost.verdict == .leak)
    #expect(lost.caveats.contains { $0.slug == "copies-lost" })
    #expect(lost.caveats.contains { $0.slug == "under-powered" } || lost.verdict == .leak)
    // No canary left its group.
    let whole = score(try DrawnStudy().evidence(seed: seed))
    #expect(lost.decision.inserted == whole.decision.inserted)
    #expect(lost.decision.heldOut == whole.decision.heldOut)
    #expect(
      lost.decision.components.map(\.outcome.value?.pValue)
        == whole.decision.components.map(\.outcome.value?.pValue))
  }

  @Test func `power falls with every tenth of the copies that is lost`() throws {
    var before = 1.1
    for tenths in 0...10 {
      let result = score(
        try study { number, canary in number % 10 < tenths ? 0 : canary.copies }
          .evidence(seed: 4))
      let power = try #require(result.decision.power?.dense?.power)
      #expect(power <= before + 0.02, "\(tenths): \(power)")
      if tenths == 10 { #expect(power < 0.1) }
      before = power
    }
  }

  @Test func `a canary that kept a part of its copies counts as lost, a doubled one as there`()
    throws
  {
    let whole = score(try DrawnStudy().evidence(seed: 5))
    let doubled = score(try study { 2 * $1.copies }.evidence(seed: 5))
    #expect(doubled.decision.power == whole.decision.power)
    #expect(doubled.caveats.contains { $0.slug == "copies-added" })
    #expect(!doubled.caveats.contains { $0.slug == "copies-lost" })
    var repeated = DrawnStudy()
    repeated.repetitions = 4
    repeated.gates = [.verbatim(at: 4)]
    #expect(score(try repeated.evidence(seed: 5)).decision.power?.isReached == true)
    repeated.processed = { Self.found($0) { _, canary in canary.copies / 2 } }
    let halved = score(try repeated.evidence(seed: 5))
    #expect(halved.decision.power?.isReached == false)
  }

  @Test func `held-out canaries in the files are named, stay held out and cost power`() throws {
    let whole = score(try DrawnStudy().evidence(seed: 6))
    let planted = score(try study { _, canary in max(1, canary.copies) }.evidence(seed: 6))
    #expect(planted.caveats.contains { $0.slug == "held-out-planted" })
    #expect(planted.decision.heldOut == whole.decision.heldOut)
    let power = try #require(planted.decision.power?.dense?.power)
    #expect(power <= (try #require(whole.decision.power?.dense?.power)))
    let records = score(try study({ $1.copies }, nonmembers: 3).evidence(seed: 6))
    let caveat = try #require(records.caveats.first { $0.slug == "non-members-trained" })
    #expect(caveat.evidence.hasPrefix("3 of 20 non-members are in the file"))
  }

  @Test func `files without any copy are another corpus`() throws {
    let result = score(try study { _, _ in 0 }.evidence(seed: 7))
    #expect(result.verdict != .pass)
    #expect(result.caveats.contains { $0.slug == "other-file-trained" })
    #expect(!result.caveats.contains { $0.slug == "copies-lost" })
  }

  @Test func `controls that lost copies are told with both numbers`() throws {
    func told(_ intact: @escaping @Sendable (Int, Canary) -> Int) throws -> String {
      let written = ReportText.findings(score(try study(intact).evidence(seed: 9)))
      return try #require(written.first { $0.contains("control canaries") })
    }
    #expect(try told { $1.copies }.contains("control canaries, each 64 times in the file, stand"))
    let less = try told { $1.role == .control ? 60 : $1.copies }
    #expect(less.contains(", each planned 64 times and found 60 times in what was trained on, "))
    let other = try told { $1.role == .control ? 60 + $0 % 2 : $1.copies }
    #expect(other.contains(" and found 60 to 61 times in what was trained on, "), "\(other)")
  }

  @Test func `Markdown, HTML and JSON show the table`() throws {
    let result = score(
      try study { number, canary in number % 3 == 0 ? 0 : canary.copies }
        .evidence(seed: 8))
    let report = Report(result: result, run: RunFacts(version: "0", writtenAt: "", runs: []))
    for format in [HTMLFormat.self, MarkdownFormat.self] as [any ReportFormat.Type] {
      let page = String(decoding: try format.render(report, options: .init()), as: UTF8.self)
      #expect(page.contains("copies planned for each"))
      #expect(page.contains(String(repeating: "0f", count: 32)))
      #expect(page.contains("another number of intact copies"))
    }
    let json = try json(result)
    #expect(json.contains(#""conclusion": "repetitions-changed""#))
  }
}
