// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// Looks at what an endpoint really does, with texts of no study, before anything is asked in
/// earnest.
///
/// A server that accepts a field need not honour it, so nothing is believed that was not seen in a
/// reply: see ``Capabilities/Subject``. Where the questions to come need scores, the first request
/// is for scores, and a server that gives none ends the check with it.
final class EndpointCheck: Procedure {
  let name = ProcedureName.check
  let dialect: any Dialect
  private let model: String
  /// The probes that are planned; a reply without what they need ends the check.
  private let probes: [Probe]
  private let keepsAnswers: Bool
  private let looksAtTurns: Bool
  private var stages: [Stage]
  /// Everything that was asked, with what came.
  var sheets: [Sheet: CheckSheet] = [:]
  /// The exchanges that answers to samples came in.
  private var sampleExchanges: Set<Int64> = []
  /// The sheet and the place of the first ask of each request of the round under way.
  private var requests: [(sheet: Sheet, first: Int)] = []
  var scores = CheckedScores()
  /// The texts that are scored token by token.
  var texts: [StepwiseText] = []
  /// What the check saw; `nil` until it has ended.
  private(set) var capabilities: Capabilities?

  /// What is asked together.
  enum Sheet: Hashable {
    /// One whole text, where it is not known that any is scored.
    case trial
    /// Whole texts, one round.
    case scores(Int)
    /// One whole text with the likeliest tokens at each place.
    case listedScores
    /// The tokens of the first text, and of all others.
    case firstTokens, tokens
    /// Rows of the likeliest tokens, one round; longer rows, one round; one whole row.
    case rows(Int)
    case longRows(Int)
    case wholeRow
    case wantedTokens, forcedEndings
    case greedy, sampled, settings
    /// Texts that end inside a word, as the beginning of the model's own turn.
    case brokenOff
    /// Public texts to choose among, each list in two orders.
    case choices
    /// A text that goes on in the model's own way, twice, where nothing is scored.
    case known
  }

  private enum Stage {
    case trial, firstScores, scores, firstTokens, tokens, rows, longRows, writing, known, choosing
  }

  /// How often every text is scored where texts are scored whole, and how often rows are asked.
  static let rounds = 4

  /// - Parameters:
  ///   - probes: those that are planned; none where a person only looks.
  ///   - scoring: whether scores are looked at.
  ///   - form: what is asked beside; checks of earlier versions asked less.
  init(
    _ dialect: any Dialect, model: String, for probes: [Probe], scoring: Bool,
    _ form: CheckForm = CheckForm()
  ) {
    self.dialect = dialect
    self.model = model
    self.probes = probes
    keepsAnswers = form.keepsAnswers
    looksAtTurns = form.looksAtTurns && dialect.presentation == .prefilled
    let isStepwise = dialect.abilities.areStepwise
    stages =
      dialect.abilities.contains(.chooses)
      ? [.choosing]
      : !scoring
        ? keepsAnswers ? [.writing, .known] : [.writing]
        : isStepwise
          ? [.firstTokens, .tokens, .rows, .longRows, .writing] : [.firstScores, .scores, .writing]
    // Of a run, the first refusal ends the check.
    if stages.first == .firstScores, probes.isEmpty, dialect.scoresOnTrial {
      stages.insert(.trial, at: 0)
    }
  }

  /// What it means that a step towards a score is refused.
  private var scoringRefusal: AskBatch.Refusal {
    probes.contains { $0.needs == .scores } ? .ends : .answers
  }

  private var samplesRefusal: AskBatch.Refusal {
    probes.contains { [.sampledExtraction, .defaultExtraction].contains($0) } ? .ends : .answers
  }

  func nextRound() throws -> [AskBatch]? {
    while !stages.isEmpty {
      let next = asks(of: stages.removeFirst())
      var batches: [AskBatch] = []
      requests = []
      for (sheet, asks, refusal) in next {
        sheets[sheet] = CheckSheet(asks, refusal: refusal)
        for (batch, first) in sheets[sheet]?.batches(dialect.limit) ?? [] {
          batches.append(batch)
          requests.append((sheet, first))
        }
      }
      if !batches.isEmpty { return batches }
    }
    if capabilities == nil { capabilities = conclude() }
    return nil
  }

  func take(_ outcome: Outcome<Answer>, at place: AskPlace, exchange: Int64)
    -> LedgerBatch.Finding?
  {
    let (sheet, first) = requests[place.batch]
    if sheet == .sampled, outcome.value != nil { sampleExchanges.insert(exchange) }
    sheets[sheet]?.take(outcome, at: first + place.ask)
    return nil
  }

