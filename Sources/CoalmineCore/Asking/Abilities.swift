// SPDX-License-Identifier: Apache-2.0

/// What an endpoint can do: a dialect claims it, and a check verifies it.
///
/// It is a set, not a ladder: an endpoint may score a text and refuse to write one.
///
/// ```swift
/// let claimed: Abilities = [.tokenizes, .listsNextTokens, .continues]
/// claimed.meets(.scores)  // true: a text can be scored token by token
/// ```
public struct Abilities: OptionSet, Codable, Sendable, Hashable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// It scores a text that it is given, in one request.
  public static let scoresText = Abilities(rawValue: 1)
  /// It tells the tokens of a text.
  public static let tokenizes = Abilities(rawValue: 2)
  /// It tells what may follow a prefix of tokens.
  public static let listsNextTokens = Abilities(rawValue: 4)
  /// It tells the exact log-probability of one wanted token after a prefix, however improbable.
  public static let scoresWantedTokens = Abilities(rawValue: 8)
  /// It writes a wanted text, and nothing else, with the log-probabilities of its tokens.
  public static let forcesText = Abilities(rawValue: 16)
  /// It continues a text.
  public static let continues = Abilities(rawValue: 32)
  /// It answers in a turn of its own.
  public static let chats = Abilities(rawValue: 64)
  /// It lists the likeliest tokens beside each token that it writes.
  public static let showsTopTokens = Abilities(rawValue: 128)
  /// It lists the likeliest tokens beside each token of a text that it scores.
  public static let listsScoredTokens = Abilities(rawValue: 256)
  /// It tells how probable each of some texts is that the question names.
  public static let chooses = Abilities(rawValue: 512)

  /// Every ability with its name in ledgers and reports.
  public static let named: [(ability: Abilities, slug: String)] = [
    (.scoresText, "scores-text"), (.tokenizes, "tokenizes"),
    (.listsNextTokens, "lists-next-tokens"), (.scoresWantedTokens, "scores-wanted-tokens"),
    (.forcesText, "forces-text"), (.continues, "continues"), (.chats, "chats"),
    (.showsTopTokens, "shows-top-tokens"), (.listsScoredTokens, "lists-scored-tokens"),
    (.chooses, "chooses"),
  ]

  /// What log-probabilities of a given text rest on, in any way.
  public static let scoring: Abilities = [
    .scoresText, .tokenizes, .listsNextTokens, .scoresWantedTokens, .forcesText,
  ]

  /// What text of the model's own rests on, in any way.
  public static let writing: Abilities = [.continues, .chats]

  /// Whether a given text is scored token by token, for want of a better way.
  public var areStepwise: Bool {
    !contains(.scoresText) && isSuperset(of: [.tokenizes, .listsNextTokens])
  }

  /// Whether questions of that kind can be answered.
  public func meets(_ need: Probe.Need) -> Bool {
    switch need {
    case .scores: contains(.scoresText) || areStepwise
    case .completions: !isDisjoint(with: .writing)
    case .choices: contains(.chooses)
    }
  }

  /// The names, in the order of ``named``.
  public var slugs: [String] { Self.named.filter { contains($0.ability) }.map(\.slug) }

  /// The set of those names; `nil` where one is unknown.
  public init?(slugs: [String]) {
    self = []
    for slug in slugs {
      guard let found = Self.named.first(where: { $0.slug == slug }) else { return nil }
      insert(found.ability)
    }
  }
}
