// SPDX-License-Identifier: Apache-2.0

/// How often repeated samples of one prompt agree, with each other and with the target.
///
/// The share equal to the target estimates the probability of drawing it; the modal share is upward
/// biased, since the mode is chosen on the same samples.
public struct SelfConsistency: Sendable, Equatable {
  /// Samples, at least 1.
  public let samples: Int
  /// Different answers among them.
  public let distinct: Int
  /// How many equal the most frequent answer.
  public let modal: Int
  /// How many equal the target.
  public let hits: Int
  /// modal / samples, in (0, 1].
  public var modalShare: Double { Double(modal) / Double(samples) }
  /// hits / samples, 0…1; higher = more likely a member.
  public var targetShare: Double { Double(hits) / Double(samples) }

  /// - Parameters:
  ///   - answers: one a sample, compared by equality: pass scalars or bytes to compare without
  ///     normalisation.
  ///   - target: what was inserted.
  /// - Throws: `empty_input`.
  /// - Complexity: O(samples).
  /// Source: Wang et al. 2023, for the modal answer.
  public init<Answer: Hashable>(answers: [Answer], target: Answer) throws(StatisticsError) {
    guard !answers.isEmpty else { throw .empty }
    var counts: [Answer: Int] = [:]
    for answer in answers { counts[answer, default: 0] += 1 }
    samples = answers.count
    distinct = counts.count
    modal = counts.values.reduce(0) { max($0, $1) }
    hits = counts[target, default: 0]
  }
}
