// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger

extension Ledger {
  /// The reply that answers a request; `nil` where none is stored, or none that was of use, or the
  /// request was refused and asked in parts.
  func answer(to key: RequestKey, run: Int) throws -> StoredExchange? {
    try replies(run: run, procedure: key.procedure, round: key.round, limit: .max)
      .first { $0.key == key && $0.mark != .refused }
  }
}
