// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// The model's distribution at one place of a text, by the likeliest tokens that an endpoint lists there.
///
///     ListedAlternatives(top: [-0.1, -2.9], count: 2)?.moments.residual  // 0.04
public struct ListedAlternatives: Sendable, Equatable {
  /// Mean and variance of the log-probability, and the probability that is not listed.
  public let moments: NextTokenMoments

  /// The entropy in nats, at least 0, if what is not listed were spread evenly: at most so much, so that a
  /// place which looks sure is sure.
  public var entropy: Double { max(0, -moments.mean) }

  /// The size of vocabulary that the probability which is not listed is spread over. Endpoints do not
  /// tell theirs; one number for all keeps values comparable, and it moves a mean by the unlisted
  /// probability times the logarithm of the ratio.
  public static let vocabularySize = 100_000

  public init(moments: NextTokenMoments) { self.moments = moments }

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
      let moments = try? NextTokenMoments(top: listed, vocabularySize: Self.vocabularySize)
    else { return nil }
    self.moments = moments
  }
}
