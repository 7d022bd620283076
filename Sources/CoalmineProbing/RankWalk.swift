// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineStatistics

/// Searches the exact rank of each canary's secret among all fillings of its space.
///
/// In rounds of a fixed size: each canary's search proposes its next prefixes, one request asks
/// what follows them, and the answers are read back from the ledger when the round is complete.
/// How many requests are under way at once changes nothing.
///
/// A search needs secrets that the tokeniser splits byte by byte, as it does digits in most models
/// of today: then the paths of the trie are the canonical tokens of every filling. Where a secret
/// or one of its references is split otherwise the rank is not measurable.
package struct RankWalk {
  let ledger: Ledger
  let run: RunRecord
  let runner: ProbeRunner
  let dialect: any WalkingDialect.Type
  let endpoint: Endpoint
  /// Log-probabilities that differ by no more are tied, in nats.
  let tieEpsilon: Double
  /// The most prefixes asked a canary, in whole rounds of up to 32.
  let budget: Int

  package init(
    ledger: Ledger, run: RunRecord, runner: ProbeRunner, dialect: any WalkingDialect.Type,
    endpoint: Endpoint, tieEpsilon: Double, budget: Int
  ) {
    self.ledger = ledger
    self.run = run
    self.runner = runner
    self.dialect = dialect
    self.endpoint = endpoint
    self.tieEpsilon = tieEpsilon
    self.budget = budget
  }

  private static let batch = 32

  /// One canary's search.
  fileprivate struct Search {
    let query: Query
    var search: RankSearch<SecretTrie>
    var trail: RankTrail
    /// The tokens before the secret.
    let before: [Int]
    /// The token of each byte that a secret of this kind holds.
    var token: [UInt8: Int]
    var exchange: Int64
  }

  /// - Parameters:
  ///   - texts: the walked texts of canaries and references.
  ///   - spaces: by canary.
  /// - Returns: the tally, and the number after the last pack.
  package func search(
    _ canaries: [Canary], _ texts: [Subject: WalkedText], _ spaces: [String: RandomnessSpace],
    references: [String: [UInt128]], firstPack: Int, after tally: ProbeRunner.Tally
  ) async throws -> ProbeRunner.Tally {
    var tally = tally
    var searches: [Search] = []
    var refused: [(exchange: Int64, answers: [ReadAnswer], retry: Bool)] = []
    for canary in canaries {
      guard let text = texts[.canary(canary.id)], let space = spaces[canary.id] else { continue }
      let query = Query(
        probe: .rankSearch, subject: .canary(canary.id), prompt: canary.prefix,
        target: canary.separator + canary.secret.reveal(), samples: 0, maxTokens: 0)
      let others = references[canary.id, default: []].indices.compactMap {
        texts[.reference(canary: canary.id, number: $0)]
      }
      let reason: Reason
      if isResolved(canary, text, others) {
        reason = Reason(
          "references-suffice",
          "\(others.count) references leave no more than \(RankTrail.openBits) bits open")
      } else if let search = start(canary, query, space, text, others) {
        searches.append(search)
        continue
      } else {
        reason = Reason(
          "tokens-longer-than-a-byte",
          "the tokeniser does not split secrets of this kind byte by byte")
      }
      refused.append((text.exchange, [query.answer(.notMeasurable(reason), in: run)], false))
    }
    try ledger.store(refused, run: run.number)

    // A pack's number says whose it is and in which round, so that a larger budget goes on where a
    // smaller one stopped.
    let first = firstPack
    for turn in 0... {
      var round: [(search: Int, paths: [[Int]], pack: RowPack)] = []
      for position in searches.indices {
        guard searches[position].search.rows + Self.batch <= budget else { continue }
        let proposed = searches[position].search.nextBatch(limit: Self.batch)
        let paths = proposed.filter { searches[position].tokens(of: $0) != nil }
        // A byte whose token is not known yet cannot be asked about; its fillings stay open.
        for path in proposed where searches[position].tokens(of: path) == nil {
          try searches[position].search.giveUp(on: path)
        }
        guard !paths.isEmpty else { continue }
        let prefixes = paths.compactMap { searches[position].tokens(of: $0) }
        let query = searches[position].query
        round.append(
          (
            position, paths,
            RowPack(
              number: first + turn * searches.count + position, prefixes: prefixes,
              listing: .top(Walk.rowLength), dialect: dialect, endpoint: endpoint,
              sent: { SentTexts(queries: [query], prefixes: prefixes) })
          ))
      }
      if round.isEmpty { break }
      tally = try await runner.execute(round.map(\.pack.pack), after: tally)
      guard tally.isComplete else { return tally }
      for (position, paths, pack) in round {
        try read(pack, paths, into: &searches[position])
      }
    }
    try ledger.store(
      searches.map { search in
        (
          search.exchange, [search.query.answer(.measured(.rankTrail(search.trail)), in: run)],
          false
        )
      }, run: run.number)
    return tally
  }

  /// Whether the rank among the references says enough.
  ///
  /// A search is cheap where it is needed: the more memorised a secret, the fewer prefixes are as
  /// likely. The rank of a secret that nothing sets apart would take nearly all of the space.
  private func isResolved(_ canary: Canary, _ text: WalkedText, _ others: [WalkedText]) -> Bool {
    let first = canary.prefix.count + canary.separator.count
    guard let own = text.logProbability(from: first) else { return false }
    let scores = others.compactMap { $0.logProbability(from: first) }
    let sampled = try? Exposure.sampled(
      score: own, references: scores, tieEpsilon: tieEpsilon, confidence: 0.95)
    return sampled.map { $0.interval.upper - $0.interval.lower <= RankTrail.openBits } ?? false
  }

  private func start(
    _ canary: Canary, _ query: Query, _ space: RandomnessSpace, _ text: WalkedText,
    _ others: [WalkedText]
  ) -> Search? {
    let first = canary.prefix.count + canary.separator.count
    let secret = canary.secret.reveal()
    guard let own = text.bytewise(from: first), own.count == secret.count,
      let nats = text.logProbability(from: first), nats.isFinite
    else { return nil }
    var token: [UInt8: Int] = [:]
    for (byte, id) in own { token[byte] = id }
    for other in others {
      guard let pieces = other.bytewise(from: first) else { return nil }
      for (byte, id) in pieces { token[byte] = id }
    }
    let trail = RankTrail(
      logProbability: nats, tieEpsilon: tieEpsilon, budget: budget, batch: Self.batch)
    guard let search = try? trail.search(space, for: secret) else { return nil }
    return Search(
      query: query, search: search, trail: trail,
      before: text.tokens.dropLast(own.count).map(\.id), token: token, exchange: text.exchange)
  }

  private func read(_ pack: RowPack, _ paths: [[Int]], into search: inout Search) throws {
    let rows = try pack.rows(in: ledger, of: run)
    for (path, row) in zip(paths, rows) {
      var choices: [Int: Double] = [:]
      for choice in row.choices {
        if choice.bytes.count == 1, let byte = choice.bytes.first {
          if search.token[byte] == nil { search.token[byte] = choice.id }
          if search.token[byte] == choice.id {
            choices[Int(byte)] = choice.logProbability
            continue
          }
        }
        choices[256 + choice.id] = choice.logProbability
      }
      let bytes = path.map { UInt8(truncatingIfNeeded: $0) }
      search.trail.steps.append(RankTrail.Step(path: bytes, choices: choices))
      do {
        try search.search.receive(NextSymbolRow(top: choices), after: path)
      } catch {
        throw CoalmineError(
          code: "impossible-probabilities",
          "\(endpoint.url) gave log-probabilities that cannot be: \(error.message)",
          help: "are they taken before temperature and samplers?", exit: .endpointUnavailable)
      }
    }
  }
}

extension RankWalk.Search {
  /// The tokens of prompt and path; `nil` where the token of a byte is not known.
  fileprivate func tokens(of path: [Int]) -> [Int]? {
    var tokens = before
    for symbol in path {
      guard let id = token[UInt8(truncatingIfNeeded: symbol)] else { return nil }
      tokens.append(id)
    }
    return tokens
  }
}
