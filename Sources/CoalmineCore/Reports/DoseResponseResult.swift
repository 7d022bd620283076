// SPDX-License-Identifier: Apache-2.0

/// How exposure rises with the copies in the corpus, for one kind or for all.
///
/// Held-out canaries are level 0. It is secondary: it changes no verdict.
public struct DoseResponseResult: Codable, Sendable, Equatable {
  /// The kind; `nil` for all kinds together.
  public let kind: String?
  public let curve: Outcome<Curve>

  public init(kind: String?, curve: Outcome<Curve>) {
    self.kind = kind
    self.curve = curve
  }

  /// The isotonic fit: the rising steps that come nearest to the exposures.
  public struct Curve: Codable, Sendable, Equatable {
    public let canaries: Int
    /// Exposures that are at least their value only.
    public let censored: Int
    /// The lowest ceiling of these canaries, in bits: exposures above it count as at least this.
    public let ceilingBits: Double
    /// By rising repetitions, held-out canaries first.
    public let levels: [Level]
    /// The share of the variance of the exposures that the fit explains, 0…1.
    public let rSquared: Double
    /// One-sided p of no rise, by permuting levels over canaries.
    public let pValue: Double
    /// Where the fit reaches a fixed exposure.
    public let threshold: Outcome<Threshold>

    public init(
      canaries: Int, censored: Int, ceilingBits: Double, levels: [Level], rSquared: Double,
      pValue: Double, threshold: Outcome<Threshold>
    ) {
      self.canaries = canaries
      self.censored = censored
      self.ceilingBits = ceilingBits
      self.levels = levels
      self.rSquared = rSquared
      self.pValue = pValue
      self.threshold = threshold
    }
  }

  /// The canaries of one number of copies.
  public struct Level: Codable, Sendable, Equatable {
    /// Copies in the corpus; 0 for held-out canaries.
    public let repetitions: Int
    public let canaries: Int
    /// The mean of their exposures, in bits.
    public let meanBits: Double
    /// The fit, in bits: never lower than at fewer copies.
    public let fittedBits: Double
    /// Whether the true fit may be higher, since exposures of this level or of lower ones are at
    /// least their value only.
    public let isLowerBound: Bool

    public init(
      repetitions: Int, canaries: Int, meanBits: Double, fittedBits: Double, isLowerBound: Bool
    ) {
      self.repetitions = repetitions
      self.canaries = canaries
      self.meanBits = meanBits
      self.fittedBits = fittedBits
      self.isLowerBound = isLowerBound
    }
  }

  /// The fewest copies at which the fit reaches ``bits``.
  public struct Threshold: Codable, Sendable, Equatable {
    public let bits: Double
    /// `nil` where the fit does not reach it.
    public let repetitions: Int?
    /// The 95 % bootstrap interval; `nil` for an end above the largest number of copies.
    public let lower: Int?
    public let upper: Int?

    public init(bits: Double, repetitions: Int?, lower: Int?, upper: Int?) {
      self.bits = bits
      self.repetitions = repetitions
      self.lower = lower
      self.upper = upper
    }
  }
}
