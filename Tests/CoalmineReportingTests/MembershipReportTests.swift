// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import CoalmineStatistics
import Testing

@Suite struct `Membership scores in a report` {
  private static let sentence =
    "a classifier that never saw the model separates these records as well"

  private func pages(_ report: Report) throws -> [String] {
    [
      try Rendered.markdown(report),
      PageStructure.decoded(PageStructure(try Rendered.html(report)).text),
    ]
  }

  @Test func `a score that the text alone reaches is marked in every format`() throws {
    let leak = SampleReport(.leak).report()
    for page in try pages(leak) { #expect(page.contains("min-k: \(Self.sentence).")) }
    let rows = try #require(try Rendered.json(leak)["result"]?["membership"]?.elements)
    #expect(rows.map { $0["reached_by_blind_baseline"]?.bool } == [true, false, nil, nil])
    #expect(rows.map { $0["note"]?.string } == [Self.sentence, nil, nil, nil])
  }

  @Test func `where no score is reached and texts are alike, no page says so`() throws {
    let leak = SampleReport(.leak).report()
    let kept = leak.result.membership.filter { $0.score == "loss" }
    for page in try pages(leak.with(membership: kept)) {
      #expect(!page.contains(Self.sentence))
      #expect(!page.contains("told apart by their text alone"))
    }
  }

  @Test func `texts that differ without the model are told once, with the smallest p`() throws {
    for page in try pages(SampleReport(.leak).report()) {
      let told = "told apart by their text alone (AUC 0.612, p = 0.0049)"
      #expect(page.ranges(of: told).count == 1)
    }
  }

  @Test(arguments: [
    (0.55, 0.4, false), (0.49, 0.4, true), (0.5, 0.4, true), (0.55, 0.6, true), (0.61, 0.6, false),
    (0.6, 0.6, true),
  ])
  func `the lower end of the interval is compared with the text alone and with a guess`(
    _ lower: Double, _ blind: Double, _ isReached: Bool
  ) throws {
    let nothing = Reason("not-asked", "none")
    let result = MembershipResult(
      score: "loss", members: 9, nonmembers: 9,
      auc: .measured(
        .init(
          auc: 0.7, interval: Interval(lower: lower, upper: 0.8, level: 0.95), method: .delongLogit)
      ), found: .failed(nothing), curve: [],
      blind: .measured(.init(auc: blind, pValue: 0.5)), lengthAUC: .failed(nothing),
      significance: .failed(nothing))
    #expect(result.isReachedBlind == isReached)
  }

  @Test func `a score that is absent says why, and is in no test`() throws {
    for page in try pages(SampleReport(.leak).report()) {
      let table = try #require(page.range(of: "Membership of corpus records")).upperBound
      #expect(page[table...].contains("the endpoint returns no log-probabilities"))
      let tests = try #require(page.range(of: "members found")).upperBound
      let end = try #require(page.range(of: "These scores are secondary")).lowerBound
      #expect(!page[tests..<end].contains("zlib"))
    }
  }
}
