// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// One request of a run: what it sends, and what its reply means.
///
/// Its number is its name in the ledger, so it must follow from the study, the run and replies that
/// are stored already, never from the order in which replies arrive.
package struct ProbePack: Sendable {
  package let number: Int
  /// What the ledger notes that it asks; empty for the steps of a walk.
  let asked: [AskedQuery]
  let request: @Sendable () throws(CoalmineError) -> DialectRequest
  let read: @Sendable (DialectReply) -> PackReading
  /// What the request holds where `read` does not know it: for the words of an error alone.
  let sent: (@Sendable () -> SentTexts)?
  /// How many prompts the request holds.
  package private(set) var prompts = 1
  /// The same prompts in two requests; `nil` where there is only one prompt.
  private(set) var halves: (@Sendable () -> [ProbePack])?

  package init(
    number: Int, asked: [AskedQuery],
    request: @escaping @Sendable () throws(CoalmineError) -> DialectRequest,
    read: @escaping @Sendable (DialectReply) -> PackReading,
    sent: (@Sendable () -> SentTexts)? = nil
  ) {
    self.number = number
    self.asked = asked
    self.request = request
    self.read = read
    self.sent = sent
  }
}

extension ProbePack {
  /// A request of several prompts that can be asked in halves.
  ///
  /// - Parameter make: the request with that number that holds these prompts.
  static func splitting<Prompt: Sendable>(
    _ prompts: [Prompt], number: Int, make: @escaping @Sendable (Int, [Prompt]) -> ProbePack
  ) -> ProbePack {
    var pack = make(number, prompts)
    pack.prompts = prompts.count
    if prompts.count > 1, let (left, right) = PackNumber.halves(of: number) {
      let middle = RequestSize.half(prompts.count)
      pack.halves = {
        [
          splitting(Array(prompts[..<middle]), number: left, make: make),
          splitting(Array(prompts[middle...]), number: right, make: make),
        ]
      }
    }
    return pack
  }

  /// The same request, and its parts, with another reading of their replies.
  func reading(_ read: @escaping @Sendable (DialectReply, ProbePack) -> PackReading) -> ProbePack {
    let whole = self
    var pack = ProbePack(
      number: number, asked: asked, request: request, read: { read($0, whole) }, sent: sent)
    pack.prompts = prompts
    if let halves { pack.halves = { halves().map { $0.reading(read) } } }
    return pack
  }

  /// The part of this request that has the number; `nil` where there is none.
  func part(_ number: Int) -> ProbePack? {
    if number == self.number { return self }
    guard let parent = PackNumber.parent(of: number), let pack = part(parent) else { return nil }
    return pack.halves?().first { $0.number == number }
  }
}

/// What a request holds of texts, spelled or as token numbers.
package struct SentTexts: Sendable {
  var queries: [Query]
  var prefixes: [[Int]] = []

  /// Nothing that must not be shown.
  static let publicTexts = SentTexts(queries: [])
}

extension ProbePack {
  /// A reply to this pack, which knows what it answers.
  func reply(_ raw: DialectReply, at endpoint: Endpoint) -> DialectReply {
    var reply = raw
    let (request, sent) = (request, sent)
    reply.request = {
      let path = try? request().path
      let texts = sent?()
      return AnsweredRequest(
        url: path.map(endpoint.address) ?? endpoint.url, queries: texts?.queries,
        prefixes: texts?.prefixes ?? [])
    }
    return reply
  }
}

/// What became of a reply.
package enum PackReading: Sendable {
  /// The answers to what was asked; none for the step of a walk.
  case answers([ReadAnswer])
  case retry(Reason)
  /// The request is refused as it is. Where it holds several prompts it is asked in halves; for a
  /// single one, these are the answers.
  case refused(CoalmineError, lone: [ReadAnswer])
  case stop(CoalmineError)
}

extension PackReading {
  /// A step of a walk: it answers no question by itself.
  ///
  /// - Parameter prompts: how many the request holds; one alone that is refused stops the run.
  init<Value>(_ step: StepReading<Value>, of reply: DialectReply, prompts: Int = 1) {
    switch step {
    case .value: self = .answers([])
    case .retry(let reason): self = .retry(reason)
    case .stop(let error):
      self = prompts > 1 && error.isAboutTexts(reply) ? .refused(error, lone: []) : .stop(error)
    }
  }
}

extension QueryPlan.Pack {
  /// The pack as a request of one dialect.
  package func probe(_ dialect: any Dialect.Type, at endpoint: Endpoint, in run: RunRecord)
    -> ProbePack
  {
    let seed = seed
    return .splitting(queries, number: number) { number, queries in
      ProbePack(
        number: number,
        asked: queries.map { AskedQuery(probe: $0.probe, subject: $0.subject) },
        request: { () throws(CoalmineError) in
          try dialect.request(queries, to: endpoint, seed: seed)
        },
        read: { reply in
          switch dialect.read(reply, for: queries, at: endpoint) {
          case .answers(let outcomes):
            return .answers(
              zip(queries, outcomes).map { query, outcome in query.answer(outcome, in: run) })
          case .retry(let reason): return .retry(reason)
          case .stop(let error):
            guard error.isAboutTexts(reply) else { return .stop(error) }
            let lone = queries.map { $0.answer(.without($0, error), in: run) }
            // A long text travels alone: its length is the likely reason.
            return queries.count == 1 && queries.allSatisfy(\.isLong)
              ? .answers(lone) : .refused(error, lone: lone)
          }
        })
    }
  }
}

extension Outcome<Observation> {
  /// What is known of a text that the endpoint did not take.
  static func without(_ query: Query, _ error: CoalmineError) -> Outcome {
    let words = error.details.first.map { "; \($0)" } ?? ""
    return error.isFilter
      ? .censored(
        Reason("content-filtered", "a content filter of the endpoint held the text back" + words))
      : .failed(
        Reason(
          "text-refused",
          "the endpoint refused a text of \(query.prompt.count + query.target.count) bytes" + words)
      )
  }
}

extension Query {
  /// An outcome of this question, as the ledger keeps it.
  func answer(_ outcome: Outcome<Observation>, in run: RunRecord) -> ReadAnswer {
    ReadAnswer(
      query: AskedQuery(probe: probe, subject: subject), queryID: identity(run), outcome: outcome)
  }
}

extension DialectReply {
  /// A stored reply, as a dialect reads it.
  init(_ raw: RawReply) {
    self.init(status: raw.status, headers: raw.headers, body: raw.body)
  }
}

extension Ledger {
  /// The stored reply to a pack, whose round is complete.
  func storedReply(toPack pack: Int, run: Int) throws -> (reply: DialectReply, exchange: Int64) {
    guard let stored = try answer(toPack: pack, run: run) else { throw Self.unreadable }
    return (DialectReply(stored.reply), stored.id)
  }

  /// The stored reply to a pack; `nil` where it was asked in halves.
  func wholeReply(toPack pack: Int, run: Int) throws -> DialectReply? {
    try answer(toPack: pack, run: run).map { DialectReply($0.reply) }
  }

  static let unreadable = CoalmineError(
    code: "ledger-damaged", "a stored reply cannot be read any more",
    help: "was the ledger written by another version of coalmine?", exit: .badData)
}
