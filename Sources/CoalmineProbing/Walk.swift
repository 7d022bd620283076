// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineStatistics

/// Scores given texts at an endpoint that only says what may follow a prefix.
///
/// Three rounds of requests: the tokens of every text; a row of the likeliest tokens after every
/// distinct prefix; the whole vocabulary where a wanted token was not among them. Canaries,
/// held-out canaries and references share prefixes and packs, in one random order. A round is read
/// back from the ledger when all of it is stored, so what is asked next depends on nothing but
/// stored replies, and an interrupted walk goes on where it stopped.
struct Walk {
  let ledger: Ledger
  let run: RunRecord
  let runner: ProbeRunner
  let dialect: any WalkingDialect.Type
  let endpoint: Endpoint

  /// The likeliest tokens that a row lists at first.
  private static let rowLength = 20
  /// Rows of the whole vocabulary are large: so many to a request.
  private static let wholeRows = 8

  /// Asks what is missing and stores an observation a query.
  ///
  /// - Parameters:
  ///   - queries: likelihood queries, in the order of the plan.
  ///   - firstPack: the number of the walk's first pack.
  ///   - generator: the order of the prefixes.
  /// - Returns: the tally, the number after the walk's last pack, and the texts; without texts
  ///   where something is missing.
  func score(
    _ queries: [Query], firstPack: Int, after tally: ProbeRunner.Tally,
    using generator: inout ChaCha8Rand
  ) async throws -> (tally: ProbeRunner.Tally, nextPack: Int, texts: [Subject: WalkedText]) {
    var tally = tally
    var next = firstPack
    var texts = queries.map { WalkedText(query: $0) }

    let dialect = dialect
    let endpoint = endpoint
    let spellings = queries.enumerated().map { position, query in
      ProbePack(
        number: firstPack + position, asked: [],
        request: { () throws(CoalmineError) in
          try dialect.tokenization(of: query.prompt + query.target)
        },
        read: { Self.step(dialect.readTokens($0, at: endpoint)) })
    }
    tally = try await runner.execute(spellings, after: tally)
    next += queries.count
    guard tally.isComplete else { return (tally, next, [:]) }
    for position in texts.indices {
      let stored = try stored(firstPack + position)
      guard case .value(let tokens) = dialect.readTokens(stored.reply, at: endpoint) else {
        throw Self.damaged
      }
      texts[position].exchange = stored.exchange
      Self.align(tokens, in: &texts[position])
    }

    // Every prefix once, with the tokens that are wanted after it.
    var wanted: [[Int]: Set<Int>] = [:]
    for text in texts where text.fault == nil {
      for position in Self.counted(text) {
        wanted[text.tokens[..<position].map(\.id), default: []].insert(text.tokens[position].id)
      }
    }
    var prefixes = wanted.keys.sorted { $0.lexicographicallyPrecedes($1) }
    generator.shuffle(&prefixes)
    var rows: [[Int]: [Int: Double]] = [:]
    let short = packs(prefixes, .top(Self.rowLength), size: dialect.prefixLimit, from: next)
    tally = try await runner.execute(short.map(\.pack), after: tally)
    next += short.count
    guard tally.isComplete else { return (tally, next, [:]) }
    try read(short, wanted, into: &rows)

    let missed = prefixes.filter { prefix in
      wanted[prefix, default: []].contains { rows[prefix]?[$0] == nil }
    }
    let whole = packs(missed, .all, size: Self.wholeRows, from: next)
    tally = try await runner.execute(whole.map(\.pack), after: tally)
    next += whole.count
    guard tally.isComplete else { return (tally, next, [:]) }
    try read(whole, wanted, into: &rows)

    for position in texts.indices { texts[position].outcome = Self.outcome(texts[position], rows) }
    for start in stride(from: 0, to: texts.count, by: 256) {
      try ledger.store(
        texts[start..<min(start + 256, texts.count)].map { text in
          (text.exchange, [text.query.answer(text.outcome, in: run)], false)
        }, run: run.number)
    }
    var walked: [Subject: WalkedText] = [:]
    for text in texts where text.query.probe == .sequenceLikelihood {
      walked[text.query.subject] = text
    }
    return (tally, next, walked)
  }

