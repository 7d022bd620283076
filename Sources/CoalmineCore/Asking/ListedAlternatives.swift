// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// The model's distribution at one place of a text, by the likeliest tokens that an endpoint lists there.
///
///     ListedAlternatives(top: [-0.1, -2.9], count: 2)?.moments.residual  // 0.04
public struct ListedAlternatives: Sendable, Equatable {
  /// Mean and variance of the log-probability, and the probability that is not listed.
  public let moments: NextTokenMoments
  /// A lower bound of the entropy, in nats.
  public let entropy: Double

  /// The size of vocabulary that the probability which is not listed is spread over. Endpoints do not
  /// tell theirs; one number for all keeps values comparable, and it moves a mean by the unlisted
  /// probability times the logarithm of the ratio.
  public static let vocabularySize = 100_000

  public init(moments: NextTokenMoments, entropy: Double) {
    self.moments = moments
    self.entropy = entropy
  }

  /// - Parameters:
  ///   - top: log-probabilities in nats, in any order. Some servers list the token that stands there
  ///     beside the likeliest ones, so the smallest beyond `count` are left out.
  ///   - count: how many were asked for.
  /// - Returns: `nil` where nothing is listed, or the values are no log-probabilities of one
  ///   distribution.
  /// - Complexity: O(k log k).
  public init?(top: [Double], count: Int) {
    let listed = Array(top.sorted(by: >).prefix(max(0, count)))
    guard !listed.isEmpty,
      let moments = try? NextTokenMoments(top: listed, vocabularySize: Self.vocabularySize),
      let entropy = try? NextTokenMoments.entropyLowerBound(top: listed)
    else { return nil }
    self.moments = moments
    // Probabilities that are rounded may sum beyond 1 and give less than nothing.
    self.entropy = max(0, entropy)
  }
}
