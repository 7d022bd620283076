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
  case stop(CoalmineError)
}

extension PackReading {
  /// A step of a walk: it answers no question by itself.
  init<Value>(_ step: StepReading<Value>) {
    switch step {
    case .value: self = .answers([])
    case .retry(let reason): self = .retry(reason)
    case .stop(let error): self = .stop(error)
    }
  }
}

extension QueryPlan.Pack {
  /// The pack as a request of one dialect.
  package func probe(_ dialect: any Dialect.Type, at endpoint: Endpoint, in run: RunRecord)
    -> ProbePack
  {
    ProbePack(
      number: number,
      asked: queries.map { AskedQuery(probe: $0.probe, subject: $0.subject) },
      request: { () throws(CoalmineError) in
        try dialect.request(queries, to: endpoint, seed: seed)
      },
      read: { reply in
        switch dialect.read(reply, for: queries, at: endpoint) {
        case .answers(let outcomes):
          .answers(
            zip(queries, outcomes).map { query, outcome in query.answer(outcome, in: run) })
        case .retry(let reason): .retry(reason)
        case .stop(let error):
          // Only a long text travels alone: what refuses it would take the others.
          if let long = queries.first, long.isLong, error.code == "request-refused" {
            .answers([
              long.answer(
                .failed(
                  Reason(
                    "text-refused",
                    "the endpoint refused a text of \(long.prompt.count + long.target.count) bytes")
                ), in: run)
            ])
          } else {
            .stop(error)
          }
        }
      })
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

  static let unreadable = CoalmineError(
    code: "ledger-damaged", "a stored reply cannot be read any more",
    help: "was the ledger written by another version of coalmine?", exit: .badData)
}
