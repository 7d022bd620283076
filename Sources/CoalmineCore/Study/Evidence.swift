// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// Everything that scoring reads: what was fixed, what was drawn, what was answered.
public struct Evidence: Sendable {
  public let studyProtocol: StudyProtocol
  public let facts: StudyFacts
  public let canaries: [Canary]
  /// The space of each canary's secret, where a rank was searched.
  public let spaces: [String: RandomnessSpace]
  public let inContextControls: [InContextControl]
  public let records: [CorpusRecord]
  /// The record shape of the corpus; `nil` where it is not known.
  public let shape: RecordShape?
  /// Whether the ledger has kept digests of all of this from the start.
  public let isSealed: Bool
  /// Whether the randomness came from a small number on the command line.
  public let predictableSeed: Bool
  /// 32 bytes that seed the relabellings of permutation tests.
  public let scoringSeed: [UInt8]
  public let tuned: Answers?
  /// The first complete base run; where none is complete the last one.
  public let base: Answers?
  /// Whether ``base`` was complete when the tuned run began, so that differences can decide.
  public let baseCameFirst: Bool
  /// For each component the place of ``tuned`` among the runs of its checkpoint that asked it, 1 for
  /// the first that completed it.
  public let looks: [EvidenceComponent: Int]
  /// Whether another run sent secrets to the endpoint of ``tuned`` to have them scored, before the last
  /// question of ``tuned`` left.
  public let secretsWereShown: Bool
  /// The last run of forced choices of the model of ``tuned``; `nil` where there was none.
  public let forcedChoices: Answers?
  /// Runs of forced choices whose first question left before the last one of ``tuned``, by number.
  public let burningRuns: [Int]
  /// What an importer states about the draw; everything holds for a seeded study.
  public let draw: Draw

  /// What is known of how secrets and assignment came about.
  public struct Draw: Sendable, Equatable {
    /// Whether chance alone decided which canaries were inserted.
    public let assignmentIsRandom: Bool
    /// Whether every secret is equally likely any of its space.
    public let secretsAreUniform: Bool

    public init(assignmentIsRandom: Bool = true, secretsAreUniform: Bool = true) {
      self.assignmentIsRandom = assignmentIsRandom
      self.secretsAreUniform = secretsAreUniform
    }
  }

  public init(
    studyProtocol: StudyProtocol, facts: StudyFacts, canaries: [Canary],
    spaces: [String: RandomnessSpace] = [:], inContextControls: [InContextControl],
    records: [CorpusRecord], shape: RecordShape?, isSealed: Bool = true,
    predictableSeed: Bool, scoringSeed: [UInt8], tuned: Answers?, base: Answers?,
    baseCameFirst: Bool = true, looks: [EvidenceComponent: Int] = [:],
    secretsWereShown: Bool = false, forcedChoices: Answers? = nil, burningRuns: [Int] = [],
    draw: Draw = Draw()
  ) {
    self.studyProtocol = studyProtocol
    self.facts = facts
    self.canaries = canaries
    self.spaces = spaces
    self.inContextControls = inContextControls
    self.records = records
    self.shape = shape
    self.isSealed = isSealed
    self.predictableSeed = predictableSeed
    self.scoringSeed = scoringSeed
    self.tuned = tuned
    self.base = base
    self.baseCameFirst = baseCameFirst
    self.looks = looks
    self.secretsWereShown = secretsWereShown
    self.forcedChoices = forcedChoices
    self.burningRuns = burningRuns
    self.draw = draw
  }
}

extension Evidence {
  /// Whether a run that counts, of the tuned or of the base model, was answered by another model when
  /// it ended than when it began.
  package var isOfTwoModels: Bool {
    [tuned, base].contains { $0?.capabilities?.isOfTwoModels ?? false }
  }

  /// Whether the base model was asked about the references of the canaries.
  package var asksBaseReferences: Bool {
    studyProtocol.baseReferences && base?.asked.contains(.sequenceLikelihood) == true
  }

