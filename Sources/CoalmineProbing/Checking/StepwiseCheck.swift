// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Glibc

/// The part of a check that scores token by token: the rows of the likely texts in every round, in
/// another order; then longer rows where a token was not among the likeliest, and one whole row.
extension EndpointCheck {
  /// Tokens of a text that are looked at, from its end.
  private static let lastTokens = 12

  private static let endings = CheckTexts.pairs.map(\.likely) + CheckTexts.pairs.map(\.improbable)
  private var passages: [Passage] {
    zip(CheckTexts.pairs + CheckTexts.pairs, Self.endings).map {
      CheckAsks.passage($0.context, $1, dialect.presentation)
    }
  }

  var stepwiseTokens: [Ask] { passages.map { .tokenize($0) } }

  /// Takes in the tokens of all texts.
  func alignTexts() {
    scores.refusal = sheets[.tokens]?.refusalToScore
    let answers = [Sheet.firstTokens, .tokens].flatMap { sheets[$0]?.answers ?? [] }
    guard scores.refusal == nil, answers.count == passages.count else { return }
    texts = zip(passages, answers).map { passage, answer in
      var text = StepwiseText(passage)
      if case .tokens(let tokens) = answer { text.align(tokens) }
      return text
    }
    if let fault = texts.lazy.compactMap(\.fault?.reason).first { scores.refusal = fault.evidence }
  }

  /// The places of each text that are looked at: of likely texts from a few tokens before their end
  /// on, of the others the ending alone.
  private var places: [[Int]] {
    texts.enumerated().map { number, text in
      number < CheckTexts.pairs.count
        ? Array(text.tokens.indices.dropFirst().suffix(Self.lastTokens))
        : Array(text.wanted.prefix(Self.lastTokens))
    }
  }

  private var wanted: [TokenPrefix: Set<Int>] {
    var wanted: [TokenPrefix: Set<Int>] = [:]
    for (text, places) in zip(texts, places) {
      for place in places {
        wanted[text.prefix(place), default: []].insert(text.tokens[place].id)
      }
    }
    return wanted
  }

  func stepwiseRows() -> [(Sheet, [Ask])] {
    let prefixes = wanted.keys.sorted()
    return (0..<Self.rounds).map { round in
      let turn = prefixes.count * round / Self.rounds
      let turned = Array(prefixes[turn...] + prefixes[..<turn])
      return (
        .rows(round),
        (round % 2 == 0 ? turned : turned.reversed()).map {
          .next($0, .top(StepwiseScoring.rowLength))
        }
      )
    }
  }

  /// Looks whether every row came.
  func readRows() {
    scores.refusal =
      (0..<Self.rounds).lazy.compactMap {
        self.sheets[.rows($0)]?.refusalToScore
      }.first
  }

  /// Longer rows where a token was missed, twice: tokens that are improbable are the noisiest. And
  /// the whole vocabulary once, after a prefix that an improbable ending follows.
  func stepwiseLongRows() -> [(Sheet, [Ask])] {
    let known = rows(0, longRows: nil)
    let missed = wanted.keys.sorted().filter { prefix in
      wanted[prefix, default: []].contains { known.known($0, after: prefix) == nil }
    }.prefix(32)
    let long = missed.map { Ask.next($0, .top(StepwiseScoring.longRow)) }
    return [
      (.longRows(0), long), (.longRows(1), long.reversed()),
      (.wholeRow, wholeRowPrefix.map { [.next($0, .all)] } ?? []),
    ]
  }

  /// The prefix before the first improbable ending.
  private var wholeRowPrefix: TokenPrefix? {
    let text = texts[CheckTexts.pairs.count]
    return text.wanted.first.map(text.prefix)
  }

  /// Wanted tokens one by one, and endings under a grammar, where the dialect claims that.
  func stepwiseTricks() -> [(Sheet, [Ask])] {
    var asks: [(Sheet, [Ask])] = []
    if dialect.abilities.contains(.scoresWantedTokens) {
      asks.append(
        (
          .wantedTokens,
          texts.compactMap { text in
            text.wanted.first.map { .next(text.prefix($0), .only(text.tokens[$0].id)) }
          }
        ))
    }
    if dialect.abilities.contains(.forcesText) {
      asks.append(
        (
          .forcedEndings,
          texts.compactMap { text in
            text.firstOfEnding.map { .force(text.prefix($0), ending: text.passage.ending) }
          }
        ))
    }
    return asks
  }

  /// The first token of each text's ending, and the prefix of which a row was asked for.
  var firstWanted: [(prefix: TokenPrefix, token: Int)?] {
    texts.map { text in text.wanted.first.map { (text.prefix($0), text.tokens[$0].id) } }
  }

