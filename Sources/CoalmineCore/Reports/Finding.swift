// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// One reason for a verdict, or one fact beside it. Its sentence is made from the result that holds it.
public enum Finding: Codable, Sendable, Hashable {
  // Evidence.
  case componentFindsLeak(EvidenceComponent)
  case componentFindsNothing(EvidenceComponent)
  case componentNotMeasured(EvidenceComponent)
  /// A gate by its place among those of the result.
  case gate(Int, GateResult.State)
  /// Another run of this checkpoint found a leak.
  case otherRunFoundLeak(run: Int)
  /// Canaries in the file, and held-out ones, with replies that the provider says repeat a text that it
  /// knows. It decides nothing.
  case repliesRecited(inFile: Int, heldOut: Int)
  // Controls.
  case trainingControl(ControlState)
  /// A test finds a difference, and no sign of training on this file.
  case differsWithoutTraining
  case heldOutNotNull
  case baseContaminated
  case inContextControl(ControlState)
  /// Canaries that stand in an index alone are not known.
  case retrievalExcluded
  // Limits.
  /// What is found may have been looked up.
  case retrievalNotExcluded
  case tunedModelNotProbed
  case answersMissing(RunRole)
  /// With the missing answers read for a leak, a component would find one.
  case answersWithheld
  case componentNotShown(EvidenceComponent)
  case powerReached
  case powerShort
  case floorsUndercut
  case plainScoreRejects
  /// Inserted secrets score lower than chance has it: they are told apart all the same.
  case insertedBelowChance
  /// Secrets of the file stand in replies to other canaries.
  case offTargetSecrets
  case weakerAccess
  case generationOnly
  case answeredByOtherModels
  case protocolBeforeSecondEdition
  // What was not measured.
  /// With the reason where the protocol leaves the probe out.
  case notAsked(Probe, leftOut: String?)
  case baseModelNotProbed
  case noRecords
  case recordsTooShort(Int)
  case continuationsWithheld(Int)

  /// What became of a control.
  public enum ControlState: String, Codable, Sendable, CaseIterable {
    case seen
    case notSeen = "not-seen"
    case notMeasured = "not-measured"
  }

  /// What a finding is to a reader.
  public enum Sort: String, Codable, Sendable, CaseIterable {
    /// What tests and gates say of the checkpoint.
    case evidence
    /// Whether they can be trusted.
    case control
    /// What keeps a conclusion from being drawn.
    case limit
  }

  public var sort: Sort {
    switch self {
    case .componentFindsLeak, .componentFindsNothing, .gate, .otherRunFoundLeak, .repliesRecited:
      .evidence
    case .trainingControl, .differsWithoutTraining, .heldOutNotNull, .baseContaminated,
      .inContextControl, .powerReached, .retrievalExcluded:
      .control
    default: .limit
    }
  }

  /// A stable name; `coalmine explain SLUG` says what it means.
  public var slug: String { name.rawValue }

  private var name: Slug {
    switch self {
    case .componentFindsLeak(let component):
      switch component {
      case .rank: .rankFindsLeak
      case .mass: .massFindsLeak
      case .extraction: .extractionFindsLeak
      case .coin: .coinFindsLeak
      }
    case .componentFindsNothing(let component):
      switch component {
      case .rank: .rankFindsNothing
      case .mass: .massFindsNothing
      case .extraction: .extractionFindsNothing
      case .coin: .coinFindsNothing
      }
    case .componentNotMeasured: .componentNotMeasured
    case .gate(_, .passed): .gatePassed
    case .gate(_, .failed): .gateFailed
    case .gate(_, .open): .gateOpen
    case .gate(_, .notMeasured): .gateNotMeasured
    case .otherRunFoundLeak: .otherRunFoundLeak
    case .repliesRecited: .repliesRecited
    case .trainingControl(.seen): .trainingControlSeen
    case .trainingControl(.notSeen): .trainingControlNotSeen
    case .trainingControl(.notMeasured): .trainingControlNotMeasured
    case .differsWithoutTraining: .differsWithoutTraining
    case .heldOutNotNull: .heldOutNotNull
    case .baseContaminated: .baseContaminated
    case .inContextControl(.seen): .inContextControlSeen
    case .inContextControl(.notSeen): .inContextControlNotSeen
    case .inContextControl(.notMeasured): .inContextControlNotMeasured
    case .retrievalExcluded: .retrievalExcluded
    case .retrievalNotExcluded: .retrievalNotExcluded
    case .tunedModelNotProbed: .tunedModelNotProbed
    case .answersMissing: .answersMissing
    case .answersWithheld: .answersWithheld
    case .componentNotShown: .componentNotShown
    case .powerReached: .powerReached
    case .powerShort: .powerShort
    case .floorsUndercut: .floorsUndercut
    case .plainScoreRejects: .plainScoreRejects
    case .insertedBelowChance: .insertedBelowChance
    case .offTargetSecrets: .offTargetSecrets
    case .weakerAccess: .weakerAccess
    case .generationOnly: .generationOnly
    case .answeredByOtherModels: .answeredByOtherModels
    case .protocolBeforeSecondEdition: .protocolBeforeSecondEdition
    case .notAsked(let probe, _): .notAsked(probe)
    case .baseModelNotProbed: .baseModelNotProbed
    case .noRecords: .noRecords
    case .recordsTooShort: .recordsTooShort
    case .continuationsWithheld: .continuationsWithheld
    }
  }

