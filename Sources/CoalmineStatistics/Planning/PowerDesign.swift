// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A canary of a planned study, at the target repetitions, with a random assignment.
public struct PlannedCanary: Sendable, Equatable {
  /// Its kind; the coin component compares within kinds.
  public let kind: String
  /// Whether the assignment inserts it; else it is held out.
  public let isInserted: Bool
  /// m, at least 0.
  public let references: Int
  /// log2|R|, at least 0.
  public let spaceBits: Double
  /// Whether the model was trained on it as assigned. An inserted canary that was not trained on
  /// learns nothing; a held-out one that was scores above every inserted one.
  public let isAsAssigned: Bool
  /// How many of its texts have each score, the best score first, where the endpoint gives many of them
  /// one; empty where none tie.
  public let ties: [Int]
  /// Whether it takes part in the test by mass: its texts begin at one token boundary.
  public let hasMass: Bool
  /// How many distinct members of its space its replies hold, where more than
  /// ``PowerDesign/candidatesSeen``.
  public let candidatesSeen: Int

  public init(
    kind: String, isInserted: Bool, references: Int, spaceBits: Double, isAsAssigned: Bool = true,
    ties: [Int] = [], hasMass: Bool = true, candidatesSeen: Int = 0
  ) {
    self.hasMass = hasMass
    self.candidatesSeen = candidatesSeen
    self.kind = kind
    self.isInserted = isInserted
    self.references = references
    self.spaceBits = spaceBits
    self.isAsAssigned = isAsAssigned
    self.ties = ties
  }

  /// The canaries of one kind: first the inserted ones, then those held out.
  public static func group(
    kind: String, inserted: Int, heldOut: Int, references: Int, spaceBits: Double
  ) -> [PlannedCanary] {
    (0..<max(0, inserted) + max(0, heldOut)).map {
      PlannedCanary(
        kind: kind, isInserted: $0 < inserted, references: references, spaceBits: spaceBits)
    }
  }
}

/// What the planned access to the model can measure; the raw value is its name in protocols.
public enum PlannedAccess: String, Codable, Sendable, CaseIterable {
  /// Log-probabilities of given texts.
  case textScoring = "text-scoring"
  /// Replies with the most likely tokens of each step.
  case topTokens = "top-tokens"
  /// Replies alone.
  case textOnly = "text-only"

  /// The components that can be taken at this access.
  ///
  /// From replies alone each candidate's probability is estimated, see ``SampledTree``: that gives
  /// ranks and mass. With the most likely tokens it has certain bounds, see ``CandidateMass``.
  public var components: Set<EvidenceComponent> {
    switch self {
    case .textScoring: [.rank, .mass, .extraction, .coin]
    case .topTokens, .textOnly: [.rank, .mass, .extraction]
    }
  }

  /// The components whose power is simulated at this access: of replies alone, what they hold; with
  /// the most likely tokens mass too. What else ranks and mass add is not counted on.
  public var simulated: Set<EvidenceComponent> {
    switch self {
    case .textScoring: components
    case .topTokens: [.mass, .extraction]
    case .textOnly: [.extraction]
    }
  }
}

/// A study whose power is to be simulated.
///
///     let canaries = ["pin", "name", "key", "code"].flatMap {
///       PlannedCanary.group(kind: $0, inserted: 9, heldOut: 9, references: 255, spaceBits: 20)
///     }
///     let design = try PowerDesign(canaries, noise: 0.05)
public struct PowerDesign: Sendable, Equatable {
  public let canaries: [PlannedCanary]
  /// With the weight of what the access cannot measure moved to the rest.
  public let weights: ComponentWeights
  /// The components that are simulated; the weight of others is lost.
  public let components: [EvidenceComponent]
  /// The false-alarm rate of all components together.
  public let alpha: Double
  /// The standard deviation of log-probabilities of the texts of one canary, in nats.
  public let scoreDeviation: Double
  /// The standard deviation of one log-probability when it is asked again, in nats.
  public let noise: Double
  /// The chance that an answer is missing, each by itself.
  public let missingShare: Double
  /// How many distinct members of a secret's space its replies hold: as many as there are replies, where
  /// a canary says no more.
  public let candidatesSeen: Int
  /// By kind, how many secrets have each score, the best first, where many of a kind tie.
  public let tiedSecrets: [String: [Int]]

