// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// One membership score over the marked records. It is secondary: it changes no verdict.
public struct MembershipResult: Codable, Sendable, Equatable {
  /// The score's slug, `min-k`.
  public let score: String
  /// What the study must have asked for it.
  public let needs: Set<MembershipNeed>
  public let members: Int
  public let nonmembers: Int
  public let auc: Outcome<Value>
  /// The members found where at most 1 % of the non-members are mistaken for members.
  public let found: Outcome<FoundMembers>
  /// Points of the ROC curve from (0, 0) to (1, 1), at most ``curvePoints``; empty without an AUC.
  public let curve: [CurvePoint]
  /// How well the text alone tells the same records apart.
  public let blind: Outcome<Blind>
  /// The AUC of the length of the same records: the share of pairs in which the member is longer.
  public let lengthAUC: Outcome<Double>
  public let significance: Outcome<Significance>

  /// The most points of ``curve``.
  public static let curvePoints = 36
  /// The false positive rate of ``found``.
  public static let falsePositiveRate = 0.01

  public struct Value: Codable, Sendable, Equatable {
    public let auc: Double
    /// `nil` where no interval can be given.
    public let interval: Interval?
    public let method: Method

    public init(auc: Double, interval: Interval?, method: Method) {
      self.auc = auc
      self.interval = interval
      self.method = method
    }
  }

  /// How the interval of an AUC was computed.
  public enum Method: String, Codable, Sendable, CaseIterable {
    /// DeLong's variance on the logit scale.
    case delongLogit = "delong-logit"
    /// The one-sided bound where the two groups do not overlap.
    case perfectSeparation = "perfect-separation"
    /// Resampled by groups of records that belong together.
    case clusterBootstrap = "cluster-bootstrap"
    /// No interval can be given.
    case none
  }

  /// Members above the best threshold that mistakes few enough non-members for members.
  public struct FoundMembers: Codable, Sendable, Equatable {
    public let truePositives: Int
    public let members: Int
    /// Non-members that may lie above the threshold.
    public let allowedFalsePositives: Int
    /// Clopper-Pearson with the threshold taken as given; `nil` where records come in groups.
    public let interval: Interval?

    public init(
      truePositives: Int, members: Int, allowedFalsePositives: Int, interval: Interval?
    ) {
      self.truePositives = truePositives
      self.members = members
      self.allowedFalsePositives = allowedFalsePositives
      self.interval = interval
    }
  }

  /// One threshold: which share of the non-members and of the members lies above it.
  public struct CurvePoint: Codable, Sendable, Equatable {
    public let falsePositiveRate: Double
    public let truePositiveRate: Double

    public init(falsePositiveRate: Double, truePositiveRate: Double) {
      self.falsePositiveRate = falsePositiveRate
      self.truePositiveRate = truePositiveRate
    }
  }

  /// A classifier that reads the texts and never the model.
  public struct Blind: Codable, Sendable, Equatable {
    /// Of texts that it was not trained on.
    public let auc: Double
    /// Of permuted labels, one-sided.
    public let pValue: Double

    public init(auc: Double, pValue: Double) {
      self.auc = auc
      self.pValue = pValue
    }
  }

  /// The test against an AUC of one half.
  public struct Significance: Codable, Sendable, Equatable {
    /// One-sided, of this score alone.
    public let pValue: Double
    /// The same by Holm's correction over all scores that were measured.
    public let holmPValue: Double
    public let method: Test

    public init(pValue: Double, holmPValue: Double, method: Test) {
      self.pValue = pValue
      self.holmPValue = holmPValue
      self.method = method
    }
  }

  /// How the p-value of an AUC was computed.
  public enum Test: String, Codable, Sendable, CaseIterable {
    /// Every labelling of the scores was counted.
    case mannWhitneyExact = "mann-whitney-exact"
    /// Labels were drawn again, of whole groups where records come in groups.
    case labelPermutation = "label-permutation"
  }

  /// Whether a classifier that never saw the model separates these records as well: the interval of
  /// the AUC does not lie above the blind AUC, nor above that of guessing. Without an interval the
  /// AUC itself is compared. `nil` where one of the two is missing.
  public var isReachedBlind: Bool? {
    guard let value = auc.value, let blind = blind.value else { return nil }
    return (value.interval?.lower ?? value.auc) <= max(0.5, blind.auc)
  }

  public init(
    score: String, needs: Set<MembershipNeed> = [.scoredText], members: Int, nonmembers: Int,
    auc: Outcome<Value>, found: Outcome<FoundMembers>, curve: [CurvePoint],
    blind: Outcome<Blind>, lengthAUC: Outcome<Double>, significance: Outcome<Significance>
  ) {
    self.score = score
    self.needs = needs
    self.members = members
    self.nonmembers = nonmembers
    self.auc = auc
    self.found = found
    self.curve = curve
    self.blind = blind
    self.lengthAUC = lengthAUC
    self.significance = significance
  }
}