  /// The log-probabilities of ``firstWanted`` in the first round; `nil` where the row does not list
  /// the token.
  var wantedScores: [Double?] {
    let known = rows(0, longRows: nil)
    return firstWanted.map { wanted in
      wanted.flatMap { known.known($0.token, after: $0.prefix) }
    }
  }

  /// What one round of rows tells, with one round of longer rows.
  private func rows(_ round: Int, longRows: Int?) -> KnownRows {
    var rows = KnownRows(
      wanted: wanted, rowError: RankTrail.rowError(vocabulary: scores.vocabulary))
    for sheet in [Sheet.rows(round)] + (longRows.map { [.longRows($0)] } ?? []) {
      for (ask, answer) in zip(sheets[sheet]?.asks ?? [], sheets[sheet]?.answers ?? []) {
        if case .next(let prefix, let listing) = ask, case .next(let row) = answer {
          rows.add(row, after: prefix, listing: listing)
        }
      }
    }
    return rows
  }

  /// Reads everything that came.
  func fillStepwise() {
    scores.refusal =
      [Sheet.longRows(0), .longRows(1), .wholeRow].lazy.compactMap {
        self.sheets[$0]?.refusalToScore
      }.first
    guard scores.refusal == nil else { return }
    if case .next(let row)? = sheets[.wholeRow]?.answers?.first {
      scores.mass = row.choices.reduce(0) { $0 + exp($1.logProbability) }
      scores.vocabulary = row.choices.count
    }
    let read = (0..<Self.rounds).map { rows($0, longRows: $0 < 2 ? $0 : nil) }
    let count = CheckTexts.pairs.count
    let places = places
    func value(_ text: Int, _ place: Int, _ rows: KnownRows) -> Double? {
      rows.known(texts[text].tokens[place].id, after: texts[text].prefix(place))
    }
    scores.first = (0..<count).map { text in
      places[text].compactMap { value(text, $0, read[0]) }
    }
    // A text's sum is over the tokens that every one of its rounds knows: a likely text's tokens are
    // listed in all, an improbable one's in the two that have longer rows.
    scores.sums = texts.indices.map { text in
      let rounds = text < count ? read[...] : read.prefix(2)
      let known = places[text].filter { place in
        rounds.allSatisfy { value(text, place, $0) != nil }
      }
      return rounds.map { rows in known.reduce(0) { $0 + (value(text, $1, rows) ?? 0) } }
    }
    scores.endings = (0..<count).map { pair in
      // A token that no long row lists is at most as likely as the last one that is.
      func sum(_ text: Int) -> Double {
        texts[text].wanted.reduce(0) {
          $0 + (value(text, $1, read[0]) ?? read[0].bound(after: texts[text].prefix($1)))
        }
      }
      return (sum(pair), sum(pair + count))
    }
    // A text's first token is scored where a mark stands before it.
    scores.startsWithMark = texts.allSatisfy { $0.ranges.first?.isEmpty == true }
    fillTricks(read[0])
  }

  private func fillTricks(_ rows: KnownRows) {
    var rows = rows
    for (ask, answer) in zip(sheets[.wholeRow]?.asks ?? [], sheets[.wholeRow]?.answers ?? []) {
      if case .next(let prefix, let listing) = ask, case .next(let row) = answer {
        rows.add(row, after: prefix, listing: listing)
      }
    }
    if let sheet = sheets[.wantedTokens] {
      scores.wanted = zip(sheet.asks, sheet.outcomes).map { ask, outcome in
        guard case .next(let prefix, .only(let token)) = ask,
          let known = rows.known(token, after: prefix)
        else { return .noComparison }
        guard case .measured(.next(let row))?? = Optional(outcome),
          let value = row.logProbability(of: token)
        else { return .missing }
        return .difference(abs(value - known))
      }
    }
    guard let sheet = sheets[.forcedEndings] else { return }
    let forced = texts.filter { $0.firstOfEnding != nil }
    scores.forced = zip(forced, sheet.outcomes).map { text, outcome in
      guard case .measured(.forced(let tokens))?? = Optional(outcome) else { return .missing }
      var text = text
      let places = text.wanted
      guard text.take(forced: tokens), let values = text.forced else { return .noComparison }
      let known = places.compactMap {
        rows.known(text.tokens[$0].id, after: text.prefix($0))
      }
      guard known.count == values.count else { return .noComparison }
      return .difference(abs(values.reduce(0, +) - known.reduce(0, +)))
    }
  }
}
