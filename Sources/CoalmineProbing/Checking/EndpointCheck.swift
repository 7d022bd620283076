// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Glibc

/// Looks at what an endpoint really does, with texts of no study, before anything is asked in
/// earnest.
///
/// A server that accepts a field need not honour it, so nothing is believed that was not seen in a
/// reply: see ``Capabilities/Subject``. Where the questions to come need scores, the first request
/// is for scores, and a server that gives none ends the check with it.
struct EndpointCheck {
  let requests: CheckRequests
  let asker: any PackAsker

  /// How often every text is scored where texts are scored whole, and how often the likely ones are
  /// walked.
  private static let rounds = 4
  /// Tokens of a text that are walked, from its end.
  private static let walkedTokens = 12

  /// The numbers of the packs; those of a walk's rows come after.
  private enum Pack {
    static let scores = 0
    static let greedy = 20
    static let sampled = 21
    static let settings = 22
    static let rows = 24
  }

  /// - Returns: `nil` where some replies are missing.
  /// - Throws: ``CoalmineError`` where the endpoint is of no use at all, or of none for what is
  ///   planned.
  func run(scoring: Bool) async throws -> Capabilities? {
    var scores = CheckedScores()
    if scoring {
      if let walking = requests.dialect as? any WalkingDialect.Type {
        guard try await walk(walking, &scores) else { return nil }
      } else {
        guard try await score(&scores) else { return nil }
      }
    }
    let others =
      [
        requests.pack(Pack.greedy, [CheckRequests.greedy]),
        requests.pack(Pack.sampled, [CheckRequests.sampled]),
      ] + (requests.settings(Pack.settings).map { [$0] } ?? [])
    guard try await asker.ask(others) else { return nil }
    let settings = try settings()
    let continues = try continues()
    let items =
      [listed(settings), continues, try differ(), samplers(settings)] + scores.items
    let claimed = requests.dialect.tier
    let verified: ScoreTier =
      scores.areTrusted
      ? claimed : continues.state == .seen ? min(claimed, .continuedText) : .chatText
    return Capabilities(
      claimed: claimed, verified: verified, items: items, noiseNats: scores.noise,
      repeats: scores.repeats, contextTokens: settings?.contextTokens(of: requests.endpoint.model))
  }

  /// Scores by the dialect's own way: the likely texts in every round, in another order and other
  /// company.
  private func score(_ scores: inout CheckedScores) async throws -> Bool {
    let pairs = CheckTexts.pairs
    let texts =
      pairs.map { CheckRequests.scoring("", $0.context + $0.likely) }
      + pairs.map { CheckRequests.scoring("", $0.context + $0.improbable) }
    let ends = pairs.flatMap {
      [
        CheckRequests.scoring($0.context, $0.likely),
        CheckRequests.scoring($0.context, $0.improbable),
      ]
    }
    let exclusive = CheckTexts.exclusive.endings.map {
      CheckRequests.scoring(CheckTexts.exclusive.context, $0)
    }
    let rounds = (0..<Self.rounds).map { round in
      // Thrice each, so that a pack is about as full as those of a run: what a server adds up
      // together moves the last digits.
      let order = (0..<(3 * texts.count)).map { ($0 * 7 + round) % texts.count }
      return (order, order.map { texts[$0] } + (round == 1 ? ends : round == 2 ? exclusive : []))
    }
    let packs = rounds.enumerated().map { requests.pack(Pack.scores + $0, $1.1) }
    guard try await asker.ask(packs) else { return false }
    scores.sums = [[Double]](repeating: [], count: texts.count)
    for (round, (order, queries)) in rounds.enumerated() {
      let reply = try asker.reply(to: Pack.scores + round)
      let outcomes: [Outcome<Observation>]
      switch requests.dialect.read(reply, for: queries, at: requests.endpoint) {
      case .answers(let read): outcomes = read
      case .retry(let reason):
        scores.refusal = reason.evidence
        return true
      case .stop(let error):
        scores.refusal = words(error)
        return true
      }
      let values = outcomes.map(Self.values)
      guard values.allSatisfy({ $0 != nil }) else {
        scores.refusal = "a text came back without log-probabilities that can be read"
        return true
      }
      if round == 0 {
        scores.first = pairs.indices.map { pair in
          order.firstIndex(of: pair).flatMap { values[$0] } ?? []
        }
      }
      for (place, text) in order.enumerated() {
        scores.sums[text].append((values[place] ?? []).compactMap { $0 }.reduce(0, +))
      }
      let rest = values.dropFirst(order.count).map { ($0 ?? []).compactMap { $0 }.reduce(0, +) }
      if round == 1 {
        scores.endings = stride(from: 0, to: rest.count, by: 2).map { (rest[$0], rest[$0 + 1]) }
      }
      if round == 2 { scores.mass = rest.reduce(0) { $0 + exp($1) } }
    }
    return true
  }

  private static func values(_ outcome: Outcome<Observation>) -> [Double?]? {
    guard case .measured(.likelihood(let tokens)) = outcome, !tokens.isEmpty else { return nil }
    return tokens.map(\.logProbability)
  }

