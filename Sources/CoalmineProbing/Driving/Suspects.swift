// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// Replies since the last answer that hold none, stored and not read yet.
///
/// The texts may be the reason, or the endpoint. With an answer behind them it is the texts, and they are read.
/// Where too many follow each other it is the endpoint: the run ends, and the same command asks them again.
///
/// ```
/// answer  refused  refused  answer        two texts have no answer
/// answer  refused × 8                     the run ends
/// answer  filtered × 64                   the run ends
/// ```
struct Suspects {
  enum Kind {
    /// The endpoint refused a single text.
    case refused
    /// A content filter held back every text.
    case filtered
    /// There was nothing in it.
    case empty
  }

  /// A reply without an answer.
  struct One {
    let kind: Kind
    let request: BatchRequest
    let exchange: Int64
    let outcomes: [Outcome<Answer>]
    let served: ServedModel?
    /// What the endpoint said in place of an answer.
    let error: CoalmineError?
  }

  private var all: [One] = []

  var count: Int { all.count }

  func count(_ kind: Kind) -> Int { all.count { $0.kind == kind } }

  mutating func add(_ one: One) { all.append(one) }

  /// Why the run ends; `nil` while it goes on.
  ///
  /// Empty replies are not counted here: they are failures of the endpoint, as those are that cannot be read.
  func end(_ policy: RetryPolicy, at endpoint: Endpoint) -> CoalmineError? {
    if let error = all.last(where: { $0.kind == .refused })?.error,
      count(.refused) >= policy.refusedTextsInRow
    {
      return error
    }
    guard count(.filtered) >= policy.filteredTextsInRow else { return nil }
    return .allFiltered(
      endpoint, count(.filtered), all.last { $0.kind == .filtered }?.error)
  }

  /// Why a batch job whose answers are all missing ends the run, where many replies are empty.
  func endOfEmpty(_ policy: RetryPolicy, at endpoint: Endpoint) -> CoalmineError? {
    guard count(.empty) >= policy.failuresInRow,
      let reason = all.last(where: { $0.kind == .empty })?.outcomes.first?.reason
    else { return nil }
    return .down(
      endpoint, policy, (reason.evidence, "the endpoint's own log may say more"), isReply: true,
      triedAgain: false)
  }

  /// Notes of each what is to be stored.
  ///
  /// - Parameter isRead: whether the texts are the reason; where not, they are asked again some time.
  mutating func settle(
    isRead: Bool, _ driver: Driver, _ procedure: any Procedure, _ batch: inout LedgerBatch
  ) throws {
    for one in all {
      if isRead {
        try driver.take(
          .outcomes(one.outcomes, served: one.served), one.request, one.exchange, procedure, &batch)
      } else {
        batch.read.append((one.exchange, .useless, one.served))
      }
    }
    all = []
  }
}

extension Suspects.One {
  /// - Returns: `nil` where the reply holds an answer, says how to ask, or fails in another way. What a
  ///   check asks is answered by an empty reply, too; and texts that were held back once are asked again
  ///   knowing that.
  init?(_ verdict: Verdict, _ request: BatchRequest, _ exchange: Int64) {
    switch verdict {
    case .outcomes(let outcomes, let served) where request.batch.refusal == .leavesOutText:
      guard !outcomes.isEmpty, outcomes.allSatisfy({ $0.isEmpty || $0.isFiltered }) else {
        return nil
      }
      let isFiltered = outcomes.contains(where: \.isFiltered)
      if isFiltered && request.isOfHeldBack { return nil }
      self.init(
        kind: isFiltered ? .filtered : .empty, request: request, exchange: exchange,
        outcomes: outcomes, served: served, error: nil)
    case .refused(let error, let lone?)
    where request.halves == nil
      && (error.isFilter ? !request.isOfHeldBack : !request.isOneLongText):
      self.init(
        kind: error.isFilter ? .filtered : .refused, request: request, exchange: exchange,
        outcomes: lone, served: nil, error: error)
    case .outcomes, .refused, .retry, .stop: return nil
    }
  }

  /// The texts that a content filter held back.
  var heldBack: Int { outcomes.count(where: \.isFiltered) }
}

extension BatchRequest {
  /// Whether it asks again what a filter held back.
  fileprivate var isOfHeldBack: Bool { key.procedure == .direct && key.round > 0 }
}

extension Outcome<Answer> {
  /// Whether a content filter held the text back.
  var isFiltered: Bool {
    switch self {
    case .censored(let reason): reason.isContentFilter
    case .measured(.completion(let text)): text.ending == .filtered
    case .measured, .notMeasurable, .failed: false
    }
  }

  /// Whether there was nothing where an answer should be.
  var isEmpty: Bool {
    guard case .failed(let reason) = self else { return false }
    return ["no-content", "empty-answer", "no-choice"].contains(reason.slug)
  }
}
