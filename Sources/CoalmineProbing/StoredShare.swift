// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// How much of an estimated run is stored already.
public struct StoredShare: Sendable, Equatable {
  /// The run that goes on.
  public let run: Int
  /// Whether it has every answer: then nothing is sent.
  public let isFinished: Bool
  /// Whether its endpoint was checked already.
  public let isChecked: Bool
  /// Whether a few public texts of the check are asked again first: is it still the same model?
  public let comparesModel: Bool
  /// Requests of questions that one request answers, as they would be asked now: those that are
  /// answered, and those that would be sent.
  public let answered: Int
  public let toSend: Int
  /// Requests that wait in a batch job of the provider and are fetched.
  public let waiting: Int
  /// The most tokens that the requests to be sent can take; what waits in a batch job is submitted
  /// and not among them.
  public package(set) var bound = TokenBound()
  /// The most tokens that the requests in batch jobs can take.
  public package(set) var waitingBound = TokenBound()
  /// What the run took until now: by the counts of stored replies, and by the most that others can have
  /// taken; `nil` where no price is known.
  public package(set) var spend: Spend?
}

extension StoredShare {
  /// Counts as a run counts that goes on.
  ///
  /// - Parameters:
  ///   - promptsPerRequest: the most prompts of a request that is sent now.
  ///   - meter: of the run.
  ///   - tokens: the most that a request can take.
  package init(
    of run: RunRecord, isFinished: Bool, _ plan: QuestionPlan, in ledger: Ledger,
    by dialect: any Dialect, promptsPerRequest: Int, meter: SpendMeter = SpendMeter(price: nil),
    tokens: (AskBatch) throws -> TokenBound = { _ in TokenBound() }
  ) throws {
    let seen = try ledger.capabilities(run: run.number)
    let samplesPerRequest = seen?.samplesPerRequest ?? .max
    let stored = try ledger.requests(run: run.number, procedure: .direct, round: 0)
    var counts = (answered: 0, toSend: 0, waiting: 0)
    var (bound, waiting) = (TokenBound(), TokenBound())
    let queued = Set(try ledger.queued(run: run.number).map(\.key))
    let planned = plan.direct.enumerated().filter { !$0.element.isEmpty }.map {
      BatchRequest($0.element, RequestKey(.direct, round: 0, index: $0.offset), by: dialect)
    }
    for request in BatchRequest.asked(planned, stored) {
      if stored[request.key]?.answered == true {
        counts.answered += 1
      } else if queued.contains(request.key) {
        counts.waiting += 1
        waiting = waiting + (try tokens(request.batch))
      } else {
        bound = bound + (try tokens(request.batch))
        counts.toSend += RequestSize.requests(
          request.count, request.unit == .samples ? samplesPerRequest : promptsPerRequest)
      }
    }
    let wholes = Dictionary(uniqueKeysWithValues: planned.map { ($0.key, $0) })
    try meter.takeUnseen(of: wholes, stored) { try tokens($0.batch) }
    self.init(
      run: run.number, isFinished: isFinished,
      isChecked: seen != nil, comparesModel: seen?.publicAnswers != nil,
      answered: counts.answered,
      toSend: isFinished ? 0 : counts.toSend, waiting: isFinished ? 0 : counts.waiting,
      bound: isFinished ? TokenBound() : bound,
      waitingBound: isFinished ? TokenBound() : waiting,
      spend: meter.price == nil ? nil : meter.spend)
  }
}
