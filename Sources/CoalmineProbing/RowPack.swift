// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// A request for the rows after some prefixes.
struct RowPack: Sendable {
  let number: Int
  let prefixes: [[Int]]
  let listing: RowLength
  let dialect: any WalkingDialect.Type
  let endpoint: Endpoint
  /// The texts that begin with the prefixes; called for the words of an error alone.
  let sent: @Sendable () -> SentTexts

  var pack: ProbePack {
    .splitting(prefixes, number: number) { number, prefixes in
      let part = self.part(number, prefixes)
      return ProbePack(
        number: number, asked: [],
        request: { () throws(CoalmineError) in
          try part.dialect.expansion(of: prefixes, listing: part.listing)
        },
        read: { reply in
          PackReading(
            part.dialect.readRows(reply, count: prefixes.count, at: part.endpoint), of: reply,
            prompts: prefixes.count)
        },
        sent: part.sent)
    }
  }

  private func part(_ number: Int, _ prefixes: [[Int]]) -> RowPack {
    RowPack(
      number: number, prefixes: prefixes, listing: listing, dialect: dialect, endpoint: endpoint,
      sent: sent)
  }

  /// One row a prefix, out of the replies to this request or to its parts.
  ///
  /// - Parameter reply: the reply to a request; `nil` where it was asked in halves.
  func read(_ reply: (Int) throws -> DialectReply?) throws -> StepReading<[NextTokens]> {
    if let found = try reply(number) {
      return dialect.readRows(found, count: prefixes.count, at: endpoint)
    }
    guard prefixes.count > 1, let (left, right) = PackNumber.halves(of: number) else {
      throw Ledger.unreadable
    }
    let middle = RequestSize.half(prefixes.count)
    var rows: [NextTokens] = []
    for part in [
      part(left, Array(prefixes[..<middle])), part(right, Array(prefixes[middle...])),
    ] {
      switch try part.read(reply) {
      case .value(let found): rows += found
      case let other: return other
      }
    }
    return .value(rows)
  }

  /// One row a prefix, out of stored replies.
  func rows(in ledger: Ledger, of run: RunRecord) throws -> [NextTokens] {
    guard
      case .value(let rows) = try read({ try ledger.wholeReply(toPack: $0, run: run.number) })
    else { throw Ledger.unreadable }
    return rows
  }
}
