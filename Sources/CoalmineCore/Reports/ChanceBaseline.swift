// SPDX-License-Identifier: Apache-2.0

/// Exposure where nothing leaked: it is not zero.
public struct ChanceBaseline: Codable, Sendable, Equatable {
  /// The mean of one canary's exposure under no leakage, in bits.
  public let meanBits: Double
  /// The median of the largest exposure among `canaries` under no leakage, in bits.
  public let medianMaximumBits: Double
  public let canaries: Int
  /// The same by how the exposures were found and what they can reach, the lowest ceiling first.
  public let rows: [Row]

  /// Canaries that can reach the same largest exposure.
  public struct Row: Codable, Sendable, Equatable {
    public let ranking: ExposureGroup.Ranking
    /// The largest exposure that can be shown, in bits.
    public let ceilingBits: Double
    public let canaries: Int
    public let meanBits: Double
    public let medianMaximumBits: Double

    public init(
      ranking: ExposureGroup.Ranking, ceilingBits: Double, canaries: Int, meanBits: Double,
      medianMaximumBits: Double
    ) {
      self.ranking = ranking
      self.ceilingBits = ceilingBits
      self.canaries = canaries
      self.meanBits = meanBits
      self.medianMaximumBits = medianMaximumBits
    }
  }

  public init(meanBits: Double, medianMaximumBits: Double, canaries: Int, rows: [Row] = []) {
    self.meanBits = meanBits
    self.medianMaximumBits = medianMaximumBits
    self.canaries = canaries
    self.rows = rows
  }
}
