// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineStatistics

/// Scores given texts at an endpoint that only says what may follow a prefix.
///
/// Four rounds of requests, canaries, held-out canaries and references in one random order:
///
/// 1. the tokens of every text;
/// 2. a row of the likeliest tokens after every distinct prefix, which texts share;
/// 3. longer rows, and then the whole vocabulary, where a token of a secret or a record was not
///    among them;
/// 4. the same for those references that could still be as likely as their canary's secret.
///
/// All other references keep an upper bound, which says what their rank needs: that they are less
/// likely. A round is read back from the ledger when all of it is stored, so what is asked next
/// depends on nothing but stored replies, and an interrupted walk goes on where it stopped.
package struct Walk {
  let ledger: Ledger
  let run: RunRecord
  let runner: ProbeRunner
  let dialect: any WalkingDialect.Type
  let endpoint: Endpoint
  let capabilities: Capabilities

  package init(
    ledger: Ledger, run: RunRecord, runner: ProbeRunner, dialect: any WalkingDialect.Type,
    endpoint: Endpoint, capabilities: Capabilities
  ) {
    self.ledger = ledger
    self.run = run
    self.runner = runner
    self.dialect = dialect
    self.endpoint = endpoint
    self.capabilities = capabilities
  }

  /// The likeliest tokens that a row lists at first.
  static let rowLength = 20
  /// The likeliest tokens that a row lists at last before it lists all.
  static let longRow = 2_000
  /// What is asked where a token was missed: each tenfold, since a row costs what it lists.
  static let longer: [RowLength] = [.top(200), .top(longRow), .all]

  /// How many rows travel together: long ones are large.
  static func rows(of listing: RowLength, _ dialect: any WalkingDialect.Type) -> Int {
    switch listing {
    case .top(let count):
      count <= rowLength ? dialect.prefixLimit : count < longRow ? dialect.prefixLimit / 2 : 4
    case .all: 1
    }
  }

  /// What a walk came to.
  package struct Scored {
    package var tally: ProbeRunner.Tally
    /// The number after the walk's last pack.
    package var nextPack: Int
    /// The texts of canaries and references; none where something is missing.
    package var texts: [Subject: WalkedText] = [:]
  }

  /// Asks what is missing and stores an observation a query.
  ///
  /// - Parameters:
  ///   - queries: likelihood queries, in the order of the plan.
  ///   - separators: bytes between prompt and secret, by canary: they are no part of the secret.
  ///   - firstPack: the number of the walk's first pack.
  ///   - generator: the order of the prefixes.
  package func score(
    _ queries: [Query], separators: [String: Int], firstPack: Int, after tally: ProbeRunner.Tally,
    using generator: inout ChaCha8Rand
  ) async throws -> Scored {
    var scored = Scored(tally: tally, nextPack: firstPack)
    guard var texts = try await spelled(queries, &scored) else { return scored }
    var wanted: [[Int]: Set<Int>] = [:]
    for text in texts where text.fault == nil {
      for place in text.wanted {
        wanted[text.prefix(place), default: []].insert(text.tokens[place].id)
      }
    }
    var rows = WalkRows(wanted: wanted)
    var prefixes = wanted.keys.sorted { $0.lexicographicallyPrecedes($1) }
    generator.shuffle(&prefixes)
    guard try await ask(prefixes, of: texts, .top(Self.rowLength), &rows, &scored) else {
      return scored
    }

    let own = texts.filter { !$0.isReference }
    for listing in Self.longer {
      guard try await ask(missed(own, rows), of: own, listing, &rows, &scored) else {
        return scored
      }
    }
    /// The sum over what scoring counts: tokens that hold bytes of the secret.
    func secret(_ text: WalkedText, _ canary: String) -> Double? {
      Self.scores(text, rows)?.sum(
        from: text.query.prompt.count + separators[canary, default: 0])
    }
    var secrets: [String: Double] = [:]
    for text in own where text.query.probe == .sequenceLikelihood {
      if case .canary(let id) = text.query.subject { secrets[id] = secret(text, id) }
    }
    for listing in Self.longer {
      let open = texts.filter { text in
        guard case .reference(let canary, _) = text.query.subject, let own = secrets[canary],
          let sum = secret(text, canary)
        else { return text.isReference }
        return sum >= own - capabilities.tieEpsilon
      }
      guard try await ask(missed(open, rows), of: open, listing, &rows, &scored) else {
        return scored
      }
    }

    for place in texts.indices { texts[place].outcome = Self.outcome(texts[place], rows) }
    for start in stride(from: 0, to: texts.count, by: 256) {
      try ledger.store(
        texts[start..<min(start + 256, texts.count)].map { text in
          (text.exchange, [text.query.answer(text.outcome, in: run)], false)
        }, run: run.number)
    }
    for text in texts where text.query.probe == .sequenceLikelihood {
      scored.texts[text.query.subject] = text
    }
    return scored
  }

  /// The tokens of every text; `nil` where some are missing.
  private func spelled(_ queries: [Query], _ scored: inout Scored) async throws -> [WalkedText]? {
    let dialect = dialect
    let endpoint = endpoint
    let first = scored.nextPack
    let packs = queries.enumerated().map { place, query in
      ProbePack(
        number: first + place, asked: [],
        request: { () throws(CoalmineError) in
          try dialect.tokenization(of: query.prompt + query.target)
        },
        read: { reply in
          let step = dialect.readTokens(reply, at: endpoint)
          if case .stop(let error) = step, error.isAboutTexts(reply) {
            return .refused(error, lone: [])
          }
          return PackReading(step, of: reply)
        },
        sent: { SentTexts(queries: [query]) })
    }
    scored.tally = try await runner.execute(packs, after: scored.tally)
    scored.nextPack += packs.count
    guard scored.tally.isComplete else { return nil }
    return try queries.enumerated().map { place, query in
      var text = WalkedText(query: query)
      let stored = try ledger.storedReply(toPack: first + place, run: run.number)
      text.exchange = stored.exchange
      let reply = packs[place].reply(stored.reply, at: endpoint)
      let tokens: [TextToken]
      switch dialect.readTokens(reply, at: endpoint) {
      case .value(let found): tokens = found
      case .stop(let error) where error.isAboutTexts(reply):
        text.fault = Outcome<Observation>.without(query, error).reason
        return text
      default: throw Ledger.unreadable
      }
      text.align(tokens)
      // One place more: the token that the server writes.
      if let room = capabilities.contextTokens, tokens.count >= room {
        text.fault = Reason(
          "text-too-long", "the text has \(tokens.count) tokens and the context window \(room)")
      }
      return text
    }
  }

  /// Asks for rows and takes them in; `false` where some are missing.
  ///
  /// - Parameter texts: those that begin with the prefixes.
  private func ask(
    _ prefixes: [[Int]], of texts: [WalkedText], _ listing: RowLength, _ rows: inout WalkRows,
    _ scored: inout Scored
  ) async throws -> Bool {
    let size = Self.rows(of: listing, dialect)
    let packs = stride(from: 0, to: prefixes.count, by: size).enumerated().map { place, start in
      let prefixes = Array(prefixes[start..<min(start + size, prefixes.count)])
      return RowPack(
        number: scored.nextPack + place, prefixes: prefixes, listing: listing, dialect: dialect,
        endpoint: endpoint,
        sent: {
          SentTexts(
            queries: prefixes.compactMap { prefix in
              texts.first { $0.tokens.lazy.map(\.id).starts(with: prefix) }?.query
            }, prefixes: prefixes)
        })
    }
    scored.tally = try await runner.execute(packs.map(\.pack), after: scored.tally)
    scored.nextPack += packs.count
    guard scored.tally.isComplete else { return false }
    for pack in packs {
      for (prefix, row) in zip(pack.prefixes, try pack.rows(in: ledger, of: run)) {
        rows.add(row, after: prefix, isWhole: listing.isWhole(row))
      }
    }
    return true
  }

  /// The prefixes after which a token of `texts` is wanted and was not listed, each once.
  private func missed(_ texts: [WalkedText], _ rows: WalkRows) -> [[Int]] {
    var seen: Set<[Int]> = []
    var prefixes: [[Int]] = []
    for text in texts where text.fault == nil {
      for place in text.wanted {
        let prefix = text.prefix(place)
        if rows.known(text.tokens[place].id, after: prefix) == nil,
          rows.bound(after: prefix) > -.infinity, seen.insert(prefix).inserted
        {
          prefixes.append(prefix)
        }
      }
    }
    return prefixes
  }

  /// The scores of a text's tokens; `nil` where it cannot be scored.
  private static func scores(_ text: WalkedText, _ rows: WalkRows) -> [TokenScore]? {
    guard text.fault == nil else { return nil }
    return text.tokens.indices.filter { text.ranges[$0].upperBound > text.query.prompt.count }
      .map { place in
        guard place > 0 else {
          return TokenScore(range: text.ranges[place], logProbability: nil)
        }
        let prefix = text.prefix(place)
        let known = rows.known(text.tokens[place].id, after: prefix)
        return TokenScore(
          range: text.ranges[place], logProbability: known ?? rows.bound(after: prefix),
          isUpperBound: known == nil)
      }
  }

  private static func outcome(_ text: WalkedText, _ rows: WalkRows) -> Outcome<Observation> {
    guard let scores = scores(text, rows) else {
      return .failed(text.fault ?? Reason("not-walked", "the walk did not end"))
    }
    guard !scores.contains(where: { $0.isUpperBound && $0.logProbability == -.infinity }) else {
      return .failed(
        Reason("token-not-listed", "the whole vocabulary does not list a token of the text"))
    }
    return .measured(.likelihood(scores))
  }
}

extension RowLength {
  /// Whether a row lists every token there is.
  func isWhole(_ row: NextTokens) -> Bool {
    switch self {
    case .top(let count): row.choices.count < count
    case .all: true
    }
  }
}

extension WalkedText {
  var isReference: Bool {
    if case .reference = query.subject { true } else { false }
  }
}
