// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Glibc

/// What came back for the texts of a check, and what follows from it.
struct CheckedScores {
  /// The first scoring of each likely text: log-probabilities of its tokens in nats, `nil` where
  /// none was given.
  var first: [[Double?]] = []
  /// Every scoring of each text, likely and improbable: the sum over the same tokens, in nats.
  var sums: [[Double]] = []
  /// The log-probability of the likely and of the improbable ending of each text, in nats.
  var endings: [(likely: Double, improbable: Double)] = []
  /// The probability of endings, or of tokens, of which one at most can follow.
  var mass: Double?
  /// How many tokens ``mass`` is over where it is over everything that can follow, so that it must
  /// be 1.
  var vocabulary: Int?
  /// Whether a mark stands before the texts; `nil` where their first values say so.
  var startsWithMark: Bool?
  /// Why nothing was scored.
  var refusal: String?
  /// Wanted tokens, and endings under a grammar, held against the rows that list them.
  var wanted: [Compared] = []
  var forced: [Compared] = []

  /// What a second way to the same number came to.
  enum Compared {
    /// Nats between the two.
    case difference(Double)
    /// Nothing came, or another token.
    case missing
    /// There is no other number to compare it with.
    case noComparison
  }

  /// How far two ways to one number may differ beyond the noise, in nats.
  private static let agreement = 1e-3
  /// How many comparisons are needed.
  private static let comparisons = 2

  /// How far the probabilities of a few endings may sum beyond 1: theirs are sums over tokens.
  private static let massError = 2e-3

  var isScored: Bool { refusal == nil && !first.isEmpty }

  /// The largest difference between the sums of two scorings of one text, in nats.
  var noise: Double? {
    // A probability of 0 has no distance to another.
    let repeated = sums.filter { $0.count > 1 && $0.allSatisfy(\.isFinite) }
    guard !repeated.isEmpty else { return nil }
    return repeated.reduce(0) { max($0, ($1.max() ?? 0) - ($1.min() ?? 0)) }
  }

  /// How many scorings ``noise`` rests on.
  var repeats: Int { sums.filter { $0.count > 1 }.reduce(0) { $0 + $1.count } }

  /// - Parameter claimed: what the dialect claims; nothing else is looked at.
  func items(_ claimed: Abilities) -> [Capabilities.Item] {
    let ways: [(Abilities, Capabilities.Item)] = [
      (.scoresWantedTokens, wantedTokens), (.forcesText, forcedText),
    ]
    let tried = ways.filter { claimed.contains($0.0) }.map(\.1)
    guard isScored else {
      let why = refusal ?? "no probe that is planned needs it"
      let state = refusal == nil ? Capabilities.State.notTried : .notSeen
      return [Capabilities.Item(.textScored, state, why)]
        + ([
          .firstTokenScored, .variesWithContent, .improbableFalls, .probabilitiesSum, .repeatNoise,
        ] + tried.map(\.subject))
        .map { Capabilities.Item($0, .notTried, "nothing was scored") }
    }
    return [scored, begins, varies, falls, sum, repeated] + tried
  }

  /// Whether the numbers are those of a language model.
  var areTrusted: Bool {
    isScored && [varies, falls, sum].allSatisfy { $0.state == .seen }
  }

  private var scored: Capabilities.Item {
    Capabilities.Item(
      .textScored, .seen,
      "\(CheckTexts.pairs.count) texts came back token by token, and the tokens spell them")
  }

  private var begins: Capabilities.Item {
    let scored = startsWithMark ?? first.allSatisfy { ($0.first ?? nil) != nil }
    return Capabilities.Item(
      .firstTokenScored, scored ? .seen : .notSeen,
      scored
        ? "a mark stands before the text: its first token has a log-probability"
        : "the first token of a text has no log-probability; it is left out everywhere")
  }

  private var varies: Capabilities.Item {
    let values = Set(first.flatMap { $0.compactMap { $0 } })
    let enough = values.count >= 8
    return Capabilities.Item(
      .variesWithContent, enough ? .seen : .notSeen,
      "\(values.count) different log-probabilities over "
        + "\(first.reduce(0) { $0 + $1.count }) tokens")
  }

  private var falls: Capabilities.Item {
    let lower = endings.count { $0.improbable < $0.likely }
    return Capabilities.Item(
      .improbableFalls, lower * 5 >= endings.count * 4 && lower > 0 ? .seen : .notSeen,
      "an ending that no text has scores lower than a likely one in \(lower) of \(endings.count) "
        + "texts")
  }

  private var sum: Capabilities.Item {
    guard let mass else {
      return Capabilities.Item(.probabilitiesSum, .notSeen, "no probabilities came to be summed")
    }
    let isRight =
      vocabulary.map { abs(mass - 1) <= RankTrail.rowError(vocabulary: $0) }
      ?? (mass <= 1 + Self.massError)
    return Capabilities.Item(
      .probabilitiesSum, isRight ? .seen : .notSeen,
      vocabulary != nil
        ? "the probabilities of the whole vocabulary sum to \(Prose.decimal(mass, 4))"
        : "the probabilities of ten endings that exclude each other sum to "
          + Prose.decimal(mass, 4))
  }

  private var repeated: Capabilities.Item {
    guard let noise else {
      return Capabilities.Item(.repeatNoise, .notTried, "no text was scored twice")
    }
    return Capabilities.Item(
      .repeatNoise, .seen,
      "\(repeats) scorings of \(sums.count { $0.count > 1 }) texts differ by "
        + "\(noise == 0 ? "nothing" : "up to " + Prose.nats(noise))")
  }

  var wantedTokens: Capabilities.Item {
    compared(.wantedTokens, wanted, "wanted tokens", in: "whole rows")
  }

  var forcedText: Capabilities.Item {
    compared(.forcedText, forced, "endings written under a grammar", in: "rows")
  }

  private func compared(
    _ subject: Capabilities.Subject, _ results: [Compared], _ what: String, in rows: String
  ) -> Capabilities.Item {
    let differences = results.compactMap { result -> Double? in
      if case .difference(let nats) = result { nats } else { nil }
    }
    let missing = results.count { if case .missing = $0 { true } else { false } }
    guard missing == 0, differences.count >= Self.comparisons else {
      return Capabilities.Item(
        subject, .notSeen,
        missing > 0
          ? "\(missing) of \(results.count) \(what) did not come back"
          : "only \(differences.count) \(what) could be held against \(rows)")
    }
    let largest = differences.max() ?? 0
    let isRight = largest <= Self.agreement + 4 * (noise ?? 0)
    return Capabilities.Item(
      subject, isRight ? .seen : .notSeen,
      "\(differences.count) \(what) differ from \(rows) by up to \(Prose.nats(largest))")
  }
}
