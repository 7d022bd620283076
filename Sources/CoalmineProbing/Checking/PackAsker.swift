// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// Sends packs and keeps their replies.
protocol PackAsker {
  /// Asks what has no reply yet.
  ///
  /// - Returns: whether every pack has a reply now.
  func ask(_ packs: [ProbePack]) async throws -> Bool

  /// The reply to a pack, or to a part of one; `nil` where it was asked in halves.
  func reply(to pack: Int) throws -> DialectReply?
}

/// Asks in a run: replies are committed before they are read, and never asked for again.
final class LedgerAsker: PackAsker {
  private let runner: ProbeRunner
  private(set) var tally: ProbeRunner.Tally
  private var packs: [Int: ProbePack] = [:]

  init(_ runner: ProbeRunner, after tally: ProbeRunner.Tally) {
    self.runner = runner
    self.tally = tally
  }

  func ask(_ packs: [ProbePack]) async throws -> Bool {
    for pack in packs { self.packs[pack.number] = pack }
    tally = try await runner.execute(packs, after: tally)
    return tally.isComplete
  }

  func reply(to pack: Int) throws -> DialectReply? {
    guard let reply = try runner.ledger.wholeReply(toPack: pack, run: runner.run.number) else {
      return nil
    }
    return packs[PackNumber.whole(pack)]?.part(pack)?.reply(reply, at: runner.endpoint) ?? reply
  }
}
