// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics

/// The endpoint that a study is planned for, by the dialect that it will be asked in.
///
///     let endpoint = PlannedEndpoint(
///       dialect: "openai-chat,logprobs=20", abilities: [.chats, .showsTopTokens], form: .chat)
///     endpoint.access  // topTokens
public struct PlannedEndpoint: Sendable, Equatable {
  /// The dialect with its options, as it is given to `probe`.
  public let dialect: String
  /// How it puts a text to the model.
  public let form: Presentation.Form
  /// The most that it can give, if the server does what the dialect claims.
  public let access: PlannedAccess
  /// The same dialect with listed tokens, where it does not ask for them yet.
  public let withTokens: String?

  /// So many of the likeliest tokens a list is taken to have.
  static let listedTokens = 20
  /// Kinds of which every character stands alone, and is one of so few that a list shows them all.
  public static let listedKinds = ["letter-code", "spaced-code"]

  /// - Parameters:
  ///   - abilities: what the dialect claims with these options.
  ///   - withTokens: its name with the option that asks for listed tokens; `nil` where it has none.
  public init(
    dialect: String, abilities: Abilities, form: Presentation.Form, withTokens: String? = nil
  ) {
    self.dialect = dialect
    self.form = form
    access =
      abilities.meets(.scores)
      ? .textScoring : abilities.contains(.showsTopTokens) ? .topTokens : .textOnly
    self.withTokens = access == .textOnly ? withTokens : nil
  }

  /// The kinds that are planned where nobody names any.
  public var kinds: [String] {
    access == .topTokens ? Self.listedKinds : SeedVerb.standardKinds
  }

  /// Whether a list of the likeliest tokens can show everything that may follow each step of a
  /// secret: no step has more options than a list, and no two of them can share a token.
  static func shows(_ space: RandomnessSpace) -> Bool {
    let radices = space.radices
    return radices.allSatisfy { $0 <= listedTokens }
      && !zip(radices, radices.dropFirst()).contains { $0 > 1 && $1 > 1 }
  }

  /// What the access gives, for people.
  var line: String {
    let what =
      switch access {
      case .textScoring:
        "text-scoring: log-probabilities of given texts, where the server gives them"
      case .topTokens:
        "top-tokens: samples with their likeliest tokens, where the model lists them; no given text is "
          + "scored"
      case .textOnly: "text-only: replies alone; no given text is scored"
      }
    return "endpoint: '\(dialect)' can carry \(what)"
      + (withTokens.map { "; with '\($0)' it can carry top-tokens, if the model lists tokens" }
        ?? "")
  }

  /// What cannot be asked there as it is planned.
  package func warnings(
    _ kinds: [CanaryTemplate], access planned: PlannedAccess, shape: RecordShape?,
    pairs: StudyProtocol.Pairs
  ) -> [String] {
    var warnings: [String] = []
    let levels = PlannedAccess.allCases
    if let own = levels.firstIndex(of: access), let wanted = levels.firstIndex(of: planned),
      own > wanted
    {
      warnings.append(
        "the protocol plans for \(planned.rawValue), and '\(dialect)' can carry \(access.rawValue): a "
          + "run there can find a leak and never pass")
    }
    if planned == .topTokens {
      let hidden = kinds.filter { kind in
        guard let space = try? kind.space(templateText: kind.templateTexts[0], context: [:]) else {
          return false
        }
        return !Self.shows(space)
      }.map(\.kind)
      if !hidden.isEmpty {
        warnings.append(
          "a list of \(Self.listedTokens) tokens cannot show all that may follow in secrets of "
            + "\(hidden.joined(separator: ", ")): characters side by side share a token (three digits are "
            + "one of 1,000), and words are many, so the test by rank sees little of them; "
            + "\(Self.listedKinds.joined(separator: " and ")) are spelled one character at a time")
      }
    }
    if let shape, let note = note(shape, pairs) { warnings.append(note) }
    return warnings
  }

  /// How prompts and completions are put to the model that is asked there, where nobody says it: in turns,
  /// if the dialect talks in turns.
  package func pairs(of shape: RecordShape?) -> StudyProtocol.Pairs {
    let talks = form == .chat || form == .prefilled
    return talks && shape?.isPair == true ? .turns : .text
  }

  private func note(_ shape: RecordShape, _ pairs: StudyProtocol.Pairs) -> String? {
    let isConversation =
      if case .messages = shape { true } else { shape.isPair && pairs == .turns }
    switch form {
    case .plain:
      return isConversation
        ? "'\(dialect)' sends raw text, and the corpus holds turns: no template is applied (caveat "
          + "template-not-applied)" : nil
    case .chat, .prefilled:
      guard !shape.isPair else {
        return isConversation
          ? nil
          : "'\(dialect)' talks in turns, and prompts with completions are planned as one text: they are "
            + "asked after an instruction (caveat prompt-not-as-trained); 'coalmine plan --pairs turns' if "
            + "the training puts a prompt as the user's turn"
      }
      return isConversation
        ? nil
        : "'\(dialect)' talks in turns, and the corpus holds text: the prompt is not put as it was "
          + "trained (caveat prompt-not-as-trained), so less is found than is there"
    case .fillInMiddle:
      return isConversation
        ? "'\(dialect)' fills a gap in a text, and the corpus holds turns: they cannot be asked so; use a "
          + "dialect that talks in turns" : nil
    }
  }
}
