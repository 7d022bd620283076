// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger

/// What to ask next, and what the answers come to.
///
/// A procedure knows no endpoint, no clock and no ledger: rounds of requests follow from what it was
/// made of and from the answers to earlier rounds alone, never from the order in which answers
/// arrive. So a run that was interrupted at any instant plans the same rounds again, and a test
/// needs no server.
///
/// ```swift
/// while let round = try procedure.nextRound() {
///   for (batch, asks) in round.enumerated() {
///     for (place, ask) in asks.asks.enumerated() {
///       _ = try procedure.take(answer(ask), at: AskPlace(batch: batch, ask: place), exchange: 1)
///     }
///   }
/// }
/// ```
package protocol Procedure: AnyObject {
  /// The name under which its requests are stored.
  var name: ProcedureName { get }

  /// The requests of the next round, when every ask of the last one has its outcome; `nil` when
  /// nothing is left to ask.
  func nextRound() throws -> [AskBatch]?

  /// Takes the outcome of one ask of the round, in any order.
  ///
  /// - Parameter exchange: the number of the request that was answered.
  /// - Returns: what follows from this outcome alone; `nil` where more must be known.
  /// - Throws: ``CoalmineError`` where the answer cannot be true.
  func take(_ outcome: Outcome<Answer>, at place: AskPlace, exchange: Int64) throws
    -> LedgerBatch.Finding?

  /// Whether every outcome is taken by itself, so that a reply that was read once is never needed
  /// again.
  var takesEachAlone: Bool { get }

  /// Whether its requests can wait a day in a batch job: nothing else is asked by their answers.
  var mayWait: Bool { get }

  /// What follows when nothing is left to ask, and the probes whose earlier observations it
  /// replaces.
  func results() -> (findings: [LedgerBatch.Finding], probes: Set<Probe>)
}

extension Procedure {
  package var takesEachAlone: Bool { false }
  package var mayWait: Bool { false }
  package func results() -> (findings: [LedgerBatch.Finding], probes: Set<Probe>) { ([], []) }
}

/// Where an ask stands in its round.
package struct AskPlace: Sendable, Hashable {
  package let batch: Int
  package let ask: Int

  package init(batch: Int, ask: Int) {
    self.batch = batch
    self.ask = ask
  }
}
