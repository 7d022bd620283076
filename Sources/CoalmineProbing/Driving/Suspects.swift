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
      let reason = all.last(where: { $0.kind == .empty })?.outcomes.emptyReason
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
  ///   check asks is answered by an empty reply, too.
  init?(_ verdict: Verdict, _ request: BatchRequest, _ exchange: Int64) {
    switch verdict {
    case .outcomes(let outcomes, let served) where request.batch.refusal == .leavesOutText:
      let isEmpty = outcomes.emptyReason != nil
      guard isEmpty || !outcomes.isEmpty && outcomes.allSatisfy(\.isFiltered) else { return nil }
      self.init(
        kind: isEmpty ? .empty : .filtered, request: request, exchange: exchange,
        outcomes: outcomes, served: served, error: nil)
    case .refused(let error, let lone?)
    where request.halves == nil && (error.isFilter || !request.isOneLongText):
      self.init(
        kind: error.isFilter ? .filtered : .refused, request: request, exchange: exchange,
        outcomes: lone, served: nil, error: error)
    case .outcomes, .refused, .retry, .stop: return nil
    }
  }

  /// The texts that a content filter held back.
  var heldBack: Int { kind == .filtered ? outcomes.count : 0 }
}

extension Outcome<Answer> {
  /// Whether a content filter held the text back.
  var isFiltered: Bool {
    switch self {
    case .censored(let reason): reason.slug == Reason.contentFiltered
    case .measured(.completion(let text)): text.ending == .filtered
    case .measured, .notMeasurable, .failed: false
    }
  }
}

extension [Outcome<Answer>] {
  /// Why all of them are empty, the first reason; `nil` where one is not.
  var emptyReason: Reason? {
    allSatisfy { outcome in
      guard case .failed(let reason) = outcome else { return false }
      return ["no-content", "empty-answer", "no-choice"].contains(reason.slug)
    } ? first?.reason : nil
  }
}
