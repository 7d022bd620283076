// SPDX-License-Identifier: Apache-2.0

/// What a model answers where it must choose among texts that it is shown: a canary's secret among
/// references, in an order that chance drew.
///
/// Chance alone decided at which place the secret stands. So under a model that never saw the secret it
/// is equally likely any of the texts, whatever the model makes of places and lengths, and its rank by
/// probability is exact.
///
/// ```swift
/// ForcedChoice(place: 2, probabilities: [0.2, 0.1, 0.7])?.isFirst  // true
/// ```
public struct ForcedChoice: Sendable, Equatable {
  /// At which place the secret was shown, from 0.
  public let place: Int
  /// Of each text, in the order in which they were shown, 0…1.
  public let probabilities: [Double]

  /// `nil` for fewer than two texts, for a place that is none of them, and for values that are no
  /// probabilities.
  public init?(place: Int, probabilities: [Double]) {
    guard probabilities.count >= 2, probabilities.indices.contains(place),
      probabilities.allSatisfy({ (0...1).contains($0) })
    else { return nil }
    self.place = place
    self.probabilities = probabilities
  }

  /// Whether no other text is as probable as the secret.
  public var isFirst: Bool {
    probabilities.indices.allSatisfy { $0 == place || probabilities[$0] < probabilities[place] }
  }

  /// How many texts a question can show.
  public static let texts = 2...255
}
