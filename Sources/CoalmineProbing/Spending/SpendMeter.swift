// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineEndpoints
import Synchronization

/// What a run took in tokens, and in dollars where its price is known; without a price what one call
/// took.
public struct Spend: Sendable, Equatable {
  public internal(set) var inputTokens = 0
  public internal(set) var outputTokens = 0
  /// In US dollars; `nil` where the price is not known.
  public internal(set) var dollars: Double?
  /// Whether tokens were counted at all; where not, the counts are 0 and mean nothing.
  public internal(set) var isCounted = true
  /// Replies without token counts and requests without a reply: they are in the sums by the most that
  /// they can have taken, where that is known.
  public internal(set) var uncounted = 0

  public init() {}
}

/// Counts what a run spends, and says before each request whether it may leave.
///
/// ```
/// spent      by the counts of replies; by its bound for a request that may have been billed unseen
/// reserved   bounds of the requests that are under way
/// spent + reserved + next ≤ limit, or the next request does not leave
/// ```
package final class SpendMeter: Sendable {
  package let price: Price?
  /// In US dollars; `nil` for none.
  package let limit: Double?
  /// Whether replies are looked at for their tokens: that reads each of them a second time.
  private let counts: Bool
  private let state: Mutex<State>

  private struct State {
    var spend: Spend
    var reserved: [RequestKey: Reservation] = [:]
    /// Stored replies without token counts that are in no sum yet.
    var unseen: [RequestKey: Int] = [:]
  }

  private struct Reservation {
    let bound: TokenBound
    let inBatch: Bool
  }

  /// - Parameters:
  ///   - limit: needs a price.
  ///   - counts: whether tokens are counted where no price is known.
  package init(price: Price?, limit: Double? = nil, counts: Bool = true) {
    self.price = price
    self.counts = counts || price != nil
    self.limit = limit
    var spend = Spend()
    spend.dollars = price == nil ? nil : 0
    spend.isCounted = self.counts
    state = Mutex(State(spend: spend))
  }

  package var spend: Spend { state.withLock { $0.spend } }

  /// Dollars that all requests under way can take at most.
  private func reserved(_ reservations: [RequestKey: Reservation]) -> Double {
    reservations.values.reduce(0) { $0 + dollars($1) }
  }

  private func dollars(_ reservation: Reservation) -> Double {
    price?.dollars(
      input: reservation.bound.input, output: reservation.bound.output,
      inBatch: reservation.inBatch) ?? 0
  }

  /// Takes a request into account that is about to leave.
  ///
  /// - Returns: whether it may.
  func reserve(_ key: RequestKey, _ bound: TokenBound, inBatch: Bool) -> Bool {
    state.withLock { state in
      let next = Reservation(bound: bound, inBatch: inBatch)
      if let limit, let spent = state.spend.dollars,
        spent + reserved(state.reserved) + dollars(next) > limit
      {
        return false
      }
      state.reserved[key] = next
      return true
    }
  }

  /// Takes a request into account that left in an earlier call and is still under way.
  func hold(_ key: RequestKey, _ bound: TokenBound, inBatch: Bool) {
    state.withLock { $0.reserved[key] = Reservation(bound: bound, inBatch: inBatch) }
  }

  /// A request cost nothing: it was not sent, or not asked.
  func release(_ key: RequestKey) { state.withLock { $0.reserved[key] = nil } }

  /// A request has no reply and may have been billed.
  func lost(_ key: RequestKey) {
    state.withLock { state in
      guard let reservation = state.reserved.removeValue(forKey: key) else { return }
      state.spend.uncounted += 1
      add(
        TokenUsage(input: reservation.bound.input, output: reservation.bound.output),
        reservation.inBatch, &state.spend)
    }
  }

  /// A reply came.
  func take(_ reply: Reply, _ key: RequestKey, inBatch: Bool = false) {
    guard counts else { return }
    state.withLock { state in
      let reservation = state.reserved.removeValue(forKey: key)
      // A refusal is not billed.
      guard reply.status == 200 else { return }
      if let usage = TokenUsage(reply) { return add(usage, inBatch, &state.spend) }
      // Neither is a list of models.
      guard let bound = reservation?.bound, bound.input > 0 else { return }
      state.spend.uncounted += 1
      add(TokenUsage(input: bound.input, output: bound.output), inBatch, &state.spend)
    }
  }

  /// A reply that an earlier call stored, at the full price; without counts it is in no sum until
  /// ``takeUnseen(_:_:lost:)`` tells what it can have taken.
  package func takeStored(_ reply: Reply, _ key: RequestKey) {
    state.withLock { state in
      if let usage = TokenUsage(reply) {
        add(usage, false, &state.spend)
      } else {
        state.spend.uncounted += 1
        state.unseen[key, default: 0] += 1
      }
    }
  }

  /// Whether a stored reply to this request tells no tokens and is in no sum yet.
  func lacksCounts(_ key: RequestKey) -> Bool { state.withLock { $0.unseen[key] != nil } }

  /// Takes what a request of an earlier call can have taken at most, at the full price: for each stored reply
  /// without counts, and each time that it ended without a reply.
  func takeUnseen(_ key: RequestKey, _ bound: TokenBound, lost: Int) {
    // A list of models costs nothing.
    guard bound.input > 0 else { return }
    state.withLock { state in
      state.spend.uncounted += lost
      let times = lost + (state.unseen.removeValue(forKey: key) ?? 0)
      add(
        TokenUsage(input: times * bound.input, output: times * bound.output), false, &state.spend)
    }
  }

  private func add(_ usage: TokenUsage, _ inBatch: Bool, _ spend: inout Spend) {
    spend.inputTokens += usage.input
    spend.outputTokens += usage.output
    if let price {
      spend.dollars =
        (spend.dollars ?? 0)
        + price.dollars(input: usage.input, output: usage.output, inBatch: inBatch)
    }
  }
}
