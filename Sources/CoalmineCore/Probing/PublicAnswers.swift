// SPDX-License-Identifier: Apache-2.0

/// What a model says to the public texts of a check: by it a model is known again that was replaced
/// under the same name.
///
/// ```swift
/// let then = PublicAnswers.texts([-12.25, -30.5])
/// let now = PublicAnswers.texts([-11.75, -30.5])
/// then.compared(with: now, noiseNats: 0.001)  // .different("…")
/// ```
public enum PublicAnswers: Codable, Sendable, Equatable {
  /// The log-probability of each text in nats; `nil` where none was given.
  case texts([Double?])
  /// The log-probability of one token of each text in nats; `nil` where it was not listed.
  case tokens([Double?])
  /// What was written after one text at temperature 0, each time.
  case written([[UInt8]])

  /// How far one model's scores may move beyond the noise that its check saw, in nats: a server
  /// that was started again adds up in another order.
  static let agreement = 0.01
  /// The fewest scores that say something.
  private static let leastScores = 2

  /// Whether it is scores of whole texts: two models that were tuned apart never give the same.
  package var areScores: Bool { if case .texts = self { true } else { false } }

  public enum Comparison: Sendable, Equatable {
    case same
    /// With what differs, as the end of a sentence.
    case different(String)
    /// The two are answers to different texts, or too few, or the model writes another text each
    /// time.
    case unknown
  }

  /// Whether the same model gave both.
  ///
  /// - Parameter noiseNats: the largest difference between two scorings of one text, in nats.
  /// - Complexity: O(texts).
  public func compared(with other: PublicAnswers, noiseNats: Double) -> Comparison {
    switch (self, other) {
    case (.texts(let mine), .texts(let theirs)), (.tokens(let mine), .tokens(let theirs)):
      return Self.compared(mine, theirs, noiseNats)
    case (.written(let mine), .written(let theirs)):
      guard let my = mine.first, let their = theirs.first, mine.allSatisfy({ $0 == my }),
        theirs.allSatisfy({ $0 == their })
      else { return .unknown }
      // A text that ended at once is the mark of no model.
      if my == their { return my.isEmpty ? .unknown : .same }
      return .different("what it writes after a public text is another text")
    default: return .unknown
    }
  }

  private static func compared(
    _ mine: [Double?], _ theirs: [Double?], _ noise: Double
  ) -> Comparison {
    guard mine.count == theirs.count else { return .unknown }
    let differences = zip(mine, theirs).compactMap { pair -> Double? in
      guard let left = pair.0, let right = pair.1, left.isFinite, right.isFinite else { return nil }
      return abs(left - right)
    }
    guard differences.count >= leastScores, let largest = differences.max() else { return .unknown }
    return largest <= agreement + 4 * noise
      ? .same : .different("public texts score differently, by up to \(Prose.nats(largest))")
  }
}
