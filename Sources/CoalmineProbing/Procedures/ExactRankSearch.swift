// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineStatistics

/// Searches the exact rank of each canary's secret among all candidates of its space.
///
/// In rounds of a fixed size: each canary's search proposes its next prefixes, one request asks
/// what follows them. How many requests are under way at once changes nothing.
///
/// A search needs secrets that the tokeniser splits byte by byte, as it does digits in most models
/// of today: then the paths of the trie are the canonical tokens of every candidate. Where a secret
/// or one of its references is split otherwise the rank is not measurable.
package final class ExactRankSearch: Procedure {
  package let name = ProcedureName.rankSearch
  private let run: RunRecord
  /// Log-probabilities that differ by no more are tied, in nats.
  private let tieEpsilon: Double
  private let rowError: Double
  /// The most prefixes asked per canary, in whole rounds of up to 32.
  private let budget: Int
  private var searches: [Search] = []
  private var refused: [LedgerBatch.Finding] = []
  /// The round under way, by request: whose search, and the rows that came, by place.
  private var round: [(search: Int, paths: [[Int]], rows: [NextTokens?])] = []

  private static let batch = 32

  /// One canary's search.
  private struct Search {
    let question: Question
    let ask: Ask
    var search: RankSearch<SecretTrie>
    var trail: RankTrail
    /// The tokens before the secret, and the bytes of the text before it.
    let before: [Int]
    let textBefore: [UInt8]
    /// The token of each byte that a secret of this kind holds.
    var token: [UInt8: Int]
    var exchange: Int64

    /// Prompt and path in tokens; `nil` where the token of a byte is not known.
    func prefix(of path: [Int]) -> TokenPrefix? {
      var tokens = before
      var text = textBefore
      for symbol in path {
        let byte = UInt8(truncatingIfNeeded: symbol)
        guard let id = token[byte] else { return nil }
        tokens.append(id)
        text.append(byte)
      }
      return TokenPrefix(tokens, text: text)
    }
  }

  /// - Parameters:
  ///   - scoring: the texts of canaries and references, scored.
  ///   - spaces: by canary.
  package init(
    _ canaries: [Canary], _ scoring: StepwiseScoring, _ spaces: [String: RandomnessSpace],
    references: [String: [UInt128]], presentation: Presentation.Form, in run: RunRecord,
    _ capabilities: Capabilities, budget: Int
  ) {
    self.run = run
    tieEpsilon = capabilities.tieEpsilon
    rowError = capabilities.rowError
    self.budget = budget
    let texts = scoring.scored()
    for canary in canaries {
      guard let own = texts[.canary(canary.id)], let space = spaces[canary.id] else { continue }
      let passage = canary.passage(presentation, target: canary.secret.reveal())
      let question = Question(.rankSearch, .canary(canary.id))
      let others = references[canary.id, default: []].indices.compactMap {
        texts[.reference(canary: canary.id, number: $0)]
      }
      let first = passage.before.count + passage.separator.count
      let reason: Reason
      if isResolved(
        own.scores?.sum(from: first), others.compactMap { $0.scores?.sum(from: first) })
      {
        reason = Reason(
          "references-suffice",
          "\(others.count) references leave no more than \(RankTrail.openBits) bits open")
      } else if let search = start(canary, question, passage, space, own, others.map(\.text)) {
        searches.append(search)
        continue
      } else {
        reason = Reason(
          "tokens-longer-than-a-byte",
          "the tokeniser does not split secrets of this kind byte by byte")
      }
      refused.append(
        run.finding(question, .score(passage), .notMeasurable(reason), own.text.exchange))
    }
  }

  /// Whether the rank among the references says enough.
  ///
  /// A search is cheap where it is needed: the more memorised a secret, the fewer prefixes are as
  /// likely. The rank of a secret that nothing sets apart would take nearly all of the space.
  private func isResolved(_ own: Double?, _ others: [Double]) -> Bool {
    guard let own else { return false }
    let sampled = try? Exposure.sampled(
      score: own, references: others, tieEpsilon: tieEpsilon, confidence: 0.95)
    return sampled.map { $0.interval.upper - $0.interval.lower <= RankTrail.openBits } ?? false
  }

  private func start(
    _ canary: Canary, _ question: Question, _ passage: Passage, _ space: RandomnessSpace,
    _ scored: (text: StepwiseText, scores: [TokenScore]?), _ others: [StepwiseText]
  ) -> Search? {
    let first = passage.before.count + passage.separator.count
    let secret = canary.secret.reveal()
    guard let own = scored.text.bytewise(from: first), own.count == secret.count,
      let nats = scored.scores?.sum(from: first), nats.isFinite
    else { return nil }
    var token: [UInt8: Int] = [:]
    for (byte, id) in own { token[byte] = id }
    for other in others {
      guard let pieces = other.bytewise(from: first) else { return nil }
      for (byte, id) in pieces { token[byte] = id }
    }
    let trail = RankTrail(
      logProbability: nats, tieEpsilon: tieEpsilon, budget: budget, batch: Self.batch,
      rowError: rowError)
    guard let search = try? trail.search(space, for: secret) else { return nil }
    return Search(
      question: question, ask: .score(passage), search: search, trail: trail,
      before: scored.text.tokens.dropLast(own.count).map(\.id),
      textBefore: canary.prefix + canary.separator, token: token, exchange: scored.text.exchange)
  }

  package func nextRound() throws -> [AskBatch]? {
    for request in round { try receive(request) }
    round = []
    // A search that has ended keeps its place, so that a larger budget goes on where a smaller one
    // stopped.
    var batches: [AskBatch] = []
    for position in searches.indices {
      guard searches[position].search.rows + Self.batch <= budget else {
        append(position, [], &batches)
        continue
      }
      let proposed = searches[position].search.nextBatch(limit: Self.batch)
      let paths = proposed.filter { searches[position].prefix(of: $0) != nil }
      // A byte whose token is not known yet cannot be asked about; its candidates stay open.
      for path in proposed where searches[position].prefix(of: path) == nil {
        try searches[position].search.giveUp(on: path)
      }
      append(position, paths, &batches)
    }
    return batches.allSatisfy(\.isEmpty) ? nil : batches
  }

  private func append(_ position: Int, _ paths: [[Int]], _ batches: inout [AskBatch]) {
    round.append((position, paths, [NextTokens?](repeating: nil, count: paths.count)))
    batches.append(
      AskBatch(
        paths.compactMap { path in
          searches[position].prefix(of: path).map {
            .next($0, .top(StepwiseScoring.rowLength))
          }
        }, refusal: .ends))
  }

  package func take(_ outcome: Outcome<Answer>, at place: AskPlace, exchange: Int64)
    -> LedgerBatch.Finding?
  {
    if case .measured(.next(let row)) = outcome { round[place.batch].rows[place.ask] = row }
    return nil
  }

  /// Takes in the rows of one request, in the order of their paths.
  private func receive(_ request: (search: Int, paths: [[Int]], rows: [NextTokens?])) throws {
    for (path, row) in zip(request.paths, request.rows) {
      guard let row else { continue }
      var choices: [Int: Double] = [:]
      for choice in row.choices {
        if choice.bytes.count == 1, let byte = choice.bytes.first {
          if searches[request.search].token[byte] == nil {
            searches[request.search].token[byte] = choice.id
          }
          if searches[request.search].token[byte] == choice.id {
            choices[Int(byte)] = choice.logProbability
            continue
          }
        }
        choices[256 + choice.id] = choice.logProbability
      }
      let bytes = path.map { UInt8(truncatingIfNeeded: $0) }
      searches[request.search].trail.steps.append(RankTrail.Step(path: bytes, choices: choices))
      do {
        try searches[request.search].search.receive(NextSymbolRow(top: choices), after: path)
      } catch {
        throw CoalmineError(
          code: "impossible-probabilities",
          "the endpoint gave log-probabilities that cannot be: \(error.message)",
          help: "are they taken before temperature and samplers?", exit: .endpointUnavailable)
      }
    }
  }

  package func results() -> (findings: [LedgerBatch.Finding], probes: Set<Probe>) {
    (
      refused
        + searches.map {
          run.finding($0.question, $0.ask, .measured(.rankTrail($0.trail)), $0.exchange)
        }, [.rankSearch]
    )
  }
}
