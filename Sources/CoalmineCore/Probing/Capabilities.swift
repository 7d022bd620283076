// SPDX-License-Identifier: Apache-2.0

/// What an endpoint can do: what its dialect claims, and what a check saw it do.
public struct Capabilities: Codable, Sendable, Equatable {
  public let claimed: Abilities
  /// What the check saw; measures that need more are not asked.
  public let verified: Abilities
  /// What was looked at, in that order.
  public let items: [Item]
  /// The largest difference between two scorings of one text, over ``repeats`` scorings of texts as
  /// long as a secret, in nats; `nil` where nothing was scored.
  public let noiseNats: Double?
  /// How many scorings ``noiseNats`` rests on.
  public let repeats: Int
  /// The longest prompt with its continuation, in tokens; `nil` where the endpoint does not tell.
  public let contextTokens: Int?
  /// How many tokens a whole row listed; `nil` where no row was asked for, or none came.
  public let vocabularyTokens: Int?
  /// By what the model is known again; `nil` where a check of an earlier version kept nothing.
  public let publicAnswers: PublicAnswers?

  public init(
    claimed: Abilities, verified: Abilities, items: [Item], noiseNats: Double?, repeats: Int,
    contextTokens: Int?, vocabularyTokens: Int? = nil, publicAnswers: PublicAnswers? = nil
  ) {
    self.claimed = claimed
    self.verified = verified
    self.items = items
    self.noiseNats = noiseNats
    self.repeats = repeats
    self.contextTokens = contextTokens
    self.vocabularyTokens = vocabularyTokens
    self.publicAnswers = publicAnswers
  }

  /// How far the probabilities of a row of this endpoint may sum wrongly.
  public var rowError: Double { RankTrail.rowError(vocabulary: vocabularyTokens) }

  /// One thing that was looked at.
  public struct Item: Codable, Sendable, Equatable {
    public let subject: Subject
    public let state: State
    /// What was seen, in one lower-case sentence without a word of the endpoint's.
    public let evidence: String

    public init(_ subject: Subject, _ state: State, _ evidence: String) {
      self.subject = subject
      self.state = state
      self.evidence = evidence
    }
  }

  /// What a check looks at.
  public enum Subject: String, Codable, Sendable, CaseIterable {
    /// The endpoint lists the model that is asked.
    case modelListed = "model-listed"
    /// It continues a text without repeating it.
    case continuesText = "continues-text"
    /// Samples of one prompt differ, and as many come as were asked.
    case samplesDiffer = "samples-differ"
    /// A request for several samples of one prompt gives them all; looked at where it does not.
    case samplesTogether = "samples-together"
    /// Its own samplers are known.
    case defaultSamplers = "default-samplers"
    /// A given text comes back scored, token by token, and the tokens spell it.
    case textScored = "text-scored"
    /// The first token of a text has a log-probability: a mark stands before the text.
    case firstTokenScored = "first-token-scored"
    /// Log-probabilities are not the same for every token.
    case variesWithContent = "varies-with-content"
    /// An improbable ending scores lower than a likely one.
    case improbableFalls = "improbable-falls"
    /// The probabilities of what may follow sum to 1, or to no more where not all are shown.
    case probabilitiesSum = "probabilities-sum"
    /// One text scored again gets the same number, or nearly.
    case repeatNoise = "repeat-noise"
    /// One wanted token after a prefix gets the log-probability that it has in a whole row.
    case wantedTokens = "wanted-tokens"
    /// A text that is written under a grammar gets the log-probabilities of its tokens.
    case forcedText = "forced-text"
    /// The likeliest tokens beside what is written are those of the model at temperature 1.
    case tokensListed = "tokens-listed"
    /// The model goes on with a turn of its own that was given to it.
    case turnContinued = "turn-continued"
    /// A conversation is sent as the text that the server's own chat template makes of it.
    case templateRendered = "template-rendered"
    /// Of texts that a question names, each gets a probability, and a likely one the largest wherever it
    /// stands.
    case choicesWeighed = "choices-weighed"
    /// Fresh secrets of the study's kinds come back as they are when the model is asked to repeat them.
    case secretsRepeated = "secrets-repeated"
    /// Public texts got the same answers when the run ended as in its check.
    case modelStayed = "model-stayed"

    /// Whether a verified ability rests on it; the others inform.
    public var decides: Bool {
      switch self {
      case .continuesText, .textScored, .variesWithContent, .improbableFalls, .probabilitiesSum,
        .wantedTokens, .forcedText, .tokensListed, .choicesWeighed:
        true
      case .modelListed, .samplesDiffer, .samplesTogether, .defaultSamplers, .firstTokenScored,
        .repeatNoise,
        .turnContinued, .templateRendered, .secretsRepeated, .modelStayed:
        false
      }
    }
  }

  public enum State: String, Codable, Sendable, CaseIterable {
    case seen
    case notSeen = "not-seen"
    /// It could not be tried here, or needs nothing that was asked.
    case notTried = "not-tried"
  }

  /// Scores that differ by no more than this are tied, in nats: twice the noise, at least
  /// ``leastTieEpsilon``.
  public var tieEpsilon: Double { Self.tieEpsilon(noise: noiseNats ?? 0) }

  /// The tie width of scores with that much noise, in nats.
  package static func tieEpsilon(noise: Double) -> Double { max(leastTieEpsilon, 2 * noise) }

  /// Which scores are ties, as the end of a sentence.
  package var tieRule: String {
    tieEpsilon <= Self.leastTieEpsilon
      ? "only equal scores count as ties"
      : "scores within \(Prose.nats(tieEpsilon)) of each other count as ties"
  }

  /// What the item of samples says where not one came.
  package static let noSamples = "no samples came back"

  /// Whether samples were asked for and not one came.
  package var gaveNoSamples: Bool {
    self[.samplesDiffer].map { $0.state == .notSeen && $0.evidence == Self.noSamples } ?? false
  }

  /// How many samples a request brings, as far as a check saw: all of them, or one.
  package var samplesPerRequest: Int { self[.samplesTogether]?.state == .notSeen ? 1 : .max }

  /// The tie width where no noise was measured, in nats.
  public static let leastTieEpsilon = 1e-9

  /// Whether another model answered when the run ended: its answers may be those of two models.
  package var isOfTwoModels: Bool { self[.modelStayed]?.state == .notSeen }

  /// The same, with one item more, which replaces an earlier one of its subject.
  package func adding(_ item: Item) -> Capabilities {
    Capabilities(
      claimed: claimed, verified: verified,
      items: items.filter { $0.subject != item.subject } + [item], noiseNats: noiseNats,
      repeats: repeats, contextTokens: contextTokens, vocabularyTokens: vocabularyTokens,
      publicAnswers: publicAnswers)
  }

  /// The same, with an item that came after the run's end was looked at: that look stays the last one.
  package func addingLate(_ item: Item) -> Capabilities {
    let seen = adding(item)
    return self[.modelStayed].map { seen.adding($0) } ?? seen
  }

  /// The item of a subject.
  public subscript(subject: Subject) -> Item? { items.first { $0.subject == subject } }
}
