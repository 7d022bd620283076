// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting

extension SampleReport {
  /// The first reason of the verdict.
  var firstSentence: String { ReportText.findings(report().result).first ?? "" }
}

extension Report {
  /// The same report with other results of what is given; `nil` keeps them.
  func with(
    decision: DecisionResult? = nil, gates: [GateResult]? = nil,
    membership: [MembershipResult]? = nil, findings: [Finding]? = nil, study: StudyFacts? = nil,
    canaries: [CanaryResult]? = nil, levels: [RepetitionLevelResult]? = nil,
    caveats: [Caveat]? = nil, notMeasured: [Finding]? = nil,
    extractionByBudget: [ExtractionBudget]? = nil, rateComparisons: [RateComparison]? = nil,
    forcedChoice: ForcedChoiceResult? = nil
  ) -> Report {
    Report(
      result: StudyResult(
        verdict: result.verdict, runVerdict: result.runVerdict, runOutcomes: result.runOutcomes,
        findings: findings ?? result.findings, study: study ?? result.study,
        decision: decision ?? result.decision, checks: result.checks, answers: result.answers,
        gates: gates ?? result.gates, canaries: canaries ?? result.canaries,
        levels: levels ?? result.levels, chanceBaseline: result.chanceBaseline,
        membership: membership ?? result.membership, offTargetMatches: result.offTargetMatches,
        endpoints: result.endpoints, caveats: caveats ?? result.caveats,
        notMeasured: notMeasured ?? result.notMeasured, doseResponse: result.doseResponse,
        rateComparisons: rateComparisons ?? result.rateComparisons, privacy: result.privacy,
        namedSecrets: result.namedSecrets, records: result.records,
        extractionByBudget: extractionByBudget ?? result.extractionByBudget,
        forcedChoice: forcedChoice ?? result.forcedChoice),
      run: run, transcripts: transcripts, regulations: regulations)
  }

  /// The same report without scores of corpus records.
  func withoutMembership() -> Report { with(membership: []) }
}
