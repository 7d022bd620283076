// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import GRDB

extension Ledger {
  /// A page of all replies of a run, whatever was made of them, in the order in which their requests
  /// left.
  ///
  /// - Parameters:
  ///   - after: the exchange of the last reply of the page before; 0 for the first page.
  ///   - limit: the most replies of a page.
  public func replies(run: Int, after: Int64, limit: Int) throws -> [StoredExchange] {
    try readCurrent { db in
      try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT exchange.*, reply.body FROM exchange
            JOIN reply ON reply.exchange = exchange.id
            WHERE run = ? AND id > ? AND state = 'answered' ORDER BY id LIMIT ?
            """),
        arguments: [run, after, limit]
      ).map(storedExchange)
    }
  }
}
