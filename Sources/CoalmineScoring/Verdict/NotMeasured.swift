// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// What the study did not measure, and why.
enum NotMeasured {
  static func list(
    _ evidence: Evidence, canaries: [CanaryResult], membership: MembershipScoring
  ) -> [Finding] {
    var findings: [Finding] = []
    if let tuned = evidence.tuned {
      findings += Probe.allCases.filter {
        !tuned.asked.contains($0) || evidence.leftOut($0) != nil
      }.map { probe in
        Finding(
          .notAsked(probe),
          "\(subject(of: probe)): "
            + (probe == .rankSearch
              ? "it needs an endpoint that tells what may follow a prefix, and a budget."
              : evidence.leftOut(probe).map { $0.evidence + "." }
                ?? "the probe set '\(tuned.run.probeSet.name)' does not ask."))
      }
    } else {
      findings.append(Finding(.tunedModelNotProbed, "The tuned model: no run of it was probed."))
    }
    if evidence.base == nil {
      findings.append(
        Finding(
          .baseModelNotProbed,
          "The same secrets under the model before training: no base run was probed."))
    }
    if evidence.records.isEmpty {
      let why =
        evidence.facts.origin == .imported
        ? "no records were imported" : "the protocol holds no records out"
      findings.append(Finding(.noRecords, "Membership of records: \(why)."))
    }
    if membership.tooShort > 0 {
      findings.append(
        Finding(
          .recordsTooShort,
          "\(Prose.count(membership.tooShort, "record was", "records were")) left out of the "
            + "membership scores: fewer than two tokens with a log-probability."))
    }
    let withheld = canaries.count { canary in
      [canary.greedy.status, canary.sampled.status, canary.defaults.status].contains("censored")
    }
    if withheld > 0 {
      findings.append(
        Finding(
          .continuationsWithheld,
          "For \(Prose.count(withheld, "canary", "canaries")) the endpoint filtered or refused every "
            + "continuation of at least one probe; they are in no extraction rate."))
    }
    return findings
  }

  private static func subject(of probe: Probe) -> String {
    switch probe {
    case .sequenceLikelihood: "The log-probability of secrets, and with it exposure"
    case .rankSearch: "The exact rank of secrets among all that could have been drawn"
    case .greedyExtraction: "Extraction by the most likely continuation"
    case .sampledExtraction: "Extraction by sampling at temperature 1"
    case .defaultExtraction: "Extraction with the endpoint's own settings"
    case .recordLikelihood: "Membership of records"
    case .chainLikelihood: "Whether a secret given in the prompt is scored as known"
    case .chainExtraction: "Whether a secret given in the prompt is written back"
    }
  }
}
