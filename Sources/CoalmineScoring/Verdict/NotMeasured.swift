// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// What the study did not measure.
enum NotMeasured {
  static func list(
    _ evidence: Evidence, canaries: [CanaryResult], membership: MembershipScoring
  ) -> [Finding] {
    var findings: [Finding] = []
    if let tuned = evidence.tuned {
      // Forced choices have a run of their own, and only where the protocol plans them.
      findings += Probe.allCases.filter {
        $0 == .forcedChoice
          ? evidence.studyProtocol.forcedChoice > 0 && evidence.forcedChoices == nil
          : !tuned.asked.contains($0) || evidence.leftOut($0) != nil
      }.map { .notAsked($0, leftOut: evidence.leftOut($0)?.evidence) }
    } else {
      findings.append(.tunedModelNotProbed)
    }
    if evidence.base == nil { findings.append(.baseModelNotProbed) }
    if evidence.records.isEmpty { findings.append(.noRecords) }
    if membership.tooShort > 0 { findings.append(.recordsTooShort(membership.tooShort)) }
    let withheld = canaries.count { canary in
      [canary.greedy.status, canary.sampled.status, canary.defaults.status].contains("censored")
    }
    if withheld > 0 { findings.append(.continuationsWithheld(withheld)) }
    return findings
  }
}
