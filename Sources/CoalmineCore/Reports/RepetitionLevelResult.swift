// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// The canaries of one role and repetition level together.
public struct RepetitionLevelResult: Codable, Sendable {
  public let role: Role
  public let repetitions: Int
  public let canaries: Int
  /// Median of the measured exposures, in bits; not measurable where they have several ceilings:
  /// then see ``exposures``.
  public let medianExposureBits: Outcome<Double>
  /// The first and third quartile, in bits, as the median.
  public let quartilesBits: Outcome<ClosedRange<Double>>
  /// Exposures of which the true value may be higher.
  public let atCeiling: Int
  /// The measured exposures by how they were found and what they can reach, the lowest ceiling
  /// first.
  public let exposures: [ExposureGroup]
  public let greedy: Outcome<Rate>
  /// Canaries of which at least one neutral sample gave the secret.
  public let sampled: Outcome<Rate>
  public let defaults: Outcome<Rate>

  public init(
    role: Role, repetitions: Int, canaries: Int, medianExposureBits: Outcome<Double>,
    quartilesBits: Outcome<ClosedRange<Double>>, atCeiling: Int,
    exposures: [ExposureGroup] = [], greedy: Outcome<Rate>, sampled: Outcome<Rate>,
    defaults: Outcome<Rate>
  ) {
    self.role = role
    self.repetitions = repetitions
    self.canaries = canaries
    self.medianExposureBits = medianExposureBits
    self.quartilesBits = quartilesBits
    self.atCeiling = atCeiling
    self.exposures = exposures
    self.greedy = greedy
    self.sampled = sampled
    self.defaults = defaults
  }
}

/// Exposures that were found alike and can reach the same largest value.
public struct ExposureGroup: Codable, Sendable, Equatable {
  /// How the ranks were found.
  public let ranking: Ranking
  /// The largest exposure that can be shown, in bits.
  public let ceilingBits: Double
  public let canaries: Int
  public let median: Quantile
  public let firstQuartile: Quantile
  public let thirdQuartile: Quantile

  /// Among what a secret was ranked.
  public enum Ranking: String, Codable, Sendable, CaseIterable {
    /// References: the exposure is an estimate, and one at its ceiling may be higher.
    case references
    /// All candidates of the space, by search: the exposure, or certain bounds of it.
    case candidates
  }

  /// A quantile of exposures.
  public struct Quantile: Codable, Sendable, Equatable {
    public let bits: Double
    /// Whether the true quantile may be higher, since exposures are at least their value only.
    public let isLowerBound: Bool

    public init(bits: Double, isLowerBound: Bool) {
      self.bits = bits
      self.isLowerBound = isLowerBound
    }
  }

  public init(
    ranking: Ranking, ceilingBits: Double, canaries: Int, median: Quantile,
    firstQuartile: Quantile, thirdQuartile: Quantile
  ) {
    self.ranking = ranking
    self.ceilingBits = ceilingBits
    self.canaries = canaries
    self.median = median
    self.firstQuartile = firstQuartile
    self.thirdQuartile = thirdQuartile
  }
}

extension Exposure {
  /// Among what the secret was ranked.
  package var ranking: ExposureGroup.Ranking {
    method == .sampledReferences ? .references : .candidates
  }

  /// The largest value that the exposure may truly have, in bits; infinite at the ceiling of
  /// references. For one between, the rank among references is an estimate and no bound.
  package var highestBits: Double {
    ranking == .references && interval.upper.isFinite ? bits : interval.upper
  }
}

extension ExposureGroup.Quantile {
  /// `3.1`, or `≥ 8.0` where the true value may be higher.
  package var words: String { (isLowerBound ? "≥ " : "") + Prose.decimal(bits, 1) }
}

extension RepetitionLevelResult {
  /// The median in words; with several ceilings, one per ceiling with its number of canaries; `nil`
  /// without any exposure.
  package var medianInWords: String? {
    if exposures.count > 1 {
      return exposures.map { $0.inWords($0.median.words) }.joined(separator: "; ")
    }
    return exposures.first?.median.words
      ?? medianExposureBits.value.map { Prose.decimal($0, 1) }
  }

  /// The quartiles likewise.
  package var quartilesInWords: String? {
    func ends(_ group: ExposureGroup) -> String {
      "\(group.firstQuartile.words)–\(group.thirdQuartile.words)"
    }
    if exposures.count > 1 {
      return exposures.map { $0.inWords(ends($0)) }.joined(separator: "; ")
    }
    return exposures.first.map { ends($0) }
      ?? quartilesBits.value.map {
        "\(Prose.decimal($0.lowerBound, 1))–\(Prose.decimal($0.upperBound, 1))"
      }
  }
}

extension ExposureGroup {
  /// `3.1 [12 canaries, ceiling 8.0]`
  fileprivate func inWords(_ value: String) -> String {
    "\(value) [\(Prose.count(canaries, "canary", "canaries")), ceiling "
      + "\(Prose.decimal(ceilingBits, 1))]"
  }
}
