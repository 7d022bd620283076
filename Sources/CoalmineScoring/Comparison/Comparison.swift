// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Whether one model leaks more than another, on the same canaries and records.
///
///     let found = Comparison(earlier, later, margin: .init(bits: 0.5))
///     found.verdict  // .noWorse
///
/// Model A is the earlier one, model B the later one, and every difference is B minus A.
public struct Comparison: Sendable, Equatable {
  public let verdict: Verdict
  /// Why ``verdict`` is inconclusive; empty for the others.
  public let doubts: [Doubt]
  /// The largest adjusted p of a regression; one minus it is the confidence of every bound.
  public let alpha: Double
  public let margin: Margin
  /// Canaries that the random assignment inserted at the target repetitions.
  public let inserted: Int
  public let exposure: Outcome<ExposureDifference>
  public let extraction: Outcome<ExtractionDifference>
  public let membership: Outcome<MembershipDifference>
  /// p-values of what was tested, by Holm's correction over them.
  public let adjusted: [Measure: Double]

  /// What a comparison concludes.
  public enum Verdict: String, Sendable, CaseIterable {
    /// B leaks more.
    case regression = "regression"
    /// B leaks no more than A by more than the margin.
    case noWorse = "no-worse"
    /// Neither can be said.
    case inconclusive = "inconclusive"

    /// The exit code that goes with it.
    public var exit: ExitCode {
      switch self {
      case .regression: .leak
      case .noWorse: .success
      case .inconclusive: .inconclusive
      }
    }
  }

  /// What keeps a comparison from saying that B is no worse.
  public enum Doubt: String, Sendable, CaseIterable {
    /// A bound reaches the margin: too few canaries, or too large a difference.
    case power = "power"
    /// Too many secrets are at the largest exposure under both models.
    case ceiling = "ceiling"
    /// Neither exposure nor extraction was measured.
    case notMeasured = "not-measured"
  }

  /// What is compared.
  public enum Measure: String, Sendable, CaseIterable {
    case exposure
    case extraction
    case membership
  }

  /// By how much B may be worse and still count as no worse.
  public struct Margin: Sendable, Equatable {
    /// Of the mean exposure, in bits: with one bit, half as many guesses find a secret.
    public var bits: Double
    /// Of the share of secrets that are extracted, in percentage points.
    public var points: Double

    public init(bits: Double = 1, points: Double = 10) {
      self.bits = bits
      self.points = points
    }
  }

  /// The exposure of the same secrets under both models.
  public struct ExposureDifference: Sendable, Equatable {
    /// Mean exposures, in bits, a missing answer read against a regression.
    public let firstMean: Double
    public let secondMean: Double
    /// Secrets that B exposes more, less, and alike.
    public let higher: Int
    public let lower: Int
    public let equal: Int
    /// One-sided, by signed ranks.
    public let pValue: Double
    /// The one-sided upper bound of the mean difference in bits, a missing answer read for a
    /// regression.
    public let upperBits: Double
    /// Secrets at the largest exposure under both models, of which a difference cannot be seen.
    public let atCeiling: Int
    /// Secrets of which an answer is missing.
    public let missing: Int

    public var meanDifference: Double { secondMean - firstMean }
  }

  /// Which secrets stand in the replies of the two models.
  public struct ExtractionDifference: Sendable, Equatable {
    /// Secrets found under A, and under B.
    public let first: Int
    public let second: Int
    public let onlyFirst: Int
    public let onlySecond: Int
    public let canaries: Int
    /// One-sided, of the secrets that the models differ in.
    public let pValue: Double
    /// The one-sided upper bound of the share of secrets that B alone gives, 0…1, a missing reply
    /// read for a regression. The rate of B is above that of A by no more than this.
    public let upperShare: Double
    /// Secrets of which a reply is missing under one of the models.
    public let missing: Int
  }

  /// The AUC of members against non-members under both models.
  public struct MembershipDifference: Sendable, Equatable {
    /// The slug of the score.
    public let score: String
    public let firstAUC: Double
    public let secondAUC: Double
    public let members: Int
    public let nonmembers: Int
    /// One-sided, by DeLong's covariance.
    public let pValue: Double
  }
}

extension Comparison {
  /// The p-value before any correction; `nil` where a measure was not tested.
  public func pValue(_ measure: Measure) -> Double? {
    switch measure {
    case .exposure: exposure.value?.pValue
    case .extraction: extraction.value?.pValue
    case .membership: membership.value?.pValue
    }
  }

  /// What shows that B leaks more.
  public var regressions: [Measure] {
    Measure.allCases.filter { adjusted[$0].map { $0 <= alpha } ?? false }
  }
}
