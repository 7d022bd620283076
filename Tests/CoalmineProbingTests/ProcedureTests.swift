// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineProbing
import CoalmineStatistics
import Testing

/// Procedures by themselves: no server, no ledger, and answers in any order.
@Suite struct `Procedures` {
  /// What a model of one token per byte answers.
  static func answer(_ ask: Ask) -> Outcome<Answer> {
    func row(_ prefix: TokenPrefix) -> [NextTokens.Choice] {
      ScriptedModel.logProbabilities(
        after: prefix.tokens.filter { $0 != ScriptedModel.mark }.map(ScriptedModel.byte)
      ).sorted { $0.value > $1.value }.map {
        NextTokens.Choice(
          id: ScriptedModel.token($0.byte), bytes: [$0.byte], logProbability: $0.value)
      }
    }
    switch ask {
    case .tokenize(let passage):
      let mark = TextToken(id: ScriptedModel.mark, bytes: Array("<s>".utf8))
      return .measured(
        .tokens(
          [mark] + passage.text.map { TextToken(id: ScriptedModel.token($0), bytes: [$0]) }))
    case .next(let prefix, let listing):
      let all = row(prefix)
      let listed =
        switch listing {
        case .top(let count): Array(all.prefix(count))
        case .all: all
        case .only(let token): all.filter { $0.id == token }
        }
      return .measured(.next(NextTokens(choices: listed)))
    case .force(let prefix, let ending):
      if ScriptedModel.isWrittenOtherwise(ending) {
        return .measured(.forced([NextTokens.Choice(id: 9_999, bytes: [], logProbability: -1)]))
      }
      var tokens = prefix.tokens
      return .measured(
        .forced(
          ending.map { byte in
            defer { tokens.append(ScriptedModel.token(byte)) }
            return row(TokenPrefix(tokens, text: [])).first {
              $0.id == ScriptedModel.token(byte)
            }!
          }))
    case .score, .scoreListing, .complete, .choose, .describe, .render, .countTokens:
      return .failed(Reason("not-here", "not asked here"))
    }
  }

  /// Runs a procedure to its end; the asks of every round, in the order in which they were planned.
  @discardableResult
  static func run(
    _ procedure: any Procedure, shuffledBy seed: UInt8? = nil,
    answer: (Ask) -> Outcome<Answer> = answer
  ) throws -> [[[Ask]]] {
    var rounds: [[[Ask]]] = []
    while let round = try procedure.nextRound() {
      rounds.append(round.map(\.asks))
      var places = round.indices.flatMap { batch in
        round[batch].asks.indices.map { AskPlace(batch: batch, ask: $0) }
      }
      if let seed {
        var generator = ChaCha8Rand(seed: Array(repeating: seed, count: 32))
        generator.shuffle(&places)
      }
      for place in places {
        _ = try procedure.take(
          answer(round[place.batch].asks[place.ask]), at: place, exchange: 1)
      }
    }
    return rounds
  }

  static func outcomes(_ procedure: any Procedure) -> [Question: Outcome<Observation>] {
    Dictionary(
      uniqueKeysWithValues: procedure.results().findings.map { ($0.question, $0.outcome) })
  }

  static func study(references: Int = 6) throws -> ProbedStudy {
    try ProbedStudy(
      canaries: 4, references: references, probes: [.sequenceLikelihood, .rankSearch],
      dialect: dialect("llama-server"))
  }

  @Test(arguments: `Stepwise scoring`.ways, [UInt8(1), 2, 3])
  func `answers in any order come to the same`(_ way: Abilities, _ seed: UInt8) throws {
    let study = try Self.study(references: 3)
    let first = try `Stepwise scoring`.scoring(study, way)
    let second = try `Stepwise scoring`.scoring(study, way)
    #expect(try Self.run(first) == Self.run(second, shuffledBy: seed))
    #expect(Self.outcomes(first) == Self.outcomes(second))
    let ranks = `Stepwise scoring`.ranks(study, first, budget: 500)
    let shuffled = `Stepwise scoring`.ranks(study, second, budget: 500)
    #expect(try Self.run(ranks) == Self.run(shuffled, shuffledBy: seed))
    #expect(Self.outcomes(ranks) == Self.outcomes(shuffled))
  }

