// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension SampleReport {
  /// The first reason of the verdict.
  var firstSentence: String { report().result.findings.first?.sentence ?? "" }
}

extension Report {
  /// The same report with another primary test or other gates; `nil` keeps them.
  func with(test: PrimaryTestResult?, gates: [GateResult]?) -> Report {
    changed(test: test, gates: gates, membership: nil)
  }

  /// The same report without scores of corpus records.
  func withoutMembership() -> Report { changed(test: nil, gates: nil, membership: []) }

  /// The same report with other scores of corpus records.
  func with(membership: [MembershipResult]) -> Report {
    changed(test: nil, gates: nil, membership: membership)
  }

  private func changed(
    test: PrimaryTestResult?, gates: [GateResult]?, membership: [MembershipResult]?
  ) -> Report {
    Report(
      result: StudyResult(
        verdict: result.verdict, findings: result.findings, study: result.study,
        primaryTest: test ?? result.primaryTest, controls: result.controls,
        gates: gates ?? result.gates, canaries: result.canaries, levels: result.levels,
        chanceBaseline: result.chanceBaseline, massEvidence: result.massEvidence,
        membership: membership ?? result.membership, offTargetMatches: result.offTargetMatches,
        endpoints: result.endpoints,
        caveats: result.caveats, notMeasured: result.notMeasured, doseResponse: result.doseResponse,
        rateComparisons: result.rateComparisons),
      run: run)
  }
}
