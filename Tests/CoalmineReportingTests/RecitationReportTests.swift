// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineReporting
import Foundation
import Testing

/// Replies that the provider says repeat a text that it knows, in every format.
@Suite struct `Recited replies in reports` {
  private static let report = SampleReport(.leak).report()
  private static let caption = "Replies that the provider says repeat a text that it knows"

  private func pages(_ report: Report) throws -> [String] {
    [
      try Rendered.markdown(report),
      PageStructure.decoded(PageStructure(try Rendered.html(report)).text),
    ]
  }

  @Test func `pages count them by copies, and say that they decide nothing`() throws {
    for page in try pages(Self.report) {
      let start = try #require(page.range(of: Self.caption))
      let table = page[start.lowerBound...].prefix(1_500)
      #expect(table.contains("change no verdict"))
      #expect(page.contains("held back or marked as known text: inserted, held out"))
      #expect(page.contains("a sign of memorisation, which decides nothing"))
    }
    let row = try #require(
      Rendered.markdown(Self.report).split(separator: "\n").first {
        $0.hasPrefix("| 32 copies ") && $0.filter { $0 == "|" }.count == 7
      })
    // Three canaries with 33 replies each: 0, 2 and 4 held back, one marked of each.
    #expect(
      row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } == [
        "32 copies", "3", "3", "6", "3", "99",
      ])
  }

  @Test func `the table of canaries has a column of its own`() throws {
    let page = PageStructure.decoded(PageStructure(try Rendered.html(Self.report)).text)
    #expect(page.contains("known text") && page.contains("5 of 33") && page.contains("0 of 33"))
  }

  @Test func `where the provider never says it, there is no table and no column`() throws {
    let silent = Self.report.with(
      findings: [.componentFindsLeak(.rank)],
      canaries: SampleReport(.pass).report().result.canaries,
      rateComparisons: [
        RateComparison(
          name: .greedyInserted, outcome: Self.report.result.rateComparisons[0].outcome),
        RateComparison(
          name: .recitedInserted, outcome: .notMeasurable(Reason("not-recited", "never said"))),
      ])
    for page in try pages(silent) {
      #expect(page.contains("Extraction rates compared"))
      #expect(!page.contains(Self.caption) && !page.contains("known text"))
    }
  }

  @Test func `JSON and CSV give the counts of every canary`() throws {
    for verdict in Verdict.allCases {
      let report = SampleReport(verdict).report()
      let canaries = report.result.canaries
      let listed = try #require(try Rendered.json(report)["result"]?["canaries"]?.elements)
      let lines = try Rendered.text(CSVFormat.self, report).split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
      let columns = try ["recitation_withheld", "recitation_marked", "replies"].map {
        try #require(lines[0].firstIndex(of: $0))
      }
      for (place, canary) in canaries.enumerated() {
        let recited = canary.recited
        let counts = [recited?.withheld, recited?.marked, recited?.replies]
        let shown = listed[place]["recitation"]
        #expect(
          ["withheld", "marked", "replies"].map { shown?[$0]?.int.map(Int.init) } == counts)
        #expect(columns.map { lines[place + 1][$0] } == counts.map { $0.map(String.init) ?? "" })
      }
    }
  }

  @Test func `a canary whose replies were all held back for it is told apart from other filters`()
    throws
  {
    func page(_ slug: String) throws -> String {
      let nothing = Outcome<Bool>.censored(Reason(slug, "held back"))
      let canaries = Self.report.result.canaries.map { canary in
        CanaryResult(
          id: canary.id, kind: canary.kind, role: canary.role, repetitions: canary.repetitions,
          secretBits: canary.secretBits, secret: canary.secret,
          secretLogProbability: canary.secretLogProbability, tunedMinusBase: canary.tunedMinusBase,
          exposure: canary.exposure, massBoundBits: canary.massBoundBits, greedy: nothing,
          sampled: canary.sampled, defaults: canary.defaults, recited: nil, caveats: [])
      }
      return PageStructure.decoded(
        PageStructure(
          try Rendered.html(
            Self.report.with(
              findings: [.componentFindsLeak(.rank)], canaries: canaries, rateComparisons: []))
        ).text)
    }
    #expect(try page("continuations-recited").contains("known text"))
    #expect(try !page("continuations-withheld").contains("known text"))
  }
}