  /// Where each token lies in the text, without the marks before it.
  ///
  /// ```
  /// text              T h e ␣ c a t          pieces  <s> ␣The ␣cat     (a blank put before)
  /// pieces  <s>|␣The|␣cat
  /// ranges      0..<3 3..<7
  /// ```
  private static func align(_ tokens: [TextToken], in text: inout WalkedText) {
    text.tokens = tokens
    let bytes = text.query.prompt + text.query.target
    // Marks before the text are tokens that the text does not spell.
    for marks in 0...min(2, tokens.count) {
      for blank in [false, true] {
        if let ranges = ranges(tokens[marks...], of: bytes, blankBefore: blank) {
          text.ranges = Array(repeating: 0..<0, count: marks) + ranges
          return
        }
      }
    }
    text.fault = Reason(
      "tokens-do-not-spell-the-text", "the tokens that the endpoint gives are not those of the text"
    )
  }

  private static func ranges(
    _ tokens: ArraySlice<TextToken>, of bytes: [UInt8], blankBefore: Bool
  ) -> [Range<Int>]? {
    var position = 0
    var ranges: [Range<Int>] = []
    for (index, token) in tokens.enumerated() {
      var piece = token.bytes[...]
      if index == 0, blankBefore {
        guard piece.first == 0x20 else { return nil }
        piece = piece.dropFirst()
      }
      guard bytes[position...].starts(with: piece) else { return nil }
      ranges.append(position..<(position + piece.count))
      position += piece.count
    }
    return position == bytes.count ? ranges : nil
  }

  /// The tokens whose log-probability is wanted: those that hold bytes of the target and have
  /// something before them.
  private static func counted(_ text: WalkedText) -> [Int] {
    text.tokens.indices.filter { position in
      position > 0 && text.ranges[position].upperBound > text.query.prompt.count
    }
  }

  private static func outcome(_ text: WalkedText, _ rows: [[Int]: [Int: Double]]) -> Outcome<
    Observation
  > {
    if let fault = text.fault { return .failed(fault) }
    var scores: [TokenScore] = []
    for position in text.tokens.indices
    where text.ranges[position].upperBound > text.query.prompt.count {
      let row = position == 0 ? nil : rows[text.tokens[..<position].map(\.id)]
      let value = row?[text.tokens[position].id]
      if position > 0, value == nil {
        return .failed(
          Reason("token-not-listed", "the whole vocabulary does not list a token of the text"))
      }
      scores.append(TokenScore(range: text.ranges[position], logProbability: value))
    }
    return .measured(.likelihood(scores))
  }

  private struct RowPack {
    let pack: ProbePack
    let prefixes: [[Int]]
  }

  private func packs(_ prefixes: [[Int]], _ listing: RowLength, size: Int, from first: Int)
    -> [RowPack]
  {
    let dialect = dialect
    let endpoint = endpoint
    return stride(from: 0, to: prefixes.count, by: size).enumerated().map { position, start in
      let mine = Array(prefixes[start..<min(start + size, prefixes.count)])
      return RowPack(
        pack: ProbePack(
          number: first + position, asked: [],
          request: { () throws(CoalmineError) in
            try dialect.expansion(of: mine, listing: listing)
          },
          read: { Self.step(dialect.readRows($0, count: mine.count, at: endpoint)) }),
        prefixes: mine)
    }
  }

  /// Keeps of each row only what is wanted: rows of the whole vocabulary are large.
  private func read(
    _ packs: [RowPack], _ wanted: [[Int]: Set<Int>], into rows: inout [[Int]: [Int: Double]]
  ) throws {
    for pack in packs {
      let stored = try stored(pack.pack.number)
      guard
        case .value(let listed) = dialect.readRows(
          stored.reply, count: pack.prefixes.count, at: endpoint)
      else { throw Self.damaged }
      for (prefix, row) in zip(pack.prefixes, listed) {
        let wanted = wanted[prefix, default: []]
        for choice in row.choices where wanted.contains(choice.id) {
          rows[prefix, default: [:]][choice.id] = choice.logProbability
        }
      }
    }
  }

  private func stored(_ pack: Int) throws -> (reply: DialectReply, exchange: Int64) {
    guard let stored = try ledger.answer(toPack: pack, run: run.number) else { throw Self.damaged }
    return (DialectReply(stored.reply), stored.id)
  }

  static func step<Value>(_ reading: StepReading<Value>) -> PackReading {
    switch reading {
    case .value: .answers([])
    case .retry(let reason): .retry(reason)
    case .stop(let error): .stop(error)
    }
  }

  static let damaged = CoalmineError(
    code: "ledger-damaged", "a stored reply cannot be read any more",
    help: "was the ledger written by another version of coalmine?", exit: .badData)
}
