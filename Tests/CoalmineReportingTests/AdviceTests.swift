// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import CoalmineStatistics
import Testing

/// What an inconclusive report says to do next.
@Suite struct `The advice of an inconclusive report` {
  private func page(_ access: PlannedAccess, _ findings: [Finding]) throws -> String {
    let sample = SampleReport(.inconclusive).report()
    let decision = sample.result.decision
    let planned = DecisionResult(
      edition: .second, plannedAccess: access, access: .textOnly, alpha: decision.alpha,
      inserted: decision.inserted, heldOut: decision.heldOut, components: decision.components,
      power: decision.power, combinedP: decision.combinedP, plainRank: decision.plainRank)
    return try Rendered.markdown(sample.with(decision: planned, findings: findings))
  }

  @Test func `a run that asked less is told what was planned`() throws {
    let listed = try page(.topTokens, [.weakerAccess])
    #expect(listed.contains("the option 'logprobs=20' of a dialect"))
    #expect(!listed.contains("Probe with the full probe set"))
    #expect(try page(.textScoring, [.weakerAccess]).contains("Probe with the full probe set"))
  }

  @Test func `controls that a test does not find ask for more of them`() throws {
    let page = try page(.topTokens, [.componentNotShown(.mass), .powerShort])
    #expect(page.contains("plan a study with more controls and more repetitions."))
  }
}
