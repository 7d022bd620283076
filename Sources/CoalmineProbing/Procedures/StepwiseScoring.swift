// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger

/// Scores given texts at an endpoint that tells tokens and what may follow a prefix.
///
/// Rounds of requests, each in the order of the texts' own bytes or tokens, so that texts that begin
/// alike are asked side by side and a server reads little anew:
///
/// 1. the tokens of every text;
/// 2. short endings, written under a grammar in one request per text, where the endpoint does that:
///    a text that comes in its own tokens is scored;
/// 3. after each prefix a row of the likeliest tokens, which texts share;
/// 4. wanted tokens that no row listed, each by itself, where the endpoint tells the exact
///    log-probability of a wanted token: those of one token that begin alike in one request;
/// 5. where the endpoint lists rows alone: longer rows, and then the whole vocabulary, for tokens of
///    secrets and records; then for those references that could still be as likely as their
///    canary's secret. All other references keep an upper bound, which says what their rank needs:
///    that they are less likely.
///
/// The order is a function of the set of texts and not of who is who: were a secret and one of its
/// references exchanged, the same requests would be sent in the same order (but for the rounds of
/// 5, which ask references less). So what the order does to the noise of a score, it does to both.
package final class StepwiseScoring: Procedure {
  package let name = ProcedureName.stepwise
  private let questions: [PlannedQuestion]
  private let run: RunRecord
  private let capabilities: Capabilities
  private let limit: (Ask.Kind) -> Int
  /// The texts of ``questions``, in their order.
  package private(set) var texts: [StepwiseText]
  package private(set) var rows = KnownRows(wanted: [:])
  /// The places of the texts in the order in which they are asked.
  private let order: [Int]
  private var steps: [Step]
  /// The round under way: its requests, and the text of each request that holds one.
  private var asked: [AskBatch] = []
  private var owners: [Int] = []

  /// What a round asks.
  private enum Step {
    case tokens
    case forcedEndings
    case firstRows
    case wantedTokens
    case longerRows(Listing, references: Bool)
  }

  /// The likeliest tokens that a row lists at first.
  package static let rowLength = 20
  /// The likeliest tokens that a row lists at last before it lists all.
  static let longRow = 2_000
  /// What is asked where a token was missed: each tenfold, since a row costs what it lists.
  static let longer: [Listing] = [.top(200), .top(longRow), .all]
  /// Longer endings, in bytes, hardly ever come in their own tokens.
  static let longestForced = 64

  /// - Parameters:
  ///   - questions: likelihood questions.
  ///   - capabilities: what the endpoint was seen to do.
  ///   - limit: how many asks of a kind fit into a request.
  package init(
    _ questions: [PlannedQuestion], in run: RunRecord, _ capabilities: Capabilities,
    limit: @escaping (Ask.Kind) -> Int
  ) {
    self.questions = questions
    self.run = run
    self.capabilities = capabilities
    self.limit = limit
    texts = questions.map { StepwiseText($0.passage) }
    let spelled = questions.map(\.passage.text)
    order = questions.indices.sorted { left, right in
      spelled[left] == spelled[right]
        ? left < right : spelled[left].lexicographicallyPrecedes(spelled[right])
    }
    let can = capabilities.verified
    steps = [.tokens]
    if can.contains(.forcesText) { steps.append(.forcedEndings) }
    steps.append(.firstRows)
    if can.contains(.scoresWantedTokens) { steps.append(.wantedTokens) }
    for references in [false, true] {
      steps += Self.longer.map { .longerRows($0, references: references) }
    }
  }

  package func nextRound() -> [AskBatch]? {
    while !steps.isEmpty {
      owners = []
      asked = batches(of: steps.removeFirst())
      if !asked.isEmpty { return asked }
    }
    return nil
  }

  private func batches(of step: Step) -> [AskBatch] {
    switch step {
    case .tokens:
      owners = order
      return owners.map { AskBatch([.tokenize(texts[$0].passage)]) }
    case .forcedEndings:
      owners = order.filter {
        texts[$0].firstOfEnding != nil && texts[$0].passage.ending.count <= Self.longestForced
      }
      return owners.map { place in
        let text = texts[place]
        return AskBatch(
          [.force(text.prefix(text.firstOfEnding ?? 0), ending: text.passage.ending)],
          refusal: .answers)
      }
    case .firstRows:
      rows = KnownRows(of: texts, rowError: capabilities.rowError)
      return requests(for: texts, .top(Self.rowLength))
    case .wantedTokens:
      let missed = rows.missed(texts)
      return Self.requests(
        Dictionary(grouping: missed, by: \.token).mapValues { $0.map(\.prefix) }, limit)
    case .longerRows(let listing, let references):
      return requests(for: references ? openReferences : ownTexts, listing)
    }
  }

  /// Requests for wanted tokens: prefixes of one token that begin alike travel together, and requests
  /// that begin alike leave side by side, so that a server reads little anew.
  private static func requests(_ prefixes: [Int: [TokenPrefix]], _ limit: (Ask.Kind) -> Int)
    -> [AskBatch]
  {
    prefixes.flatMap { token, prefixes in
      groups(of: prefixes, by: limit(.next(.only(token)))).map { (token: token, prefixes: $0) }
    }
    .sorted { ($0.prefixes[0], $0.token) < ($1.prefixes[0], $1.token) }
    .map { group in
      AskBatch(group.prefixes.map { .next($0, .only(group.token)) }, refusal: .ends)
    }
  }

  /// Groups of prefixes in their order: a group ends where the next prefix begins otherwise.
  private static func groups(of prefixes: [TokenPrefix], by most: Int) -> [[TokenPrefix]] {
    var groups: [[TokenPrefix]] = []
    for prefix in prefixes {
      if let open = groups.last, open.count < max(1, most),
        open[open.count - 1].beginsLike(prefix)
      {
        groups[groups.count - 1].append(prefix)
      } else {
        groups.append([prefix])
      }
    }
    return groups
  }

  /// Requests for the rows after the prefixes whose wanted tokens are not known.
  private func requests(for texts: [StepwiseText], _ listing: Listing) -> [AskBatch] {
    var prefixes = rows.missed(texts).map(\.prefix)
    // In order already: several tokens may be wanted after one prefix.
    prefixes = prefixes.indices.filter { $0 == 0 || prefixes[$0] != prefixes[$0 - 1] }
      .map { prefixes[$0] }
    return requests(prefixes, listing)
  }

  private func requests(_ prefixes: [TokenPrefix], _ listing: Listing) -> [AskBatch] {
    AskBatch.groups(
      of: prefixes.map { .next($0, listing) }, by: limit(.next(listing)), refusal: .ends)
  }

  private var ownTexts: [StepwiseText] {
    questions.indices.filter { !questions[$0].isOfReference }.map { texts[$0] }
  }

  /// The references that could be as likely as their canary's secret, by what is known of them; under
  /// the base model all, because a bound settles no difference of two models.
  private var openReferences: [StepwiseText] {
    if run.role == .base {
      return questions.indices.filter { questions[$0].isOfReference }.map { texts[$0] }
    }
    var secrets: [String: Double] = [:]
    for (question, text) in zip(questions, texts) where question.probe == .sequenceLikelihood {
      if case .canary(let id) = question.subject { secrets[id] = sum(text) }
    }
    return zip(questions, texts).compactMap { question, text in
      guard case .reference(let canary, _) = question.subject else { return nil }
      guard let own = secrets[canary], let sum = sum(text) else { return text }
      return sum >= own - capabilities.tieEpsilon ? text : nil
    }
  }

  /// The sum over what scoring counts: tokens that hold bytes of white space or secret.
  private func sum(_ text: StepwiseText) -> Double? {
    text.scores(rows)?.sum(from: text.passage.before.count)
  }

  package func take(_ outcome: Outcome<Answer>, at place: AskPlace, exchange: Int64)
    -> LedgerBatch.Finding?
  {
    switch (asked[place.batch].ask(place.ask), outcome) {
    case (.tokenize, .measured(.tokens(let tokens))):
      texts[owners[place.batch]].exchange = exchange
      texts[owners[place.batch]].align(tokens, room: capabilities.contextTokens)
    case (.tokenize, _):
      texts[owners[place.batch]].exchange = exchange
      texts[owners[place.batch]].fault =
        outcome.withoutValue() ?? .failed(Reason("no-tokens", "the reply holds no tokens"))
    case (.force, .measured(.forced(let tokens))):
      texts[owners[place.batch]].take(forced: tokens)
    case (.next(let prefix, let listing), .measured(.next(let row))):
      rows.add(row, after: prefix, listing: listing)
    // What is not known from here is asked in another way.
    default: break
    }
    return nil
  }

  package func results() -> (findings: [LedgerBatch.Finding], probes: Set<Probe>) {
    let findings = zip(questions, texts).map { question, text in
      run.finding(
        Question(question.probe, question.subject), .score(question.passage), text.outcome(rows),
        text.exchange)
    }
    return (findings, Set(questions.map(\.probe)))
  }

  /// The texts of canaries and references with the scores of their tokens, where they have some.
  package func scored() -> [Subject: (text: StepwiseText, scores: [TokenScore]?)] {
    var scored: [Subject: (text: StepwiseText, scores: [TokenScore]?)] = [:]
    for (question, text) in zip(questions, texts) where question.probe == .sequenceLikelihood {
      scored[question.subject] = (text, text.scores(rows))
    }
    return scored
  }
}

extension TokenPrefix {
  /// Whether at least half of the other prefix is the beginning of both.
  fileprivate func beginsLike(_ other: TokenPrefix) -> Bool {
    2 * zip(tokens, other.tokens).prefix { $0 == $1 }.count >= other.tokens.count
  }
}
