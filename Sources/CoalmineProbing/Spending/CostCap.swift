// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

extension Driver {
  /// Takes a request that is about to leave into the account of the run's cost.
  ///
  /// - Returns: whether it may leave.
  func mayAfford(_ request: BatchRequest, _ post: HTTPRequest, inBatch: Bool = false) -> Bool {
    // Without a price no bound is needed.
    guard spending.price != nil else { return true }
    return spending.reserve(request.key, TokenBound(post, request), inBatch: inBatch)
  }

  /// Takes a request into account that waits in a batch job of an earlier call: it is paid for, whatever the
  /// limit says.
  func hold(_ request: BatchRequest) throws(CoalmineError) {
    guard spending.price != nil else { return }
    spending.hold(request.key, TokenBound(try httpRequest(request), request), inBatch: true)
  }

  /// Takes into account what may have been billed in an earlier call and tells no tokens: requests that
  /// ended without a reply, and replies without counts.
  func countUnseen(
    _ wholes: [RequestKey: BatchRequest], _ stored: [RequestKey: Ledger.RequestState]
  ) throws {
    try spending.takeUnseen(of: wholes, stored) { TokenBound(try httpRequest($0), $0) }
  }

  /// Why the run ends where the next request could cost more than is left.
  var costCapReached: CoalmineError {
    let spent = spending.spend
    return CoalmineError(
      code: "cost-cap-reached",
      "the run has cost USD \(Dollars.text(spent.dollars ?? 0)), and the next request could exceed "
        + "the limit of USD \(Dollars.text(spending.limit ?? 0))",
      details: ["it can cost at most what its bytes and its limit of tokens allow"],
      help: "the same command with a higher '--max-cost' goes on", exit: .incomplete)
  }
}

extension SpendMeter {
  /// The meter of a run: what is stored of it counts, where a price makes it dollars. Without one no
  /// stored reply is read again, and the meter counts the tokens of this call alone.
  ///
  /// - Throws: ``CoalmineError`` with code `price-unknown` for a limit without a price.
  package static func ofRun(
    _ run: RunRecord, in ledger: Ledger, price: Price?, limit: Double?, counts: Bool = true,
    at endpoint: Endpoint
  ) throws -> SpendMeter {
    guard limit == nil || price != nil else { throw CoalmineError.priceUnknown(endpoint) }
    let meter = SpendMeter(price: price, limit: limit, counts: counts)
    guard price != nil else { return meter }
    var last: Int64 = 0
    while case let page = try ledger.replies(run: run.number, after: last, limit: 256),
      let end = page.last
    {
      last = end.id
      for stored in page where stored.isOfPaidRequest {
        meter.takeStored(stored.reply, stored.key)
      }
    }
    return meter
  }

  /// Takes what the requests of a round may have cost in an earlier call without telling it.
  ///
  /// - Parameter bound: the most tokens that a request can take.
  func takeUnseen(
    of wholes: [RequestKey: BatchRequest], _ stored: [RequestKey: Ledger.RequestState],
    _ bound: (BatchRequest) throws -> TokenBound
  ) rethrows {
    // Without a price no bound is needed.
    guard price != nil else { return }
    for (key, state) in stored where state.lost > 0 || lacksCounts(key) {
      guard let request = wholes[key.whole]?.part(key) else { continue }
      takeUnseen(key, try bound(request), lost: state.lost)
    }
  }
}

extension TokenBound {
  /// The most tokens that a request can take.
  fileprivate init(_ post: HTTPRequest, _ request: BatchRequest) {
    self.init(post.body?.reveal() ?? [], request.asks)
  }
}

extension StoredExchange {
  /// Lists of models and settings hold no counts and cost nothing.
  fileprivate var isOfPaidRequest: Bool {
    reply.status == 200 && !(key.procedure == .check && TokenUsage(reply) == nil)
  }
}

extension CoalmineError {
  static func priceUnknown(_ endpoint: Endpoint) -> CoalmineError {
    CoalmineError(
      code: "price-unknown",
      "no price is known for the model '\(terminalSafe(endpoint.model))' at \(endpoint.url)",
      help: "write its price into a file as prices/prices.yaml has it, and name the file with "
        + "'--prices FILE'; or leave '--max-cost' out", exit: .badConfiguration)
  }
}