  private func asks(of stage: Stage) -> [(Sheet, [Ask], AskBatch.Refusal)] {
    // Where something was refused on the way to a score, the rest need not be asked.
    guard [.writing, .known, .choosing].contains(stage) || scores.refusal == nil else { return [] }
    switch stage {
    case .trial:
      return [(.trial, Array(WholeTexts.asks(0, dialect.presentation).prefix(1)), .answers)]
    case .firstScores:
      scores.refusal = sheets[.trial]?.refusalToScore
      guard scores.refusal == nil else { return [] }
      return [(.scores(0), WholeTexts.asks(0, dialect.presentation), scoringRefusal)]
    case .scores:
      scores.refusal = sheets[.scores(0)]?.refusalToScore
      guard scores.refusal == nil else { return [] }
      let rounds = (1..<Self.rounds).map {
        (Sheet.scores($0), WholeTexts.asks($0, dialect.presentation), scoringRefusal)
      }
      guard dialect.abilities.contains(.listsScoredTokens) else { return rounds }
      return rounds + [(.listedScores, [WholeTexts.listing(dialect.presentation)], .answers)]
    case .firstTokens: return [(.firstTokens, [stepwiseTokens[0]], scoringRefusal)]
    case .tokens:
      scores.refusal = sheets[.firstTokens]?.refusalToScore
      guard scores.refusal == nil else { return [] }
      return [(.tokens, Array(stepwiseTokens.dropFirst()), scoringRefusal)]
    case .rows:
      alignTexts()
      guard scores.refusal == nil else { return [] }
      return stepwiseRows().map { ($0, $1, scoringRefusal) }
    case .longRows:
      readRows()
      guard scores.refusal == nil else { return [] }
      return stepwiseLongRows().map { ($0, $1, scoringRefusal) }
        + stepwiseTricks().map { ($0, $1, .answers) }
    case .writing:
      fillScores()
      return [
        (.greedy, [CheckAsks.greedy(dialect.presentation)], .ends),
        (.sampled, CheckAsks.sampled(dialect.presentation), samplesRefusal),
        (.settings, [.describe], .answers),
      ] + (looksAtTurns ? [(.brokenOff, ContinuedTurn.asks(dialect.presentation), .answers)] : [])
    case .choosing:
      return [(.choices, WeighedChoices.asks, .ends), (.settings, [.describe], .answers)]
    case .known: return [(.known, CheckAsks.known(dialect.presentation), .answers)]
    }
  }

  /// By what the model is known again.
  var publicAnswers: PublicAnswers? {
    guard keepsAnswers else { return nil }
    if let written = sheets[.known] { return written.written }
    guard scores.refusal == nil else { return nil }
    if sheets[.scores(0)] != nil { return .texts(scores.sums.map(\.first)) }
    return sheets[.rows(0)] == nil ? nil : .tokens(wantedScores)
  }

  private func fillScores() {
    guard scores.refusal == nil else { return }
    if sheets[.scores(0)] != nil {
      WholeTexts.fill(&scores, (0..<Self.rounds).map { sheets[.scores($0)] })
    } else if sheets[.firstTokens] != nil {
      fillStepwise()
    }
  }

  private func conclude() -> Capabilities {
    var settings: EndpointSettings?
    if case .measured(.described(let told))?? = sheets[.settings]?.outcomes.first {
      settings = told
    }
    if let choices = sheets[.choices] { return conclude(choices, settings) }
    let continues = self.continues
    let claimed = dialect.abilities
    var verified: Abilities = []
    if continues.state == .seen { verified.formUnion(claimed.intersection(.writing)) }
    if scores.areTrusted {
      verified.formUnion(
        claimed.intersection([.scoresText, .tokenizes, .listsNextTokens]))
      if scores.wantedTokens.state == .seen { verified.insert(.scoresWantedTokens) }
      if scores.forcedText.state == .seen { verified.insert(.forcesText) }
    }
    if listsScoredTokens { verified.insert(.listsScoredTokens) }
    let listed = tokensListed(claimed)
    if listed?.state == .seen { verified.insert(.showsTopTokens) }
    return Capabilities(
      claimed: claimed, verified: verified,
      items: [self.listed(settings), continues, samplesDiffer, samplesTogether, samplers(settings)]
        .compactMap(\.self) + scores.items(claimed) + [listed, turnContinued].compactMap(\.self),
      noiseNats: scores.noise, repeats: scores.repeats,
      contextTokens: settings?.contextTokens(of: model), vocabularyTokens: scores.vocabulary,
      publicAnswers: publicAnswers)
  }

  /// What an endpoint of forced choices was seen to do.
  private func conclude(_ choices: CheckSheet, _ settings: EndpointSettings?) -> Capabilities {
    let weighed = WeighedChoices.item(choices)
    return Capabilities(
      claimed: dialect.abilities,
      verified: weighed.state == .seen ? dialect.abilities.intersection(.chooses) : [],
      items: [listed(settings), weighed], noiseNats: nil, repeats: 0,
      contextTokens: settings?.contextTokens(of: model))
  }

