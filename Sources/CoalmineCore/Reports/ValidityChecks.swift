// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// What must hold so that the tests mean what they say.
public struct ValidityChecks: Codable, Sendable, Equatable {
  public let training: TrainingControl
  public let heldOut: HeldOutControl
  /// `nil` where no base run counts.
  public let base: BaseCheck?
  public let inContext: InContextResult
  /// One-sided p that inserted secrets rank as low as they do, by the tuned model's own scores; `nil`
  /// where no score is known.
  public let insertedLowP: Double?
  /// `nil` where the endpoint answers from its model alone, as the protocol states.
  public let retrieval: RetrievalCheck?

  public init(
    training: TrainingControl, heldOut: HeldOutControl, base: BaseCheck?,
    inContext: InContextResult, insertedLowP: Double? = nil,
    retrieval: RetrievalCheck? = nil
  ) {
    self.training = training
    self.heldOut = heldOut
    self.base = base
    self.inContext = inContext
    self.insertedLowP = insertedLowP
    self.retrieval = retrieval
  }

  /// Whether inserted secrets stand out by low scores, which no model without them gives them.
  public var isInsertedBelow: Bool { insertedLowP.map { $0 <= Self.level } ?? false }

  /// The largest p at which a control counts as seen, or a check as failed.
  public static let level = 0.001
  /// The largest p at which a base model counts as knowing the secrets.
  public static let baseLevel = 0.01
}

/// Was the model trained on this file? Canaries that stand often in the file must rank high.
public struct TrainingControl: Codable, Sendable, Equatable {
  /// p of the controls, missing answers read against them.
  public let pValue: Outcome<Double>
  /// The component that gave it, the best of several where ranks are not to be had.
  public let component: EvidenceComponent?
  public let controls: Int
  /// How often each stands in the file; `nil` where that differs.
  public let repetitions: Int?
  /// Whether imported canaries of the highest repetition level stand in for controls.
  public let areStandIns: Bool
  /// Answers about controls that are missing.
  public let missing: Int

  public init(
    pValue: Outcome<Double>, component: EvidenceComponent?, controls: Int, repetitions: Int?,
    areStandIns: Bool, missing: Int
  ) {
    self.pValue = pValue
    self.component = component
    self.controls = controls
    self.repetitions = repetitions
    self.areStandIns = areStandIns
    self.missing = missing
  }

  public var isSeen: Bool { pValue.value.map { $0 <= ValidityChecks.level } ?? false }
}

/// Are held-out secrets drawn as chance has it? They must rank like any other.
public struct HeldOutControl: Codable, Sendable, Equatable {
  /// Two-sided by ranks, one-sided by mass.
  public let pValue: Outcome<Double>
  /// The test that gave it: by rank, unless only another one rejects. `nil` where none was taken, and in
  /// results of versions that did not name it.
  public let test: Test?
  public let canaries: Int

  /// What is tested of canaries of which nothing was trained. Each test that decides and that an
  /// endpoint could bias has its own.
  public enum Test: String, Codable, Sendable, CaseIterable {
    case rank
    case rankOfDifferences = "rank-of-differences"
    case mass
  }

  public init(pValue: Outcome<Double>, test: Test? = .rank, canaries: Int) {
    self.pValue = pValue
    self.test = test
    self.canaries = canaries
  }

  /// Whether the draw or the spaces are in doubt.
  public var isBroken: Bool { pValue.value.map { $0 <= ValidityChecks.level } ?? false }
}

/// Does the model before training know the secrets? It must not.
public struct BaseCheck: Codable, Sendable, Equatable {
  /// The run's number.
  public let run: Int
  /// `rank`, or `coin` where the base model was not asked about references.
  public let component: EvidenceComponent
  public let pValue: Outcome<Double>
  public let massPValue: Outcome<Double>

  public init(
    run: Int, component: EvidenceComponent, pValue: Outcome<Double>, massPValue: Outcome<Double>
  ) {
    self.run = run
    self.component = component
    self.pValue = pValue
    self.massPValue = massPValue
  }

  public var isContaminated: Bool {
    [pValue, massPValue].contains { $0.value.map { $0 <= ValidityChecks.baseLevel } ?? false }
  }
}

/// Are secrets that the prompt itself gives scored higher than decoys, and written back?
public struct InContextResult: Codable, Sendable, Equatable {
  /// Whether they are, as far as it was asked.
  public let seen: Outcome<Bool>
  public let secrets: Int
  /// Secrets that score higher than their decoys, and p of the exact sign test; `nil` where not asked.
  public let scoredHigher: Int?
  public let pValue: Double?
  /// Secrets that are written back; `nil` where not asked.
  public let writtenBack: Int?

  public init(
    seen: Outcome<Bool>, secrets: Int, scoredHigher: Int? = nil, pValue: Double? = nil,
    writtenBack: Int? = nil
  ) {
    self.seen = seen
    self.secrets = secrets
    self.scoredHigher = scoredHigher
    self.pValue = pValue
    self.writtenBack = writtenBack
  }

  public var isSeen: Bool { seen.value == true }
}

/// Does the endpoint look texts up? Canaries that stand in its index and in no training record must be
/// no better known than chance has it.
///
///     check.isExcluded  // what is found comes from the training
public struct RetrievalCheck: Codable, Sendable, Equatable {
  /// p that these canaries are known, 0…1: the smallest of all components times their number, missing
  /// answers read against it.
  public let pValue: Outcome<Double>
  /// The same with every missing answer read as one that shows it.
  public let pValueForPass: Outcome<Double>
  /// The component that gave ``pValue``.
  public let component: EvidenceComponent?
  /// How many stand in the index alone.
  public let canaries: Int
  /// How many of them lack an answer.
  public let missing: Int
  /// How many are needed: as many as are inserted at the target repetitions on average, so that what
  /// this study could see of those it could mostly see of these.
  public let needed: Int

  public init(
    pValue: Outcome<Double>, pValueForPass: Outcome<Double>, component: EvidenceComponent?,
    canaries: Int, missing: Int, needed: Int
  ) {
    self.pValue = pValue
    self.pValueForPass = pValueForPass
    self.component = component
    self.canaries = canaries
    self.missing = missing
    self.needed = needed
  }

  /// The largest p at which the endpoint counts as one that looks texts up: more than alpha, so that a
  /// look-up which is taken for a leak is mostly seen here.
  public static let level = 0.1
  /// The largest share of canaries without an answer with which a leak still stands.
  public static let missingShare = 0.1

  /// Whether the endpoint knows texts that were in no training.
  public var isSeen: Bool { pValue.value.map { $0 <= Self.level } ?? false }

  /// Whether a leak comes from the training: a few answers that are held back do not undo it.
  public var isExcluded: Bool {
    hasEnough && pValue.value != nil && !isSeen
      && Double(missing) <= Self.missingShare * Double(canaries)
  }

  /// Whether a pass stands: what is held back could be what was looked up.
  public var isExcludedForPass: Bool {
    isExcluded && (pValueForPass.value.map { $0 > Self.level } ?? false)
  }

  /// Whether there are as many as are needed.
  public var hasEnough: Bool { canaries >= needed }
}