  /// Were a secret and one of its references exchanged, the same requests would be sent in the same
  /// order: what the order does to the noise of one score, it does to the other.
  @Test(arguments: [Abilities.scoresWantedTokens, [.scoresWantedTokens, .forcesText]])
  func `who is the secret does not show in what is asked`(_ way: Abilities) throws {
    let study = try Self.study()
    let planned = try study.plan().stepwise
    var exchanged = planned
    // The secret of a canary and its second reference trade their passages.
    for canary in study.record.canaries {
      let own = planned.firstIndex { $0.subject == .canary(canary.id) }!
      let other = planned.firstIndex { $0.subject == .reference(canary: canary.id, number: 2) }!
      exchanged[own] = PlannedQuestion(
        .sequenceLikelihood, .canary(canary.id), planned[other].passage)
      exchanged[other] = PlannedQuestion(
        .sequenceLikelihood, planned[other].subject, planned[own].passage)
    }
    func asked(_ questions: [PlannedQuestion]) throws -> [[[Ask]]] {
      try Self.run(
        StepwiseScoring(
          questions, in: study.run, `Stepwise scoring`.capabilities(way),
          limit: dialect("llama-server").limit))
    }
    #expect(exchanged != planned)
    #expect(try asked(planned) == asked(exchanged))
  }

  @Test func `every wanted token is asked for once, and prefixes that begin alike together`()
    throws
  {
    let study = try Self.study(references: 20)
    let scoring = try `Stepwise scoring`.scoring(study, .scoresWantedTokens)
    let rounds = try Self.run(scoring)
    let wanted = rounds.dropFirst().joined().joined().compactMap { ask -> String? in
      if case .next(let prefix, .only(let token)) = ask {
        return "\(prefix.tokens) \(token)"
      }
      return nil
    }
    #expect(Set(wanted).count == wanted.count && !wanted.isEmpty)
    for batch in rounds.dropFirst().joined() {
      #expect(Set(batch.map(\.kind)).count == 1)
      let prefixes = batch.compactMap { ask -> TokenPrefix? in
        if case .next(let prefix, _) = ask { prefix } else { nil }
      }
      #expect(prefixes == prefixes.sorted() && prefixes.count <= 32)
    }
    // Rows come first, many in a request, and only what they do not list is asked for by itself.
    #expect(rounds[1].count * 4 < rounds[1].joined().count)
    #expect(wanted.count < rounds[1].joined().count)
    for batch in rounds[2] {
      let prefixes = batch.compactMap { ask -> [Int]? in
        if case .next(let prefix, _) = ask { prefix.tokens } else { nil }
      }
      for (left, right) in zip(prefixes, prefixes.dropFirst()) {
        #expect(zip(left, right).prefix { $0 == $1 }.count * 2 >= right.count)
      }
    }
  }

