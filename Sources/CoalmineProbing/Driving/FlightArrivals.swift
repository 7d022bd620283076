// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// What arrives: it is stored before it is read.
extension Flight {
  /// Stores what came, and then reads it.
  func take(_ arrived: [Event], _ group: inout Group) throws {
    var replies: [(request: BatchRequest, exchange: Int64, reply: Reply)] = []
    for event in arrived {
      switch event {
      case .lifted: hasTimer = false
      case .rested(let key):
        resting -= 1
        if let request = requests[key] { ready.append(request) }
      case .drained:
        // Whoever has not answered by now is given up.
        if ending != nil { group.cancelAll() }
      case .replied(let key, let exchange, .success(let reply)):
        active -= 1
        needsFreshConnection = false
        let hidden = reply.hiding(driver.endpoint.secrets)
        driver.spending.take(hidden, key)
        pending.ended.append((exchange, .answered(hidden)))
        if let request = requests[key] { replies.append((request, exchange, hidden)) }
      case .replied(let key, let exchange, .failure(let error)):
        active -= 1
        error.mayBeBilled ? driver.spending.lost(key) : driver.spending.release(key)
        pending.ended.append((exchange, Self.ending(error)))
        if let request = requests[key] { fail(request, error, &group) }
      }
    }
    guard !replies.isEmpty else { return }
    // Where all is well, others leave with the same commit; else what came is read before that.
    if trusted, ending == nil, replies.allSatisfy({ $0.reply.isPlain }) {
      try launch(&group)
    } else {
      _ = try driver.journal.commit(pending, at: driver.now())
      pending = LedgerBatch()
    }
    for (request, exchange, reply) in replies { try read(reply, of: request, exchange, &group) }
  }

  /// Stores what has come and gives up what is under way, which ends at once.
  func abandon(_ arrived: [Event]) async throws {
    var arrived = arrived
    while true {
      for case .replied(_, let exchange, let result) in arrived {
        active -= 1
        switch result {
        case .success(let reply):
          pending.ended.append((exchange, .answered(reply.hiding(driver.endpoint.secrets))))
        case .failure(let error): pending.ended.append((exchange, Self.ending(error)))
        }
      }
      guard active > 0 else { break }
      arrived = await events.next()
    }
    try settleSuspects(isCancelled: true)
    _ = try driver.journal.commit(pending, at: driver.now())
    throw CancellationError()
  }

  private static func ending(_ error: TransportError) -> LedgerBatch.Ending {
    error.mayBeBilled ? .ambiguous(error.message) : .failed(error.message)
  }
}

extension TransportError {
  /// Whether the request arrived, as far as is known: a reply that was too large to take was one.
  fileprivate var mayBeBilled: Bool { fate == .ambiguous || fate == .overLimit }
}

extension Reply {
  /// Whether nothing in it asks to slow down or to stop, as far as a glance tells.
  fileprivate var isPlain: Bool {
    status == 200 && RateLimitHeaders.wait(headers) == nil
      && !ByteSearch.contains(Array(body.prefix(512)), Array(#""error""#.utf8))
  }
}
