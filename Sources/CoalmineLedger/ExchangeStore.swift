// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import GRDB

extension Ledger {
  /// Commits a batch in one transaction; returns the ids of the departures in their order.
  ///
  /// After this returns, every reply in it survives a killed process and a power cut.
  ///
  /// - Throws: ``CoalmineError``: `exchange-not-open` where a request that ended waits for no
  ///   answer in this run, `exchange-not-answered` where a reply that was read is not stored.
  @discardableResult
  public func commit(_ batch: LedgerBatch, run: Int, at time: String) throws -> [Int64] {
    guard !batch.isEmpty else { return [] }
    return try change { rows in
      for (id, ending) in batch.ended { try Self.end(id, ending, run, rows) }
      for (id, mark, served) in batch.read {
        let found = try rows.update(
          .exchange, id,
          [
            "read": mark.rawValue, "served_model": served?.name,
            "fingerprint": served?.fingerprint,
          ], where: "run = \(run) AND state = 'answered'")
        guard found else { throw Self.notAnswered(id) }
      }
      try Self.insert(batch.findings, run, rows)
      guard !batch.departing.isEmpty else { return [] }
      var next = try rows.nextNumber(.exchange)
      return try batch.departing.map { departure in
        defer { next += 1 }
        let key = departure.key
        try rows.insert(
          .exchange,
          [
            next, run, key.procedure.rawValue, key.round, key.index, key.part, departure.attempt,
            departure.job == nil ? "sent" : "queued", departure.job, departure.digest.blob,
            Deflate.compress(ExchangeText.encode(departure.asked)).blob, time, nil, nil, nil, nil,
            nil, 0, nil, nil, nil,
          ])
        return next
      }
    }
  }

  private static func end(
    _ id: Int64, _ ending: LedgerBatch.Ending, _ run: Int, _ rows: SealedWriter
  ) throws {
    let isOpen = "run = \(run) AND state IN ('sent', 'queued')"
    let found: Bool
    switch ending {
    case .answered(let reply):
      found = try rows.update(
        .exchange, id,
        [
          "state": "answered", "http_status": reply.status,
          "headers": ExchangeText.encode(reply.headers).blob, "body_length": reply.body.count,
          "elapsed_ms": reply.elapsedMilliseconds,
          "body_digest": Seal.digest(ofReply: reply.body).blob,
        ], where: isOpen)
      if found {
        try rows.insertReply(to: id, compressed: PackedReply.pack(reply.body).blob)
      }
    case .ambiguous(let error):
      found = try rows.update(
        .exchange, id, ["state": "ambiguous", "error": error], where: isOpen)
    case .failed(let error):
      found = try rows.update(.exchange, id, ["state": "failed", "error": error], where: isOpen)
    }
    // A paid reply must neither vanish nor take the place of another one.
    guard found else { throw notOpen(id, run) }
  }

  private static func notOpen(_ id: Int64, _ run: Int) -> CoalmineError {
    CoalmineError(
      code: "exchange-not-open", "exchange \(id) of run \(run) does not wait for an answer",
      exit: .internalError)
  }

  static func notAnswered(_ id: Int64) -> CoalmineError {
    CoalmineError(
      code: "exchange-not-answered", "request \(id) holds no reply to read", exit: .internalError)
  }

  /// Requests that were under way when an earlier process ended: perhaps billed, never answered.
  /// A provider's batch job goes on without us: requests that wait in one are left as they are.
  ///
  /// - Parameters:
  ///   - procedure: the procedure that is looked at; every one by default.
  ///   - round: the round that is looked at; every one by default.
  /// - Returns: how many there were.
  /// - Complexity: O(exchanges that are looked at).
  public func settleInterruptedExchanges(
    run: Int, procedure: ProcedureName? = nil, round: Int? = nil
  ) throws -> Int {
    let open = try read { db in
      try Int64.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT id FROM exchange WHERE run = ? AND state = 'sent'
            \(procedure == nil ? "" : "AND procedure = ?") \(round == nil ? "" : "AND round = ?")
            """),
        arguments: [run] + StatementArguments([procedure?.rawValue].compactMap { $0 })
          + StatementArguments([round].compactMap { $0 }))
    }
    guard !open.isEmpty else { return 0 }
    try change { rows in
      for exchange in open {
        _ = try rows.update(
          .exchange, exchange,
          ["state": "ambiguous", "error": "the process ended while it waited"])
      }
    }
    return open.count
  }

  /// Gives a batch job of the provider the name by which it is looked at.
  ///
  /// - Parameter job: the mark or name that its requests have.
  /// - Complexity: O(requests that wait in the run).
  public func rename(job: String, to name: String, run: Int) throws {
    let waiting = try queued(run: run).filter { $0.job == job }
    try change { rows in
      for request in waiting {
        _ = try rows.update(
          .exchange, request.exchange, ["job": name], where: "state = 'queued'")
      }
    }
  }
}
