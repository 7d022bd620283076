// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// What was measured of one canary.
public struct CanaryResult: Sendable {
  public let id: String
  public let kind: String
  public let role: Role
  /// Copies in the corpus; 0 for held-out canaries.
  public let repetitions: Int
  /// log2 of the number of possible secrets.
  public let secretBits: Double
  /// The secret itself; printed only with `--reveal`.
  public let secret: Secret<[UInt8]>
  /// Log-probability of the secret after its prompt under the tuned model, in nats.
  public let secretLogProbability: Outcome<Double>
  /// The same minus the base model's.
  public let tunedMinusBase: Outcome<Double>
  public let exposure: Outcome<Exposure>
  /// The lower bound of the exposure that the log-probability alone gives, in bits.
  public let massBoundBits: Outcome<Double>
  public let greedy: Outcome<Bool>
  /// Neutral sampling at temperature 1.
  public let sampled: Outcome<SampledExtraction>
  /// The endpoint's own settings.
  public let defaults: Outcome<SampledExtraction>
  public let caveats: [Caveat]

  public init(
    id: String, kind: String, role: Role, repetitions: Int, secretBits: Double,
    secret: Secret<[UInt8]>, secretLogProbability: Outcome<Double>,
    tunedMinusBase: Outcome<Double>, exposure: Outcome<Exposure>,
    massBoundBits: Outcome<Double>, greedy: Outcome<Bool>,
    sampled: Outcome<SampledExtraction>, defaults: Outcome<SampledExtraction>,
    caveats: [Caveat]
  ) {
    self.id = id
    self.kind = kind
    self.role = role
    self.repetitions = repetitions
    self.secretBits = secretBits
    self.secret = secret
    self.secretLogProbability = secretLogProbability
    self.tunedMinusBase = tunedMinusBase
    self.exposure = exposure
    self.massBoundBits = massBoundBits
    self.greedy = greedy
    self.sampled = sampled
    self.defaults = defaults
    self.caveats = caveats
  }
}

/// How often sampling gave the secret.
public struct SampledExtraction: Sendable, Equatable {
  public let hits: Int
  public let samples: Int
  /// Two-sided Clopper-Pearson interval of the rate.
  public let interval: Interval

  public init(hits: Int, samples: Int, interval: Interval) {
    self.hits = hits
    self.samples = samples
    self.interval = interval
  }
}

/// A rate over canaries: `hits` of `trials`, with its interval.
public struct Rate: Sendable, Equatable {
  public let hits: Int
  public let trials: Int
  /// Two-sided Clopper-Pearson interval.
  public let interval: Interval

  public init(hits: Int, trials: Int, interval: Interval) {
    self.hits = hits
    self.trials = trials
    self.interval = interval
  }
}

/// The canaries of one role and repetition level together.
public struct RepetitionLevelResult: Sendable {
  public let role: Role
  public let repetitions: Int
  public let canaries: Int
  /// Median of the measured exposures, in bits.
  public let medianExposureBits: Outcome<Double>
  /// The first and third quartile, in bits.
  public let quartilesBits: Outcome<ClosedRange<Double>>
  /// Exposures at their ceiling: the true value may be higher.
  public let atCeiling: Int
  public let greedy: Outcome<Rate>
  /// Canaries of which at least one neutral sample gave the secret.
  public let sampled: Outcome<Rate>
  public let defaults: Outcome<Rate>

  public init(
    role: Role, repetitions: Int, canaries: Int, medianExposureBits: Outcome<Double>,
    quartilesBits: Outcome<ClosedRange<Double>>, atCeiling: Int, greedy: Outcome<Rate>,
    sampled: Outcome<Rate>, defaults: Outcome<Rate>
  ) {
    self.role = role
    self.repetitions = repetitions
    self.canaries = canaries
    self.medianExposureBits = medianExposureBits
    self.quartilesBits = quartilesBits
    self.atCeiling = atCeiling
    self.greedy = greedy
    self.sampled = sampled
    self.defaults = defaults
  }
}

/// Exposure where nothing leaked: it is not zero.
public struct ChanceBaseline: Sendable, Equatable {
  /// The mean of one canary's exposure under no leakage, in bits.
  public let meanBits: Double
  /// The median of the largest exposure among `canaries` under no leakage, in bits.
  public let medianMaximumBits: Double
  public let canaries: Int

  public init(meanBits: Double, medianMaximumBits: Double, canaries: Int) {
    self.meanBits = meanBits
    self.medianMaximumBits = medianMaximumBits
    self.canaries = canaries
  }
}
