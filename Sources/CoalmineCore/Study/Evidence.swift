// SPDX-License-Identifier: Apache-2.0

/// Everything that scoring reads: what was fixed, what was drawn, what was answered.
public struct Evidence: Sendable {
  public let studyProtocol: StudyProtocol
  public let facts: StudyFacts
  public let canaries: [Canary]
  /// The space of each canary's secret, where a rank was searched.
  public let spaces: [String: RandomnessSpace]
  public let chainControls: [ChainControl]
  public let records: [CorpusRecord]
  /// The record shape of the corpus; `nil` where it is not known.
  public let shape: RecordShape?
  /// Whether the randomness came from a small number on the command line.
  public let predictableSeed: Bool
  /// 32 bytes that seed the relabellings of permutation tests.
  public let scoringSeed: [UInt8]
  public let tuned: Answers?
  public let base: Answers?

  public init(
    studyProtocol: StudyProtocol, facts: StudyFacts, canaries: [Canary],
    spaces: [String: RandomnessSpace] = [:], chainControls: [ChainControl],
    records: [CorpusRecord], shape: RecordShape?,
    predictableSeed: Bool, scoringSeed: [UInt8], tuned: Answers?, base: Answers?
  ) {
    self.studyProtocol = studyProtocol
    self.facts = facts
    self.canaries = canaries
    self.spaces = spaces
    self.chainControls = chainControls
    self.records = records
    self.shape = shape
    self.predictableSeed = predictableSeed
    self.scoringSeed = scoringSeed
    self.tuned = tuned
    self.base = base
  }
}

/// The answers of one run.
public struct Answers: Sendable {
  public let run: RunSummary
  /// The probes that the run's probe set asks.
  public let asked: Set<Probe>
  /// What came back, or why nothing did; a missing entry was not answered yet.
  public let observations: [Probe: [Subject: Outcome<Observation>]]

  public init(
    run: RunSummary, asked: Set<Probe>,
    observations: [Probe: [Subject: Outcome<Observation>]]
  ) {
    self.run = run
    self.asked = asked
    self.observations = observations
  }

  /// The observation for one question, with a reason where there is none.
  public func observation(_ probe: Probe, _ subject: Subject) -> Outcome<Observation> {
    guard asked.contains(probe) else {
      return .notMeasurable(
        Reason("not-asked", "the probe set '\(run.probeSet)' does not ask \(probe.rawValue)"))
    }
    return observations[probe]?[subject]
      ?? .failed(Reason("not-answered", "run \(run.number) holds no answer to this question"))
  }
}
