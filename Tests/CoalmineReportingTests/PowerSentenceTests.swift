// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import CoalmineStatistics
import Testing

/// Which tests an underpowered study names.
@Suite struct `The sentence about power` {
  /// A decision of which nothing was simulated, with the tests that the controls show.
  private func told(_ access: PlannedAccess, shown: Set<EvidenceComponent>) throws -> String {
    let sample = SampleReport(.pass).report()
    let decision = sample.result.decision
    let changed = DecisionResult(
      edition: .second, plannedAccess: access, access: access, alpha: decision.alpha,
      inserted: decision.inserted, heldOut: decision.heldOut,
      components: decision.components.map {
        ComponentResult(
          component: $0.component, weight: $0.weight, look: $0.look, level: $0.level,
          score: $0.score, outcome: $0.outcome, controls: $0.controls,
          isShown: shown.contains($0.component))
      },
      power: AchievedPower(wanted: 0.8, dense: nil, sparse: nil, studies: 0, undercutFloors: []),
      combinedP: decision.combinedP, plainRank: nil)
    let written = ReportText.findings(
      sample.with(decision: changed, findings: [.powerShort]).result)
    return try #require(written.first)
  }

  private static let none =
    "Underpowered: the controls show none of the tests that its power rests on "

  @Test func `tests that the access counts on are named, also where the controls show another`()
    throws
  {
    #expect(
      try told(.topTokens, shown: [.rank])
        == Self.none + "(the test by mass, the test by extraction).")
    #expect(try told(.textOnly, shown: [.rank, .mass]) == Self.none + "(the test by extraction).")
    #expect(
      try told(.textScoring, shown: [])
        == Self.none + "(the test by rank, the test by mass, the test by extraction).")
  }

  @Test func `where one of them is shown, none is named`() throws {
    let sentence = "Underpowered: no test that the controls show could have found a leak."
    #expect(try told(.textScoring, shown: [.rank]) == sentence)
    #expect(try told(.topTokens, shown: [.mass]) == sentence)
  }
}