  /// - Parameters:
  ///   - canaries: 1…``largest``, at least one of them inserted.
  ///   - weights: as the protocol names them, before anything is moved.
  ///   - access: what it cannot measure gives its weight to the others.
  ///   - shown: the components that controls have shown; others take part no more, and their weight
  ///     is not moved.
  ///   - scoreDeviation: positive.
  ///   - missingShare: 0…1.
  ///   - candidatesSeen: at least 0; 33 is one reply by greedy decoding and 32 samples.
  ///   - tiedSecrets: numbers above 0; no entry for a kind in which none tie.
  /// - Throws: `empty_input` where no canary is inserted, `nan`, `invalid_parameter`.
  public init(
    _ canaries: [PlannedCanary], weights: ComponentWeights = .standard, alpha: Double = 0.05,
    access: PlannedAccess = .textScoring,
    shown: Set<EvidenceComponent> = Set(EvidenceComponent.allCases),
    scoreDeviation: Double = 1, noise: Double = 0, missingShare: Double = 0,
    candidatesSeen: Int = 33, tiedSecrets: [String: [Int]] = [:]
  ) throws(StatisticsError) {
    guard canaries.contains(where: \.isInserted) else { throw .empty }
    try StatisticsError.refuseNaN(
      canaries.map(\.spaceBits) + [alpha, scoreDeviation, noise, missingShare])
    guard canaries.count <= Self.largest,
      canaries.allSatisfy({
        (0..<1 << 20).contains($0.references) && $0.spaceBits >= 0 && $0.spaceBits.isFinite
      })
    else { throw .parameter("too many canaries or references, or bits out of range") }
    guard alpha > 0, alpha < 1, scoreDeviation > 0, scoreDeviation.isFinite, noise >= 0,
      noise.isFinite, missingShare >= 0, missingShare <= 1, candidatesSeen >= 0
    else {
      throw .parameter("alpha, a deviation, a share or a number of candidates is out of range")
    }
    guard (canaries.map(\.ties) + tiedSecrets.values).allSatisfy({ $0.allSatisfy { $0 > 0 } })
    else { throw .parameter("a score that no text has") }
    let carried = try weights.redistributed(to: access.components)
    self.canaries = canaries
    self.weights = carried
    components = carried.components.filter { shown.contains($0) && access.simulated.contains($0) }
    self.alpha = alpha
    self.scoreDeviation = scoreDeviation
    self.noise = noise
    self.missingShare = missingShare
    self.candidatesSeen = candidatesSeen
    self.tiedSecrets = tiedSecrets
  }

  /// The most canaries of a design; the time of a simulation grows with their number.
  public static let largest = 200_000

  /// The number of inserted canaries.
  public var inserted: Int { canaries.count { $0.isInserted } }
}

/// What a model might have learned.
public enum PlannedLeak: Sendable, Equatable {
  /// Every inserted secret that was trained on gains the same δ, so that it scores above one of its own references with
  /// this probability, ½…1.
  case dense(auc: Double)
  /// So many of the inserted secrets are memorised verbatim, chosen at random: the best score,
  /// probability 0.9, and a reply that holds it. Of those chosen that were not trained on, nothing
  /// is memorised.
  case sparse(memorised: Int)

  /// The δ of a dense leak in nats: sd · √2 · Φ⁻¹(AUC).
  ///
  /// - Parameter deviation: of normal scores, without the noise of the endpoint.
  public static func gain(auc: Double, deviation: Double) -> Double {
    deviation * 1.4142135623730951 * Normal.quantile(auc)
  }
}
