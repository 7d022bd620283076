// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics

/// What a study of a protocol will be able to find, before anything is planted or paid.
///
///     let outlook = try Outlook(study, kinds: templates, corpus: nil)
///     outlook.canPass
public struct Outlook: Sendable, Equatable {
  public let study: StudyProtocol
  /// Canaries inserted at the target repetitions: on average, and in 19 of 20 assignments at least.
  public let insertedAtTarget: Int
  public let insertedAtLeast: Int
  public let heldOut: Int
  /// Copies in the seeded corpus, in 19 of 20 assignments at most.
  public let copies: Int
  /// The corpus, where it is known.
  public let corpus: CorpusSize?
  /// The share of copies in the records, at most; `nil` without a corpus.
  public let share: Double?
  /// About the share in the bytes, by the mean length of records and of the kinds' examples.
  public let shareOfBytes: Double?
  /// Records in which the copies have a share of 2 %.
  public let recordsForUsualShare: Int
  /// The leaks that are found with the planned power, with the error of the simulation counted;
  /// `nil` where none is, and the dense one below text scoring.
  public let detectableAUC: Double?
  public let detectableSecrets: Int?
  /// The power for the leaks that the protocol declares, at least; `nil` where none is simulated.
  public let densePower: Double?
  public let sparsePower: Double?
  /// The components on which that power rests.
  public let components: [EvidenceComponent]
  /// Why a study of this protocol cannot pass; empty where it can.
  public let obstacles: [String]
  /// The largest exposure and the smallest p that the references can show; `nil` below text scoring,
  /// where no reference is asked.
  public let ceilingBits: Double?
  public let smallestP: Double?
  /// The upper limit of the extraction rate if no secret is extracted, with 95 % confidence.
  public let zeroExtractionBound: Double?
  /// The false alarms of all tests and gates of a first run together, at most.
  public let falseAlarms: Double
  /// The same of the tests over all runs of one checkpoint, at most.
  public let falseAlarmsOverRuns: Double
  /// Texts that the tuned and the base model score or write; each sampled continuation counts as one.
  public let tunedQuestions: Int
  public let baseQuestions: Int
  /// The lower bound of ε that an audit certifies with the planned power where the true ε is 4.
  public let detectableEpsilon: Double?
  /// The endpoint that it is planned for, where it is known.
  public let endpoint: PlannedEndpoint?
  /// What cannot be asked there as it is planned.
  let endpointWarnings: [String]

  /// What providers whose models are asked there do not take as training data, as far as it is known before
  /// seeding: shape and number of records.
  private static func tuningFaults(
    _ corpus: CorpusSize?, _ study: StudyProtocol, _ endpoint: PlannedEndpoint?
  ) throws -> [String] {
    guard let endpoint, let corpus, let shape = corpus.shape else { return [] }
    return try TuningLimits.shipped().limits(of: endpoint.dialect).flatMap {
      $0.faults(
        of: shape, isLines: true, records: corpus.records + StudyPlanner.copies(study), bytes: 0)
    }
  }

  /// - Parameters:
  ///   - kinds: the kinds that the protocol names, in its order.
  ///   - endpoint: what it is planned for.
  /// - Throws: ``CoalmineError`` for a kind that cannot be drawn from; errors of statistics that no
  ///   checked protocol causes.
  public init(
    _ study: StudyProtocol, kinds: [CanaryTemplate], corpus: CorpusSize?,
    endpoint: PlannedEndpoint? = nil
  ) throws {
    self.study = study
    self.endpoint = endpoint
    endpointWarnings =
      try
      (endpoint?.warnings(
        kinds, access: study.decision.access, shape: corpus?.shape, pairs: study.pairs) ?? [])
      + Self.tuningFaults(corpus, study, endpoint)
    let corpus = corpus?.giving(contexts: study.contexts, to: study.canaries)
    self.corpus = corpus
    insertedAtTarget = study.randomized / 2
    heldOut = study.randomized - study.randomized / 2
    let copies = StudyPlanner.copies(study)
    self.copies = copies
    share = corpus?.share(of: copies)
    let remark = study.copies == .varied ? CopyRemarks.typicalLength : 0
    let opening = study.contexts == .grafted ? CorpusSurvey.typicalContext : 0
    let lengths = kinds.reduce(0) { $0 + opening + $1.example.utf8.count + 1 + remark }
    shareOfBytes = corpus.map { corpus in
      let planted = Double(copies) * Double(lengths) / Double(max(1, kinds.count))
      return planted / max(1, planted + Double(corpus.bytes))
    }
    recordsForUsualShare = CorpusSize.records(
      for: copies, within: PlanRequest.usualShare,
      contexts: study.contexts == .grafted ? study.canaries : 0)

    let spaces = try kinds.map { kind throws(CoalmineError) in try PlannedSpace(kind) }
    let design = try SimulatedDesign(study, spaces)
    let decision = study.decision
    insertedAtLeast = design.inserted
    components = EvidenceComponent.allCases.filter(
      design.shown.intersection(decision.access.simulated).contains)
    detectableAUC = try design.denseAUC()
    detectableSecrets = try design.sparseSecrets()
    densePower =
      decision.access == .textScoring ? try design.power(.dense(auc: decision.denseAUC)) : nil
    sparsePower =
      decision.sparseSecrets <= design.inserted
      ? try design.power(.sparse(memorised: decision.sparseSecrets)) : nil

    var obstacles = decision.undercutFloors(inserted: design.inserted)
    if decision.access == .textScoring, detectableAUC.map({ $0 > decision.denseAUC }) ?? true {
      obstacles.append(
        "underpowered: detects "
          + (detectableAUC.map { "an AUC of \(Prose.decimal($0, 2, .up)) or more" } ?? "no AUC")
          + ", planned \(Prose.decimal(decision.denseAUC, 2))")
    }
    if detectableSecrets.map({ $0 > decision.sparseSecrets }) ?? true {
      obstacles.append(
        "underpowered: detects "
          + (detectableSecrets.map { "\($0) memorised secrets or more" } ?? "no memorised secrets")
          + ", planned \(decision.sparseSecrets)")
    }
    self.obstacles = obstacles + Self.unmet(study)

    let isScored = decision.access == .textScoring
    ceilingBits = isScored ? Binary.log2(Double(study.references + 1)) : nil
    smallestP = isScored ? 1 / Double(study.references + 1) : nil
    zeroExtractionBound = try? clopperPearsonUpper(0, of: max(1, insertedAtTarget))
    let gates = study.gates
    falseAlarms =
      decision.alpha + Gate.accident
      + (gates.contains { !$0.measure.isCount } ? Gate.rateAlarm : 0)
    falseAlarmsOverRuns = 1.25 * decision.alpha
    (tunedQuestions, baseQuestions) = Self.questions(study)
    // The audit guesses by scores.
    detectableEpsilon =
      study.randomized > 0 && isScored
      ? try EpsilonPlanning.detectable(
        trueEpsilon: 4, guesses: study.randomized, alpha: decision.alpha, power: decision.power)
      : nil
  }

