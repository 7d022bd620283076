// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
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
  static let rounds = 4
  /// The numbers of the packs; those of a walk's rows come after.
  enum Pack {
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
    // Where the first is refused altogether, the others need not be asked.
    guard try await asker.ask(Array(packs.prefix(1))) else { return false }
    if case .stop(let error) = try reading(Pack.scores, rounds[0].1) {
      scores.refusal = words(error)
      return true
    }
    guard try await asker.ask(Array(packs.dropFirst())) else { return false }
    scores.sums = [[Double]](repeating: [], count: texts.count)
    for (round, (order, queries)) in rounds.enumerated() {
      let outcomes: [Outcome<Observation>]
      switch try reading(Pack.scores + round, queries) {
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

  /// What the reply to a request says, or the replies to its parts.
  private func reading(_ pack: Int, _ queries: [Query]) throws -> Reading {
    if let reply = try asker.reply(to: pack) {
      return requests.dialect.read(reply, for: queries, at: requests.endpoint)
    }
    guard queries.count > 1, let (left, right) = PackNumber.halves(of: pack) else {
      throw Ledger.unreadable
    }
    let middle = RequestSize.half(queries.count)
    switch (
      try reading(left, Array(queries[..<middle])), try reading(right, Array(queries[middle...]))
    ) {
    case (.answers(let first), .answers(let second)): return .answers(first + second)
    case (.answers, let other), (let other, _): return other
    }
  }

  /// The reply to a request that holds one prompt.
  func reply(_ pack: Int) throws -> DialectReply {
    guard let reply = try asker.reply(to: pack) else { throw Ledger.unreadable }
    return reply
  }

  private static func values(_ outcome: Outcome<Observation>) -> [Double?]? {
    guard case .measured(.likelihood(let tokens)) = outcome, !tokens.isEmpty else { return nil }
    return tokens.map(\.logProbability)
  }

  private func settings() throws -> EndpointSettings? {
    guard requests.settings(Pack.settings) != nil else { return nil }
    return requests.dialect.readSettings(
      try reply(Pack.settings), at: requests.endpoint)
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
        try reply(pack), for: [query], at: requests.endpoint),
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
      return Capabilities.Item(.samplesDiffer, .notSeen, Capabilities.noSamples)
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

  /// An error's words without the URL before them, with the endpoint's own.
  func words(_ error: CoalmineError) -> String {
    let prefix = "\(requests.endpoint.url): "
    let message =
      error.message.hasPrefix(prefix)
      ? String(error.message.dropFirst(prefix.count)) : error.message
    return ([message] + error.details).joined(separator: "; ")
  }
}