  @Test func `a text that is written in other tokens is scored in its own`() throws {
    let study = try Self.study()
    let scoring = try `Stepwise scoring`.scoring(study, [.scoresWantedTokens, .forcesText])
    try Self.run(scoring)
    let written = scoring.texts.count { $0.forced != nil }
    #expect(written > 0 && written < scoring.texts.count)
    for text in scoring.texts {
      #expect(
        (text.forced == nil) == ScriptedModel.isWrittenOtherwise(text.passage.ending))
      let sum = text.scores(scoring.rows)?.sum(from: text.passage.before.count)
      let naive = `Stepwise scoring`.naive(text.passage.before, text.passage.ending)
      #expect(abs(try #require(sum) - naive) < 1e-9)
    }
  }

  @Test(arguments: `Stepwise scoring`.ways)
  func `a text without tokens fails alone`(_ way: Abilities) throws {
    let study = try Self.study(references: 2)
    let bad = study.record.canaries[1]
    let scoring = try `Stepwise scoring`.scoring(study, way)
    try Self.run(scoring) { ask in
      if case .tokenize(let passage) = ask, passage.before == bad.prefix {
        return .censored(Reason("content-filtered", "held back"))
      }
      return Self.answer(ask)
    }
    let outcomes = Self.outcomes(scoring)
    for (question, outcome) in outcomes {
      let isBad = question.subject.slug.contains(":\(bad.id)")
      #expect(outcome.status == (isBad ? "censored" : "measured"), "\(question.subject.slug)")
    }
  }

  @Test func `where the bias is ignored, rows tell what a wanted token is worth`() throws {
    let study = try Self.study(references: 2)
    let scoring = try `Stepwise scoring`.scoring(study, .scoresWantedTokens)
    try Self.run(scoring) { ask in
      if case .next(_, .only) = ask { return .failed(Reason("bias-ignored", "another token")) }
      return Self.answer(ask)
    }
    for (text, question) in zip(scoring.texts, try study.plan().stepwise)
    where question.isOfCanary {
      let sum = text.scores(scoring.rows)?.sum(from: text.passage.before.count)
      let naive = `Stepwise scoring`.naive(text.passage.before, text.passage.ending)
      #expect(abs(try #require(sum) - naive) < 1e-9)
    }
  }

  @Test func `a token that no vocabulary lists fails its text`() throws {
    let study = try Self.study(references: 0)
    let scoring = try `Stepwise scoring`.scoring(study, [])
    try Self.run(scoring) { ask in
      guard case .next(let prefix, let listing) = ask,
        case .measured(.next(let row)) = Self.answer(ask)
      else { return Self.answer(ask) }
      // Digits are in no row.
      let kept = row.choices.filter { !(0x30...0x39).contains($0.bytes[0]) }
      _ = (prefix, listing)
      return .measured(.next(NextTokens(choices: kept)))
    }
    let reasons = Self.outcomes(scoring).values.map { $0.reason?.slug }
    #expect(reasons.allSatisfy { $0 == "token-not-listed" })
  }

  @Test func `a text longer than the context window fails alone`() throws {
    let study = try Self.study(references: 1)
    let all: Abilities = [.tokenizes, .listsNextTokens]
    let scoring = StepwiseScoring(
      try study.plan().stepwise, in: study.run,
      Capabilities(
        claimed: all, verified: all, items: [], noiseNats: 0, repeats: 0, contextTokens: 20),
      limit: dialect("llama-server").limit)
    let rounds = try Self.run(scoring)
    #expect(rounds.count == 1)
    #expect(
      Self.outcomes(scoring).values.allSatisfy { $0.reason?.slug == "text-too-long" })
  }

  @Test func `probabilities that cannot be end a search`() throws {
    let study = try Self.study(references: 0)
    let scoring = try `Stepwise scoring`.scoring(study, [])
    try Self.run(scoring)
    let ranks = `Stepwise scoring`.ranks(study, scoring, budget: 2_000)
    let error = #expect(throws: CoalmineError.self) {
      try Self.run(ranks) { ask in
        guard case .measured(.next(let row)) = Self.answer(ask) else { return Self.answer(ask) }
        return .measured(
          .next(
            NextTokens(
              choices: row.choices.map {
                NextTokens.Choice(id: $0.id, bytes: $0.bytes, logProbability: 0)
              })))
      }
    }
    #expect(error?.code == "impossible-probabilities")
  }

  @Test func `references that say enough, and tokens of several bytes, search no rank`() throws {
    let study = try Self.study(references: 0)
    let scoring = try `Stepwise scoring`.scoring(study, [])
    try Self.run(scoring) { ask in
      guard case .tokenize(let passage) = ask else { return Self.answer(ask) }
      // The secret is one token.
      return .measured(
        .tokens([
          TextToken(
            id: ScriptedModel.token(0x41), bytes: passage.before + passage.separator),
          TextToken(id: ScriptedModel.token(0x42), bytes: passage.target),
        ]))
    }
    let ranks = `Stepwise scoring`.ranks(study, scoring, budget: 2_000)
    #expect(try Self.run(ranks).isEmpty)
    #expect(
      Self.outcomes(ranks).values.allSatisfy { $0.reason?.slug == "tokens-longer-than-a-byte" })
  }

  @Test func `a larger budget goes on where a smaller one stopped`() throws {
    let study = try Self.study(references: 0)
    let scoring = try `Stepwise scoring`.scoring(study, [])
    try Self.run(scoring)
    let small = try Self.run(`Stepwise scoring`.ranks(study, scoring, budget: 64))
    let large = try Self.run(`Stepwise scoring`.ranks(study, scoring, budget: 2_000))
    #expect(small.count == 3 && large.count > 3 && Array(large.prefix(3)) == small)
  }
}
