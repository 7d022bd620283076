// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension StudyResult {
  /// What this run alone came to.
  package var outcome: RunOutcome? {
    guard let run = study.runs.last(where: { $0.used && $0.run.role == .tuned })?.run else {
      return nil
    }
    return RunOutcome(
      run: run.number, model: run.model, openedAt: run.openedAt, isComplete: run.isComplete,
      probeSet: run.probeSet.name, verdict: runVerdict, combinedP: decision.combinedP,
      foundBy: findings.filter(\.makesLeak).map(\.slug))
  }

  /// The result of one run as that of its checkpoint: a leak that any run on the checkpoint found
  /// stands, whatever a later or a narrower run says.
  ///
  /// - Parameters:
  ///   - outcomes: of every tuned run of the study, oldest first, this one's among them.
  ///   - checkpoint: the numbers of the runs on the same checkpoint, this one's among them.
  package func ofCheckpoint(_ checkpoint: Set<Int>, among outcomes: [RunOutcome]) -> StudyResult {
    let ours = outcomes.filter { checkpoint.contains($0.run) }
    let leak = ours.first { $0.verdict == .leak }
    let own = outcome?.run
    let other = leak.flatMap { $0.run == own ? nil : $0.run }
    var result = self
    result.runOutcomes = outcomes
    result.verdict = leak != nil ? .leak : ours.last?.verdict ?? runVerdict
    if let other, runVerdict != .leak {
      result.findings.insert(.otherRunFoundLeak(run: other), at: 0)
    }
    // A name or a fingerprint that changed makes another checkpoint: the leak stays told.
    let elsewhere = outcomes.filter { $0.verdict == .leak && !checkpoint.contains($0.run) }
    if result.verdict != .leak, let first = elsewhere.first {
      result.caveats = (result.caveats + [.leakInAnotherRun(first, of: elsewhere.count)]).sorted()
    }
    return result
  }
}

extension Caveat {
  fileprivate static func leakInAnotherRun(_ run: RunOutcome, of count: Int) -> Caveat {
    Caveat(
      .leakInAnotherRun,
      "run \(run.run) of the model '\(run.model)' found a leak with these canaries"
        + (count > 1 ? ", and so did \(Prose.count(count - 1, "other run", "other runs"))" : "")
        + "; by its name or by what its replies say it is another checkpoint than the one of this run"
    )
  }
}

extension Finding {
  /// Whether it is a reason for the verdict leak.
  var makesLeak: Bool {
    switch self {
    case .componentFindsLeak, .gate(_, .failed): true
    default: false
    }
  }
}
