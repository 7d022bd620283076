// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import GRDB

/// What is stored of the requests of a run. Of a file that is only read, ask a copy.
extension Ledger {
  /// What is stored of one request.
  public struct RequestState: Sendable, Equatable {
    /// How often it left.
    public internal(set) var attempts: Int
    /// How often of these it ended without a reply, and may have been billed.
    public internal(set) var lost = 0
    /// How often of these its reply was of no use.
    public internal(set) var useless = 0
    /// In how many batch jobs it was, or may have been: those that were never submitted do not count.
    public internal(set) var jobs = 0
    /// Whether a reply counts: one that is stored and was not useless; the first of several.
    public internal(set) var answered: Bool
    /// SHA-256 of the body of the request that this reply answers.
    public internal(set) var digest: [UInt8]?
    /// The mark of this reply; `nil` where nobody has read it yet.
    public internal(set) var mark: LedgerBatch.Mark?
    /// Whether this reply refused the whole request, which is asked in parts.
    public var isRefused: Bool { mark == .refused }
  }

  /// The requests of a round and their parts, by key.
  ///
  /// - Complexity: O(exchanges of the round).
  public func requests(run: Int, procedure: ProcedureName, round: Int) throws
    -> [RequestKey: RequestState]
  {
    try readCurrent { db in
      var found: [RequestKey: RequestState] = [:]
      let rows = try Row.fetchCursor(
        db.cachedStatement(
          sql: """
            SELECT place, part, state = 'answered' AND read <> 2 AS counts, read, request_digest,
              state = 'ambiguous' AS lost, state = 'answered' AND read = 2 AS useless,
              job IS NOT NULL AND job NOT LIKE 'planned:%' AS in_job
            FROM exchange WHERE run = ? AND procedure = ? AND round = ? ORDER BY id
            """), arguments: [run, procedure.rawValue, round])
      while let row = try rows.next() {
        let key = RequestKey(
          procedure, round: round, index: try row.value("place"), part: try row.value("part"))
        var state =
          found[key] ?? RequestState(attempts: 0, answered: false, digest: nil, mark: nil)
        state.attempts += 1
        if try row.value("lost") { state.lost += 1 }
        if try row.value("useless") { state.useless += 1 }
        if try row.value("in_job") { state.jobs += 1 }
        if !state.answered, try row.value("counts") {
          state.answered = true
          state.digest = try row.bytes("request_digest")
          state.mark = try self.mark(row)
        }
        found[key] = state
      }
      return found
    }
  }

  /// A page of the replies of a round that count, in the order of their keys: those that are not
  /// read yet, were read or refused their request, and of each request the first.
  ///
  /// - Parameters:
  ///   - after: the last key of the page before.
  ///   - limit: the most replies of a page.
  /// - Complexity: O(exchanges of the round) and the size of the replies of the page.
  public func replies(
    run: Int, procedure: ProcedureName, round: Int, after: RequestKey? = nil, limit: Int
  ) throws -> [StoredExchange] {
    try readCurrent { db in
      try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT exchange.*, reply.body FROM exchange
            LEFT JOIN reply ON reply.exchange = exchange.id
            WHERE run = ? AND procedure = ? AND round = ? AND (place, part) > (?, ?)
              AND state = 'answered' AND read <> 2
              AND NOT EXISTS (
                SELECT 1 FROM exchange AS other
                WHERE other.run = exchange.run AND other.procedure = exchange.procedure
                  AND other.round = exchange.round AND other.place = exchange.place
                  AND other.part = exchange.part AND other.state = 'answered'
                  AND other.read <> 2 AND other.id < exchange.id)
            ORDER BY place, part LIMIT ?
            """),
        arguments: [
          run, procedure.rawValue, round, after?.index ?? -1, after?.part ?? 0, limit,
        ]
      ).map(storedExchange)
    }
  }

  /// A request that waits in a batch job of the provider.
  public struct QueuedRequest: Sendable, Equatable {
    public let exchange: Int64
    public let key: RequestKey
    /// SHA-256 of the request's body.
    public let digest: [UInt8]
    /// The job's name, or its mark before it has one.
    public let job: String
  }

  /// The requests that wait in a batch job of the provider, in the order in which they left.
  ///
  /// - Complexity: O(exchanges of the run).
  public func queued(run: Int) throws -> [QueuedRequest] {
    try readCurrent { db in
      try Row.fetchAll(
        db.cachedStatement(
          sql: "SELECT * FROM exchange WHERE run = ? AND state = 'queued' ORDER BY id"),
        arguments: [run]
      ).map {
        QueuedRequest(
          exchange: try $0.value("id"), key: try key($0),
          digest: try $0.bytes("request_digest"), job: try $0.value("job"))
      }
    }
  }

  /// Which models the replies of a run say that they come from, in the order of the first reply of
  /// each. Replies that name neither a model nor a fingerprint are in none.
  ///
  /// - Parameter look: the round of the replies by which a model is known again when the run goes
  ///   on; they are none of the run's answers, which are meant without it.
  public func served(run: Int, look: Int? = nil) throws
    -> [(model: ServedModel, replies: Int)]
  {
    // Older versions kept no names.
    guard version >= 4 else { return [] }
    return try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT served_model, fingerprint, count(*) AS replies FROM exchange
          WHERE run = ? AND (served_model IS NOT NULL OR fingerprint IS NOT NULL)
            AND CASE WHEN procedure = 'fingerprint' THEN round END IS ?
          GROUP BY served_model, fingerprint ORDER BY min(id)
          """, arguments: [run, look]
      ).map {
        (
          ServedModel(
            name: try $0.value("served_model"), fingerprint: try $0.value("fingerprint")),
          try $0.value("replies")
        )
      }
    }
  }

  private func key(_ row: Row) throws -> RequestKey {
    guard let procedure = ProcedureName(rawValue: try row.value("procedure")) else {
      throw damaged("the procedure of a request")
    }
    return RequestKey(
      procedure, round: try row.value("round"), index: try row.value("place"),
      part: try row.value("part"))
  }

  private func mark(_ row: Row) throws -> LedgerBatch.Mark? {
    let number: Int = try row.value("read")
    guard number != 0 else { return nil }
    guard let mark = LedgerBatch.Mark(rawValue: number) else {
      throw damaged("the mark of a reply")
    }
    return mark
  }

  func storedExchange(_ row: Row) throws -> StoredExchange {
    let id: Int64 = try row.value("id")
    let digest = try row.bytes("body_digest")
    guard let body = PackedReply.unpack(try row.bytes("body")),
      body.count == (try row.value("body_length")), digest == Seal.digest(ofReply: body)
    else { throw altered(Self.changedReply(row)) }
    guard let queries = Deflate.inflate(try row.bytes("queries")),
      let asked = ExchangeText.questions(queries)
    else { throw damaged("the questions of \(SealedTable.exchange.object(row))") }
    return StoredExchange(
      id: id, key: try key(row), asked: asked,
      reply: Reply(
        status: try row.value("http_status"),
        headers: ExchangeText.headers(try row.bytes("headers")), body: body,
        elapsedMilliseconds: try row.value("elapsed_ms")),
      mark: try mark(row))
  }
}