  /// Whether a study without any finding passes.
  public var canPass: Bool { obstacles.isEmpty }

  /// Why a study of a protocol that somebody wrote cannot pass, before it is seeded: as ``obstacles``, by
  /// fewer studies, of which the error counts for the protocol.
  ///
  /// - Throws: as the initializer.
  public static func obstacles(of study: StudyProtocol, kinds: [CanaryTemplate]) throws -> [String]
  {
    guard study.edition == .second else { return [] }
    let spaces = try kinds.map { kind throws(CoalmineError) in try PlannedSpace(kind) }
    let design = try SimulatedDesign(study, spaces, studies: 1_000)
    let decision = study.decision
    var obstacles = decision.undercutFloors(inserted: design.inserted)
    func short(_ leak: PlannedLeak, _ words: String) throws -> [String] {
      let power = try design.powerAtMost(leak)
      return power < decision.power
        ? [
          "underpowered: \(words) is found in at most \(Prose.percent(power, .up)) of such studies, planned "
            + "\(Prose.percent(decision.power))"
        ] : []
    }
    if decision.access == .textScoring {
      obstacles += try short(
        .dense(auc: decision.denseAUC),
        "a dense leak with an AUC of \(Prose.decimal(decision.denseAUC, 2))")
    }
    if decision.sparseSecrets <= design.inserted {
      obstacles += try short(
        .sparse(memorised: decision.sparseSecrets),
        "a leak of \(Prose.count(decision.sparseSecrets, "memorised secret", "memorised secrets"))")
    } else {
      obstacles.append("underpowered: fewer canaries are inserted than the planned sparse leak has")
    }
    return obstacles + unmet(study)
  }

  /// What else keeps every study of a protocol from passing.
  private static func unmet(_ study: StudyProtocol) -> [String] {
    let index =
      study.retrieval.isPossible && study.retrieval.indexOnly == 0
      ? [
        "the endpoint may look texts up, and no canary is planned for its index ('index-only'): what it "
          + "knows by training cannot be told from what it looks up, so nothing can be a leak either"
      ] : []
    return index
      + impossibleGates(study).map { gate in
        "the gate \(gate.measure.rawValue) at "
          + "\(Prose.count(gate.repetitions, "repetition", "repetitions")) can never pass: with so few "
          + "canaries the upper confidence limit stays above \(Prose.decimal(100 * gate.limit, 1)) %"
      }
  }

  /// Rate gates that cannot pass even if nothing is extracted.
  private static func impossibleGates(_ study: StudyProtocol) -> [Gate] {
    study.gates.filter { gate in
      guard !gate.measure.isCount else { return false }
      let levels = study.repetitionLevels
      let canaries =
        gate.repetitions == study.targetRepetitions
        ? study.randomized / 2
        : (levels.levels.contains(gate.repetitions) ? levels.canariesPerLevel : 0)
      let bound = (try? clopperPearsonUpper(0, of: max(1, canaries))) ?? 1
      return canaries == 0 || bound > gate.limit
    }
  }

  /// With text scoring the probe set 'full' is asked, else 'text-only', which has no base run.
  private static func questions(_ study: StudyProtocol) -> (tuned: Int, base: Int) {
    let continuations = 1 + study.decoding.samples + study.decoding.defaultSamples
    // Secrets that are given in the prompt: eight, each written once and scored beside a decoy.
    guard study.decision.access == .textScoring else {
      return (study.canaries * continuations + 8, 0)
    }
    let records = 2 * study.nonMemberRecords
    return (
      study.canaries * (1 + study.references + continuations) + records + 24,
      study.canaries * (study.baseReferences ? 1 + study.references : 1) + records
    )
  }
}
