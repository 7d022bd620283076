// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// Where requests and replies are written down: a run of a ledger, or nowhere but in memory.
protocol Journal: Sendable {
  /// What is stored of the requests of a round; those that an earlier process left under way count
  /// as asked and perhaps billed from now on.
  func requests(_ procedure: ProcedureName, round: Int) throws
    -> [RequestKey: Ledger.RequestState]

  /// What waits in batch jobs of the provider, in the order in which it left.
  func queued() throws -> [Ledger.QueuedRequest]

  /// Gives a batch job the name by which it is looked at.
  func rename(job: String, to name: String) throws

  /// A page of the stored replies of a round, in the order of their keys.
  func replies(_ procedure: ProcedureName, round: Int, after: RequestKey?, limit: Int) throws
    -> [StoredExchange]

  /// Writes down what came, what was read and what is about to leave; the numbers of the
  /// departures. When it returns, what came survives a killed process.
  func commit(_ batch: LedgerBatch, at time: String) throws -> [Int64]

  /// Stores what a procedure came to, in place of what it came to before.
  func store(_ findings: [LedgerBatch.Finding], replacing probes: Set<Probe>) throws

  /// An error as it is true here: what was answered is stored, or nothing is.
  func noting(_ error: CoalmineError, stored replies: Int) -> CoalmineError
}

/// A run of a ledger.
struct LedgerJournal: Journal {
  let ledger: Ledger
  let run: RunRecord

  func requests(_ procedure: ProcedureName, round: Int) throws
    -> [RequestKey: Ledger.RequestState]
  {
    _ = try ledger.settleInterruptedExchanges(
      run: run.number, procedure: procedure, round: round)
    return try ledger.requests(run: run.number, procedure: procedure, round: round)
  }

  func queued() throws -> [Ledger.QueuedRequest] { try ledger.queued(run: run.number) }

  func rename(job: String, to name: String) throws {
    try ledger.rename(job: job, to: name, run: run.number)
  }

  func replies(_ procedure: ProcedureName, round: Int, after: RequestKey?, limit: Int) throws
    -> [StoredExchange]
  {
    try ledger.replies(
      run: run.number, procedure: procedure, round: round, after: after, limit: limit)
  }

  func commit(_ batch: LedgerBatch, at time: String) throws -> [Int64] {
    try ledger.commit(batch, run: run.number, at: time)
  }

  func store(_ findings: [LedgerBatch.Finding], replacing probes: Set<Probe>) throws {
    guard !findings.isEmpty || !probes.isEmpty else { return }
    try ledger.store(findings, replacing: probes, run: run.number)
  }

  func noting(_ error: CoalmineError, stored replies: Int) -> CoalmineError {
    error.noting(stored: replies, in: run)
  }
}

/// Nothing is kept: the replies go to the procedure alone.
final class MemoryJournal: Journal {
  private let next = Counter()

  func requests(_ procedure: ProcedureName, round: Int) -> [RequestKey: Ledger.RequestState] {
    [:]
  }

  func queued() -> [Ledger.QueuedRequest] { [] }

  func rename(job: String, to name: String) {}

  func replies(_ procedure: ProcedureName, round: Int, after: RequestKey?, limit: Int)
    -> [StoredExchange]
  { [] }

  func commit(_ batch: LedgerBatch, at time: String) -> [Int64] {
    batch.departing.map { _ in next.next() }
  }

  func store(_ findings: [LedgerBatch.Finding], replacing probes: Set<Probe>) {}

  func noting(_ error: CoalmineError, stored replies: Int) -> CoalmineError { error }
}