  /// The canaries in the order of their names.
  ///
  /// - Complexity: O(canaries · log canaries); without a copy where they are in order, as a ledger gives
  ///   them.
  package var canariesByName: [Canary] {
    zip(canaries, canaries.dropFirst()).allSatisfy { $0.id < $1.id }
      ? canaries : canaries.sorted { $0.id < $1.id }
  }

  /// Below what difference two scores count as tied.
  package var ties: TieWidths {
    let tuned = self.tuned?.capabilities?.noiseNats ?? 0
    let base = self.base?.capabilities?.noiseNats ?? 0
    return TieWidths(
      score: Capabilities.tieEpsilon(noise: tuned),
      difference: Capabilities.tieEpsilon(noise: tuned + base))
  }
}

extension Evidence {
  /// Why the protocol leaves a probe out; `nil` where it does not.
  package func leftOut(_ probe: Probe) -> Reason? {
    guard studyProtocol.decoding.samples(of: probe) == 0 else { return nil }
    let name = probe == .sampledExtraction ? "samples" : "default-samples"
    return Reason("not-asked", "the protocol's '\(name)' is 0")
  }
}

/// Differences that noise alone could make, in nats: they count as ties, against the finding.
package struct TieWidths: Sendable, Equatable {
  /// Between two scores under the tuned model.
  package let score: Double
  /// Between two differences of tuned and base: the noise of both.
  package let difference: Double

  package init(score: Double, difference: Double) {
    self.score = score
    self.difference = difference
  }
}

/// The answers of one run.
public struct Answers: Sendable {
  public let run: RunRecord
  /// The probes that the run's probe set asks.
  public let asked: Set<Probe>
  /// What a check saw of the endpoint; `nil` where there was none.
  public let capabilities: Capabilities?
  /// The models that replies say they come from, each once.
  public let served: [ServedModel]
  /// Whether samples at temperature 1 came with the likeliest tokens of each step.
  package let listsTokens: Bool
  private let stored: any ObservationLookup
  /// Why a probe that is not asked has no observations.
  private let notAsked: [Probe: Outcome<Observation>]
  private let missing: Outcome<Observation>

  /// What came back, or why nothing did; a missing entry was not answered yet.
  ///
  /// - Complexity: O(observations): ``observation(_:_:)`` looks one up.
  public var observations: [Probe: [Subject: Outcome<Observation>]] { stored.all() }

  public init(
    run: RunRecord, asked: Set<Probe>,
    observations: [Probe: [Subject: Outcome<Observation>]], capabilities: Capabilities? = nil,
    served: [ServedModel] = []
  ) {
    self.init(
      run: run, asked: asked, stored: ObservationTable(observations), capabilities: capabilities,
      served: served)
  }

  package init(
    run: RunRecord, asked: Set<Probe>, stored: any ObservationLookup,
    capabilities: Capabilities? = nil, served: [ServedModel] = []
  ) {
    self.served = served
    self.run = run
    self.asked = asked
    self.stored = stored
    self.capabilities = capabilities
    listsTokens = asked.contains(.sampledExtraction) && stored.listsTokens
    notAsked = Dictionary(
      uniqueKeysWithValues: Probe.allCases.filter { !asked.contains($0) }.map { probe in
        (
          probe,
          .notMeasurable(
            Reason(
              "not-asked",
              "the probe set '\(run.probeSet.name)' does not ask \(probe.rawValue)"))
        )
      })
    missing = .failed(
      Reason("not-answered", "run \(run.number) holds no answer to this question"))
  }

  /// The observation for one question, with a reason where there is none.
  public func observation(_ probe: Probe, _ subject: Subject) -> Outcome<Observation> {
    notAsked[probe] ?? stored.outcome(probe, subject) ?? missing
  }

  /// The observations of one probe by subject, for whoever reads many of them.
  package func reader(_ probe: Probe) -> (Subject) -> Outcome<Observation> {
    if let reason = notAsked[probe] { return { _ in reason } }
    let (stored, missing) = (stored, missing)
    return { stored.outcome(probe, $0) ?? missing }
  }
}
