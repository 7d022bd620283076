// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// What the tests that decide came to, in one run.
///
/// Every test is taken twice: with every missing answer read against a leak, and with every missing
/// answer read for one. A leak must hold in the first reading, a pass in the second.
public struct DecisionResult: Codable, Sendable, Equatable {
  public let edition: StudyProtocol.Edition
  /// What the protocol expects the endpoint to give.
  public let plannedAccess: PlannedAccess
  /// What this run's endpoint gave; `nil` where nothing was asked.
  public let access: PlannedAccess?
  /// The false-alarm rate of the first runs of all components together.
  public let alpha: Double
  /// Canaries inserted at the target repetitions by the random assignment…
  public let inserted: Int
  /// …and held out by it.
  public let heldOut: Int
  /// Every component that has a weight, in the order of their declaration; of a study of the first
  /// edition all, of which only the coin decides.
  public let components: [ComponentResult]
  /// What the study would have found; `nil` where it was not simulated.
  public let power: AchievedPower?
  /// min(1, min p/w) with missing answers read against a leak; `nil` where nothing was measured.
  public let combinedP: Double?
  /// The rank test of the tuned model's own log-probabilities, where ``components`` use differences.
  public let plainRank: Outcome<Double>?

  public init(
    edition: StudyProtocol.Edition, plannedAccess: PlannedAccess, access: PlannedAccess?,
    alpha: Double, inserted: Int, heldOut: Int, components: [ComponentResult],
    power: AchievedPower?, combinedP: Double?, plainRank: Outcome<Double>?
  ) {
    self.edition = edition
    self.plannedAccess = plannedAccess
    self.access = access
    self.alpha = alpha
    self.inserted = inserted
    self.heldOut = heldOut
    self.components = components
    self.power = power
    self.combinedP = combinedP
    self.plainRank = plainRank
  }

  /// The result of one component; `nil` where it has no weight.
  public subscript(component: EvidenceComponent) -> ComponentResult? {
    components.first { $0.component == component }
  }
}

/// One of the tests that decide.
public struct ComponentResult: Codable, Sendable, Equatable {
  public let component: EvidenceComponent
  /// What it was taken from.
  public let source: Source
  /// Its share of α.
  public let weight: Double
  /// How many runs of this checkpoint asked it up to this one.
  public let look: Int
  /// The largest p at which this run finds a leak.
  public let level: Double
  /// What is compared, where the component compares scores.
  public let score: StudyProtocol.Decision.Score?
  public let outcome: Outcome<Value>
  /// p of the same test on the control canaries: what the measuring chain can see.
  public let controls: Outcome<Double>
  /// Whether the controls show that this component finds what is there.
  public let isShown: Bool

  public struct Value: Codable, Sendable, Equatable {
    public let statistic: Statistic
    /// One-sided, with missing answers read against a leak.
    public let pValue: Double
    /// One-sided, with missing answers read for a leak.
    public let pValueForPass: Double
    /// Canaries of which an answer that the component needs is missing.
    public let missing: Int
    /// Inserted canaries that take no part by a rule that looks at all their texts alike: those without a
    /// shared token boundary, in the test by mass. `nil` in results of earlier versions.
    public let leftOut: Int?

    public init(
      statistic: Statistic, pValue: Double, pValueForPass: Double, missing: Int, leftOut: Int = 0
    ) {
      self.leftOut = leftOut
      self.statistic = statistic
      self.pValue = pValue
      self.pValueForPass = pValueForPass
      self.missing = missing
    }
  }

  /// What a component measured, with missing answers read against a leak.
  public enum Statistic: Codable, Sendable, Equatable {
    /// The share of their own references that inserted secrets score above, ties half; 0.5 by chance.
    case rank(auc: Double)
    /// The base-10 logarithm of the mean of |R| · p; at most 0 by chance.
    case mass(log10Mean: Double)
    /// Inserted secrets that stand in their replies, and how many chance puts there at most.
    case extraction(found: Int, expected: Double)
    /// The share of pairs of one kind in which the inserted canary scores higher, ties half.
    case coin(auc: Double, relabellings: Int, isExact: Bool)
  }

  /// What a component is taken from.
  public enum Source: String, Codable, Sendable, CaseIterable {
    /// Log-probabilities of given texts.
    case scores = "log-probabilities"
    /// What the model wrote.
    case replies
    /// The likeliest tokens that were listed beside what it wrote.
    case listedTokens = "listed-tokens"
  }

  public init(
    component: EvidenceComponent, source: Source? = nil, weight: Double, look: Int,
    level: Double,
    score: StudyProtocol.Decision.Score?, outcome: Outcome<Value>, controls: Outcome<Double>,
    isShown: Bool
  ) {
    self.component = component
    self.source = source ?? (component == .extraction ? .replies : .scores)
    self.weight = weight
    self.look = look
    self.level = level
    self.score = score
    self.outcome = outcome
    self.controls = controls
    self.isShown = isShown
  }

  /// Whether it finds a leak, whatever the missing answers would be.
  public var findsLeak: Bool { decides && outcome.value.map { $0.pValue <= level } ?? false }

  /// Whether it would find a leak if every missing answer showed one.
  public var couldFindLeak: Bool {
    decides && outcome.value.map { $0.pValueForPass <= level } ?? false
  }

  /// Whether it has a share of α; else it is shown for comparison alone.
  public var decides: Bool { weight > 0 }
}

/// With what probability the study would have found the leaks that its protocol names, simulated
/// with the assignment as it was drawn and the components that the controls show.
public struct AchievedPower: Codable, Sendable, Equatable {
  public let wanted: Double
  /// The dense leak, as AUC, and the share of simulated studies that found it; `nil` where the access
  /// cannot see one.
  public let dense: Leak?
  /// The sparse leak, as a number of memorised secrets.
  public let sparse: Leak?
  public let studies: Int
  /// Why it does not reach what a pass needs, one sentence each; empty where it does.
  public let undercutFloors: [String]

  public struct Leak: Codable, Sendable, Equatable {
    public let size: Double
    public let power: Double

    public init(size: Double, power: Double) {
      self.size = size
      self.power = power
    }
  }

  public init(
    wanted: Double, dense: Leak?, sparse: Leak?, studies: Int, undercutFloors: [String]
  ) {
    self.wanted = wanted
    self.dense = dense
    self.sparse = sparse
    self.studies = studies
    self.undercutFloors = undercutFloors
  }

  /// Whether both planned leaks, or the one that the access can see, are found as often as planned.
  public var isReached: Bool {
    guard let sparse, sparse.power >= wanted else { return false }
    return dense.map { $0.power >= wanted } ?? true
  }

  /// Whether a pass can rest on it.
  public var suffices: Bool { isReached && undercutFloors.isEmpty }
}
