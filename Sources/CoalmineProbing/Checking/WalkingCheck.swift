// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Glibc

/// The part of a check that scores token by token.
extension EndpointCheck {
  /// Tokens of a text that are walked, from its end.
  private static let walkedTokens = 12

  /// Scores token by token: the rows of the likely texts in every round, in another order; then the
  /// whole vocabulary where a token was not among the likeliest, and once in any case.
  func walk(_ dialect: any WalkingDialect.Type, _ scores: inout CheckedScores) async throws
    -> Bool
  {
    let pairs = CheckTexts.pairs
    let endings = pairs.map(\.likely) + pairs.map(\.improbable)
    let spelled = zip(pairs + pairs, endings).map { $0.context + $1 }
    let packs = spelled.enumerated().map {
      requests.tokens(Pack.scores + $0, of: $1, by: dialect)
    }
    guard try await asker.ask(packs) else { return false }
    var texts: [WalkedText] = []
    for (place, (pair, ending)) in zip(pairs + pairs, endings).enumerated() {
      var text = WalkedText(query: CheckRequests.scoring(pair.context, ending))
      switch dialect.readTokens(try reply(Pack.scores + place), at: requests.endpoint) {
      case .value(let tokens): text.align(tokens)
      case .retry(let reason): scores.refusal = reason.evidence
      case .stop(let error): scores.refusal = words(error)
      }
      if let fault = text.fault { scores.refusal = fault.evidence }
      texts.append(text)
    }
    guard scores.refusal == nil else { return true }
    // Likely texts from a few tokens before their end on; of the others the ending alone.
    let places = texts.enumerated().map { number, text in
      number < pairs.count
        ? Array(text.tokens.indices.dropFirst().suffix(Self.walkedTokens))
        : Array(text.wanted.prefix(Self.walkedTokens))
    }
    var wanted: [[Int]: Set<Int>] = [:]
    for (text, places) in zip(texts, places) {
      for place in places {
        wanted[text.prefix(place), default: []].insert(text.tokens[place].id)
      }
    }
    return try await rows(texts, places, wanted, dialect, &scores)
  }

  private func rows(
    _ texts: [WalkedText], _ places: [[Int]], _ wanted: [[Int]: Set<Int>],
    _ dialect: any WalkingDialect.Type, _ scores: inout CheckedScores
  ) async throws -> Bool {
    let prefixes = wanted.keys.sorted { $0.lexicographicallyPrecedes($1) }
    var number = Pack.rows
    func packs(_ prefixes: [[Int]], _ listing: RowLength, _ size: Int) -> [RowPack] {
      stride(from: 0, to: prefixes.count, by: size).map { start in
        defer { number += 1 }
        return RowPack(
          number: number, prefixes: Array(prefixes[start..<min(start + size, prefixes.count)]),
          listing: listing, dialect: dialect, endpoint: requests.endpoint, sent: { .publicTexts })
      }
    }
    let rounds = (0..<Self.rounds).map { round in
      let turn = prefixes.count * round / Self.rounds
      let turned = Array(prefixes[turn...] + prefixes[..<turn])
      return packs(round % 2 == 0 ? turned : turned.reversed(), .top(Walk.rowLength), 32)
    }
    guard try await ask(rounds.flatMap { $0 }) else { return false }
    var read: [WalkRows] = []
    for round in rounds {
      var rows = WalkRows(wanted: wanted)
      for pack in round { try take(pack, into: &rows, &scores) }
      read.append(rows)
    }
    guard scores.refusal == nil else { return true }
    let missed = prefixes.filter { prefix in
      wanted[prefix, default: []].contains { read[0].known($0, after: prefix) == nil }
    }
    // Twice: tokens that are improbable are the noisiest.
    let few = Array(missed.prefix(32))
    let long = RowLength.top(Walk.longRow)
    let size = Walk.rows(of: long, dialect)
    let twice = [few, few.reversed()].map { packs($0, long, size) }
    let whole = packs(Array(prefixes.prefix(1)), .all, 1)
    guard try await ask(twice.joined() + whole) else { return false }
    for (round, packs) in twice.enumerated() {
      for pack in packs { try take(pack, into: &read[round], &scores) }
    }
    for pack in whole {
      for row in try rows(of: pack, &scores) {
        scores.mass = row.choices.reduce(0) { $0 + exp($1.logProbability) }
      }
    }
    guard scores.refusal == nil else { return true }
    scores.massIsWhole = true
    fill(texts, places, read, &scores)
    return true
  }

  private func ask(_ packs: [RowPack]) async throws -> Bool {
    try await asker.ask(packs.map { requests.scoring($0.pack) })
  }

  private func take(_ pack: RowPack, into known: inout WalkRows, _ scores: inout CheckedScores)
    throws
  {
    for (prefix, row) in zip(pack.prefixes, try rows(of: pack, &scores)) {
      known.add(row, after: prefix, isWhole: pack.listing.isWhole(row))
    }
  }

  /// The rows of a pack; none, and a refusal, where the endpoint says that it cannot.
  private func rows(of pack: RowPack, _ scores: inout CheckedScores) throws -> [NextTokens] {
    switch try pack.read({ try asker.reply(to: $0) }) {
    case .value(let rows): return rows
    case .retry(let reason): scores.refusal = reason.evidence
    case .stop(let error): scores.refusal = words(error)
    }
    return []
  }

  private func fill(
    _ texts: [WalkedText], _ places: [[Int]], _ read: [WalkRows], _ scores: inout CheckedScores
  ) {
    let count = CheckTexts.pairs.count
    func value(_ text: Int, _ place: Int, _ rows: WalkRows) -> Double? {
      rows.known(texts[text].tokens[place].id, after: texts[text].prefix(place))
    }
    scores.first = (0..<count).map { text in
      places[text].compactMap { value(text, $0, read[0]) }
    }
    // A text's sum is over the tokens that every one of its rounds knows: a likely text's tokens are
    // listed in all, an improbable one's in the two that have the whole vocabulary.
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
    // A text's first token is walked where a mark stands before it.
    scores.startsWithMark = texts.allSatisfy { $0.ranges.first?.isEmpty == true }
  }
}