  /// Every slug that this version gives.
  public enum Slug: String, Codable, Sendable, CaseIterable {
    case rankFindsLeak = "rank-finds-leak"
    case massFindsLeak = "mass-finds-leak"
    case extractionFindsLeak = "extraction-finds-leak"
    case coinFindsLeak = "coin-finds-leak"
    case rankFindsNothing = "rank-finds-nothing"
    case massFindsNothing = "mass-finds-nothing"
    case extractionFindsNothing = "extraction-finds-nothing"
    case coinFindsNothing = "coin-finds-nothing"
    case componentNotMeasured = "component-not-measured"
    case gateFailed = "gate-failed"
    case gatePassed = "gate-passed"
    case gateOpen = "gate-open"
    case gateNotMeasured = "gate-not-measured"
    case otherRunFoundLeak = "other-run-found-leak"
    case repliesRecited = "replies-recited"
    case trainingControlSeen = "training-control-seen"
    case trainingControlNotSeen = "training-control-not-seen"
    case trainingControlNotMeasured = "training-control-not-measured"
    case differsWithoutTraining = "differs-without-training"
    case heldOutNotNull = "held-out-not-null"
    case baseContaminated = "base-contaminated"
    case inContextControlSeen = "in-context-control-seen"
    case inContextControlNotSeen = "in-context-control-not-seen"
    case inContextControlNotMeasured = "in-context-control-not-measured"
    case retrievalExcluded = "retrieval-excluded"
    case retrievalNotExcluded = "retrieval-not-excluded"
    case tunedModelNotProbed = "tuned-model-not-probed"
    case answersMissing = "answers-missing"
    case answersWithheld = "answers-withheld"
    case componentNotShown = "component-not-shown"
    case powerReached = "power-reached"
    case powerShort = "power-short"
    case floorsUndercut = "floors-undercut"
    case plainScoreRejects = "plain-score-rejects"
    case insertedBelowChance = "inserted-below-chance"
    case offTargetSecrets = "off-target-secrets"
    case weakerAccess = "weaker-access-than-planned"
    case generationOnly = "generation-only"
    case answeredByOtherModels = "answered-by-other-models"
    case protocolBeforeSecondEdition = "protocol-before-second-edition"
    case baseModelNotProbed = "base-model-not-probed"
    case noRecords = "no-records"
    case recordsTooShort = "records-too-short"
    case continuationsWithheld = "continuations-withheld"
    // Probes that the probe set does not ask.
    case sequenceLikelihoodNotAsked = "sequence-likelihood-not-asked"
    case rankSearchNotAsked = "rank-search-not-asked"
    case greedyExtractionNotAsked = "greedy-extraction-not-asked"
    case sampledExtractionNotAsked = "sampled-extraction-not-asked"
    case defaultExtractionNotAsked = "default-extraction-not-asked"
    case recordLikelihoodNotAsked = "record-likelihood-not-asked"
    case recordLowercaseNotAsked = "record-lowercase-not-asked"
    case recordAfterNonmembersNotAsked = "record-after-nonmembers-not-asked"
    case chainLikelihoodNotAsked = "chain-likelihood-not-asked"
    case chainExtractionNotAsked = "chain-extraction-not-asked"
    case forcedChoiceNotAsked = "forced-choice-not-asked"

    /// The slug of a probe that was not asked.
    public static func notAsked(_ probe: Probe) -> Slug {
      switch probe {
      case .sequenceLikelihood: .sequenceLikelihoodNotAsked
      case .rankSearch: .rankSearchNotAsked
      case .greedyExtraction: .greedyExtractionNotAsked
      case .sampledExtraction: .sampledExtractionNotAsked
      case .defaultExtraction: .defaultExtractionNotAsked
      case .recordLikelihood: .recordLikelihoodNotAsked
      case .recordLowercase: .recordLowercaseNotAsked
      case .recordAfterNonmembers: .recordAfterNonmembersNotAsked
      case .chainLikelihood: .chainLikelihoodNotAsked
      case .chainExtraction: .chainExtractionNotAsked
      case .forcedChoice: .forcedChoiceNotAsked
      }
    }
  }
}