  /// Scores token by token: the rows of the likely texts in every round, in another order; then the
  /// whole vocabulary where a token was not among the likeliest, and once in any case.
  private func walk(_ dialect: any WalkingDialect.Type, _ scores: inout CheckedScores) async throws
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
      switch dialect.readTokens(try asker.reply(to: Pack.scores + place), at: requests.endpoint) {
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
          listing: listing, dialect: dialect, endpoint: requests.endpoint)
      }
    }
    let rounds = (0..<Self.rounds).map { round in
      let turn = prefixes.count * round / Self.rounds
      let turned = Array(prefixes[turn...] + prefixes[..<turn])
      return packs(round % 2 == 0 ? turned : turned.reversed(), .top(Walk.rowLength), 32)
    }
    let all = rounds.flatMap { $0 }
    guard try await asker.ask(all.map { requests.scoring($0.pack) }) else { return false }
    for pack in all {
      let reply = try asker.reply(to: pack.number)
      if case .stop(let error) = dialect.readRows(
        reply, count: pack.prefixes.count, at: requests.endpoint)
      {
        scores.refusal = words(error)
        return true
      }
    }
    var read: [WalkRows] = []
    for round in rounds {
      var rows = WalkRows(wanted: wanted)
      for pack in round { try take(pack, into: &rows) }
      read.append(rows)
    }
    let missed = prefixes.filter { prefix in
      wanted[prefix, default: []].contains { read[0].known($0, after: prefix) == nil }
    }
    // Twice: tokens that are improbable are the noisiest.
    let few = Array(missed.prefix(32))
    let long = RowLength.top(Walk.longRow)
    let size = Walk.rows(of: long, dialect)
    let twice = [few, few.reversed()].map { packs($0, long, size) }
    let whole = packs(Array(prefixes.prefix(1)), .all, 1)
    guard try await asker.ask((twice.joined() + whole).map(\.pack)) else { return false }
    for (round, packs) in twice.enumerated() {
      for pack in packs { try take(pack, into: &read[round]) }
    }
    for pack in whole {
      for row in try pack.rows(of: try asker.reply(to: pack.number)) {
        scores.mass = row.choices.reduce(0) { $0 + exp($1.logProbability) }
      }
    }
    scores.massIsWhole = true
    fill(texts, places, read, &scores)
    return true
  }

  private func take(_ pack: RowPack, into rows: inout WalkRows) throws {
    for (prefix, row) in zip(pack.prefixes, try pack.rows(of: try asker.reply(to: pack.number))) {
      rows.add(row, after: prefix, isWhole: pack.listing.isWhole(row))
    }
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

  private func settings() throws -> EndpointSettings? {
    guard requests.settings(Pack.settings) != nil else { return nil }
    return requests.dialect.readSettings(
      try asker.reply(to: Pack.settings), at: requests.endpoint)
  }

  private func listed(_ settings: EndpointSettings?) -> Capabilities.Item {
    guard let settings, !settings.models.isEmpty else {
      return Capabilities.Item(.modelListed, .notTried, "the endpoint lists no models")
    }
    let found = settings.lists(requests.endpoint.model)
    return Capabilities.Item(
      .modelListed, found ? .seen : .notSeen,
      found
        ? "the endpoint lists the model that is asked"
        : "the endpoint lists \(Prose.count(settings.models.count, "model", "models")), and not the one "
          + "that is asked: some servers answer for any name")
  }

  private func continuations(_ pack: Int, _ query: Query) throws -> [Continuation]? {
    guard
      case .answers(let outcomes) = requests.dialect.read(
        try asker.reply(to: pack), for: [query], at: requests.endpoint),
      case .measured(.continuations(let texts))? = outcomes.first
    else { return nil }
    return texts
  }

  private func continues() throws -> Capabilities.Item {
    guard let text = try continuations(Pack.greedy, CheckRequests.greedy)?.first else {
      return Capabilities.Item(.continuesText, .notSeen, "no continuation came back")
    }
    guard !text.text.starts(with: CheckRequests.greedy.prompt) else {
      return Capabilities.Item(
        .continuesText, .notSeen, "the continuation repeats the prompt before it goes on")
    }
    return Capabilities.Item(
      .continuesText, .seen,
      text.text.isEmpty
        ? "a text is continued; the model ended it at once"
        : "a text is continued, by \(Prose.count(text.text.count, "byte", "bytes"))")
  }

  private func differ() throws -> Capabilities.Item {
    guard let texts = try continuations(Pack.sampled, CheckRequests.sampled) else {
      return Capabilities.Item(.samplesDiffer, .notSeen, "no samples came back")
    }
    let different = Set(texts.map(\.text)).count
    return Capabilities.Item(
      .samplesDiffer, different > 1 ? .seen : .notSeen,
      "\(different) of \(texts.count) samples at temperature 1 are different")
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

  /// An error's words without the URL before them.
  private func words(_ error: CoalmineError) -> String {
    let prefix = "\(requests.endpoint.url): "
    return error.message.hasPrefix(prefix)
      ? String(error.message.dropFirst(prefix.count)) : error.message
  }
}