  private func listed(_ settings: EndpointSettings?) -> Capabilities.Item {
    guard let settings, !settings.models.isEmpty else {
      return Capabilities.Item(.modelListed, .notTried, "the endpoint lists no models")
    }
    let found = settings.lists(model)
    return Capabilities.Item(
      .modelListed, found ? .seen : .notSeen,
      found
        ? "the endpoint lists the model that is asked"
        : "the endpoint lists \(Prose.count(settings.models.count, "model", "models")), and not the one "
          + "that is asked: some servers answer for any name")
  }

  /// Whether every token of a text but the first one came with others in its place.
  private var listsScoredTokens: Bool {
    guard case .scored(let tokens)? = sheets[.listedScores]?.answers?.first, tokens.count > 1 else {
      return false
    }
    return tokens.dropFirst().allSatisfy { $0.alternatives != nil }
  }

  /// `nil` where the dialect does not claim it.
  private func tokensListed(_ claimed: Abilities) -> Capabilities.Item? {
    guard claimed.contains(.showsTopTokens) else { return nil }
    guard !RunRecord.leavesSamplers(dialect.name) else {
      return Capabilities.Item(
        .tokensListed, .notSeen,
        "the dialect sends no temperature ('samplers=own'): lists cannot be told from those after one"
      )
    }
    return ListedTokens(
      samples: completions(.sampled) ?? [], greedy: completions(.known)?.first
    ).item
  }

  /// `nil` where no turn is to be continued.
  private var turnContinued: Capabilities.Item? {
    looksAtTurns ? ContinuedTurn(replies: completions(.brokenOff) ?? []).item : nil
  }

  private func completions(_ sheet: Sheet) -> [Completion]? {
    sheets[sheet]?.answers?.compactMap { answer -> Completion? in
      if case .completion(let text) = answer { text } else { nil }
    }
  }

  private var continues: Capabilities.Item {
    guard let text = completions(.greedy)?.first else {
      return Capabilities.Item(.continuesText, .notSeen, "no completion came back")
    }
    guard !text.isWithheld else {
      return Capabilities.Item(
        .continuesText, .notSeen,
        "the endpoint \(text.ending == .refused ? "refused" : "filtered") the reply to a public text"
      )
    }
    guard text.ending != .length || !text.text.isEmpty else {
      return Capabilities.Item(
        .continuesText, .notSeen,
        "the reply reached its limit of tokens and holds no text: a model that reasons first spends them "
          + "unseen; where the dialect has the option 'room', it grants more, as in 'room=2000'")
    }
    guard !text.text.starts(with: Array(CheckTexts.pairs[0].context.utf8)) else {
      return Capabilities.Item(
        .continuesText, .notSeen, "the completion repeats the prompt before it goes on")
    }
    return Capabilities.Item(
      .continuesText, .seen,
      text.text.isEmpty
        ? "a text is continued; the model ended it at once"
        : "a text is continued, by \(Prose.count(text.text.count, "byte", "bytes"))")
  }

  private var samplesDiffer: Capabilities.Item {
    guard let texts = completions(.sampled) else {
      return Capabilities.Item(.samplesDiffer, .notSeen, Capabilities.noSamples)
    }
    let different = Set(texts.map(\.text)).count
    return Capabilities.Item(
      .samplesDiffer, different > 1 ? .seen : .notSeen,
      "\(different) of \(texts.count) samples at temperature 1 are different")
  }

  /// `nil` where one request for all samples brought them, or none was made.
  private var samplesTogether: Capabilities.Item? {
    guard let sheet = sheets[.sampled], let batch = sheet.batches(dialect.limit).first?.batch,
      batch.count > 1, batch.count == sheet.asks.count,
      BatchRequest(batch, RequestKey(.check, round: 0, index: 0), by: dialect).unit == .samples,
      sampleExchanges.count > 1
    else { return nil }
    return Capabilities.Item(
      .samplesTogether, .notSeen,
      "\(batch.count) samples of one prompt took \(sampleExchanges.count) requests: each sample is one of "
        + "its own, and pays for its prompt")
  }

  private func samplers(_ settings: EndpointSettings?) -> Capabilities.Item {
    guard let samplers = settings?.samplers else {
      return Capabilities.Item(
        .defaultSamplers, .notTried,
        "the endpoint does not tell its own samplers: those that this dialect cannot name act on "
          + "samples")
    }
    let acting = samplers.filter { !$0.isNeutral }
    return Capabilities.Item(
      .defaultSamplers, .seen,
      acting.isEmpty
        ? "its own samplers change nothing"
        : "its own: "
          + acting.map { "\($0.name) \(Prose.decimal($0.value, 2))" }.joined(separator: ", ")
          + "; requests at temperature 1 name them all and switch them off")
  }
}
