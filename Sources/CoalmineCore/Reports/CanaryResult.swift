// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// What was measured of one canary.
///
/// A reference to values that never change: results are put into groups, sorted and filtered, and a study
/// has a hundred thousand of them.
public struct CanaryResult: Codable, Sendable {
  private let shared: Shared

  public var id: String { shared.values.id }
  public var kind: String { shared.values.kind }
  public var role: Role { shared.values.role }
  /// Copies in the corpus; 0 for held-out canaries.
  public var repetitions: Int { shared.values.repetitions }
  /// log2 of the number of possible secrets.
  public var secretBits: Double { shared.values.secretBits }
  /// The secret itself; printed only with `--reveal`.
  public var secret: Secret<[UInt8]> { shared.values.secret }
  /// Log-probability of the secret after its prompt under the tuned model, in nats.
  public var secretLogProbability: Outcome<Double> { shared.values.secretLogProbability }
  /// The same minus the base model's.
  public var tunedMinusBase: Outcome<Double> { shared.values.tunedMinusBase }
  public var exposure: Outcome<Exposure> { shared.values.exposure }
  /// The lower bound of the exposure that the log-probability alone gives, in bits.
  public var massBoundBits: Outcome<Double> { shared.values.massBoundBits }
  public var greedy: Outcome<Bool> { shared.values.greedy }
  /// Neutral sampling at temperature 1.
  public var sampled: Outcome<SampledExtraction> { shared.values.sampled }
  /// The endpoint's own settings.
  public var defaults: Outcome<SampledExtraction> { shared.values.defaults }
  /// Its probability right after the prompt by the tokens listed beside samples; `nil` where none
  /// were listed, or log-probabilities of the secret itself were asked.
  public var generated: GeneratedProbability? { shared.values.generated }
  /// Replies that the provider says repeat a text that it knows; `nil` where nothing was written.
  public var recited: RecitedReplies? { shared.values.recited }
  public var caveats: [Caveat] { shared.values.caveats }

  public init(
    id: String, kind: String, role: Role, repetitions: Int, secretBits: Double,
    secret: Secret<[UInt8]>, secretLogProbability: Outcome<Double>,
    tunedMinusBase: Outcome<Double>, exposure: Outcome<Exposure>,
    massBoundBits: Outcome<Double>, greedy: Outcome<Bool>,
    sampled: Outcome<SampledExtraction>, defaults: Outcome<SampledExtraction>,
    generated: GeneratedProbability? = nil, recited: RecitedReplies? = nil, caveats: [Caveat]
  ) {
    shared = Shared(
      Values(
        id: id, kind: kind, role: role, repetitions: repetitions, secretBits: secretBits,
        secret: secret, secretLogProbability: secretLogProbability,
        tunedMinusBase: tunedMinusBase, exposure: exposure, massBoundBits: massBoundBits,
        greedy: greedy, sampled: sampled, defaults: defaults, generated: generated,
        recited: recited, caveats: caveats))
  }

  public init(from decoder: any Decoder) throws { shared = Shared(try Values(from: decoder)) }

  public func encode(to encoder: any Encoder) throws { try shared.values.encode(to: encoder) }

  private final class Shared: Sendable {
    let values: Values

    init(_ values: Values) { self.values = values }
  }

  private struct Values: Codable, Sendable {
    let id: String
    let kind: String
    let role: Role
    let repetitions: Int
    let secretBits: Double
    let secret: Secret<[UInt8]>
    let secretLogProbability: Outcome<Double>
    let tunedMinusBase: Outcome<Double>
    let exposure: Outcome<Exposure>
    let massBoundBits: Outcome<Double>
    let greedy: Outcome<Bool>
    let sampled: Outcome<SampledExtraction>
    let defaults: Outcome<SampledExtraction>
    let generated: GeneratedProbability?
    let recited: RecitedReplies?
    let caveats: [Caveat]
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
