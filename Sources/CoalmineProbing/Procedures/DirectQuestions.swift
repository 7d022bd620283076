// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger

/// Questions that one request answers: one round, and every answer is an observation by itself.
package final class DirectQuestions: Procedure {
  package let name = ProcedureName.direct
  package let takesEachAlone = true
  package let mayWait = true
  private let batches: [AskBatch]
  private let run: RunRecord
  private var isAsked = false

  /// - Parameters:
  ///   - batches: each ask with its question.
  ///   - run: whose questions they are.
  package init(_ batches: [AskBatch], in run: RunRecord) {
    self.batches = batches
    self.run = run
  }

  package func nextRound() -> [AskBatch]? {
    defer { isAsked = true }
    return isAsked || batches.isEmpty ? nil : batches
  }

  package func take(_ outcome: Outcome<Answer>, at place: AskPlace, exchange: Int64)
    -> LedgerBatch.Finding?
  {
    let batch = batches[place.batch]
    return run.finding(
      batch.questions[place.ask], batch.asks[place.ask],
      outcome.observation(of: batch.asks[place.ask]), exchange)
  }
}

extension Outcome<Answer> {
  /// The answer to a question that was asked directly, as an observation.
  func observation(of ask: Ask) -> Outcome<Observation> {
    switch (self, ask) {
    case (.measured(.scored(let tokens)), .score): .measured(.likelihood(tokens))
    case (.measured(.completion(let text)), .complete): .measured(.completions([text]))
    case (.measured, _): .otherAnswer
    case (.notMeasurable(let reason), _): .notMeasurable(reason)
    case (.censored(let reason), _): .censored(reason)
    case (.failed(let reason), _): .failed(reason)
    }
  }
}
