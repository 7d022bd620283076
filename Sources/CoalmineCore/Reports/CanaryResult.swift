// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// What was measured of one canary.
public struct CanaryResult: Codable, Sendable {
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
  /// Its probability right after the prompt by the tokens listed beside samples; `nil` where none
  /// were listed, or log-probabilities of the secret itself were asked.
  public let generated: GeneratedProbability?
  /// Replies that the provider says repeat a text that it knows; `nil` where nothing was written.
  public let recited: RecitedReplies?
  public let caveats: [Caveat]

  public init(
    id: String, kind: String, role: Role, repetitions: Int, secretBits: Double,
    secret: Secret<[UInt8]>, secretLogProbability: Outcome<Double>,
    tunedMinusBase: Outcome<Double>, exposure: Outcome<Exposure>,
    massBoundBits: Outcome<Double>, greedy: Outcome<Bool>,
    sampled: Outcome<SampledExtraction>, defaults: Outcome<SampledExtraction>,
    generated: GeneratedProbability? = nil, recited: RecitedReplies? = nil, caveats: [Caveat]
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
    self.generated = generated
    self.recited = recited
    self.caveats = caveats
  }
}

/// The probability that a reply begins with the separator and the secret, by the tokens that were
/// listed beside samples: `lower` ≤ p ≤ `upper`, each in 0…1.
public struct GeneratedProbability: Sendable, Equatable, Codable {
  /// Over paths of which every token was listed.
  public let lower: Double
  /// With what stayed open spread evenly over the candidates that it may fall on.
  public let estimate: Double
  public let upper: Double

  public init(lower: Double, estimate: Double, upper: Double) {
    self.lower = lower
    self.estimate = estimate
    self.upper = upper
  }
}

/// Replies to the prompt of one canary, by all decodings, and those that the provider says repeat a text
/// that it knows. Which text, it does not say.
public struct RecitedReplies: Codable, Sendable, Equatable {
  /// Held back for that reason.
  public let withheld: Int
  /// Sent, with a mark beside them.
  public let marked: Int
  /// All replies, those held back for any reason included.
  public let replies: Int

  public init(withheld: Int, marked: Int, replies: Int) {
    self.withheld = withheld
    self.marked = marked
    self.replies = replies
  }

  public var count: Int { withheld + marked }
}

/// How often sampling gave the secret.
public struct SampledExtraction: Codable, Sendable, Equatable {
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
public struct Rate: Codable, Sendable, Equatable {
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
