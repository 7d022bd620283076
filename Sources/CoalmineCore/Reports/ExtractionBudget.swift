// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// Which share of secrets comes out within so many samples: one decoding, one group of canaries.
///
///     let atOnce = report.result.extractionByBudget[0].curve.value?.first?.share
public struct ExtractionBudget: Codable, Sendable, Equatable {
  public let decoding: Decoding
  public let role: Role
  /// Copies in the corpus; 0 for held-out canaries.
  public let repetitions: Int
  /// Canaries of the group, measured or not.
  public let canaries: Int
  /// One point per number of samples, rising: 1, 2, 4 and so on, and the most that a canary has.
  public let curve: Outcome<[Point]>

  /// How the samples were drawn.
  public enum Decoding: String, Codable, Sendable, CaseIterable {
    /// At temperature 1, no other sampler.
    case sampled
    /// By the endpoint's own settings.
    case defaults
  }

  /// What k samples give.
  public struct Point: Codable, Sendable, Equatable {
    /// k, at least 1.
    public let samples: Int
    /// Canaries with at least k samples that were not held back.
    public let canaries: Int
    /// Mean over them of the unbiased estimate of the chance that k samples give the secret, 0…1.
    public let share: Double
    /// Two-sided, over canaries.
    public let interval: Interval
    /// The most that a model which never saw the secrets reaches on average, 0…1; `nil` where
    /// secrets are not known to be drawn uniformly.
    public let chance: Double?

    public init(
      samples: Int, canaries: Int, share: Double, interval: Interval, chance: Double?
    ) {
      self.samples = samples
      self.canaries = canaries
      self.share = share
      self.interval = interval
      self.chance = chance
    }
  }

  public init(
    decoding: Decoding, role: Role, repetitions: Int, canaries: Int, curve: Outcome<[Point]>
  ) {
    self.decoding = decoding
    self.role = role
    self.repetitions = repetitions
    self.canaries = canaries
    self.curve = curve
  }
}
