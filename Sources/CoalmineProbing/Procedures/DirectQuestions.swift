// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger

/// Questions that one request answers: every answer is an observation by itself. A second round
/// asks for samples in place of those that were held back.
package final class DirectQuestions: Procedure {
  package let name = ProcedureName.direct
  package let takesEachAlone = true
  package let mayWait = true
  private var batches: [AskBatch] = []
  /// The batch whose outcomes come now, with its asks held: the outcomes of a reply come in a row.
  private var read: (place: Int, batch: AskBatch)?
  private let run: RunRecord
  /// The rounds that are still to come.
  private var rounds: [() throws -> [AskBatch]]

  /// - Parameters:
  ///   - batches: each ask with its question.
  ///   - run: whose questions they are.
  ///   - again: what is asked in a second round, by what is stored of the first.
  package init(
    _ batches: [AskBatch], in run: RunRecord, again: @escaping () throws -> [AskBatch] = { [] }
  ) {
    self.run = run
    rounds = [{ batches }, again]
  }

  package func nextRound() throws -> [AskBatch]? {
    while !rounds.isEmpty {
      batches = try rounds.removeFirst()()
      read = nil
      if !batches.isEmpty { return batches }
    }
    return nil
  }

  package func take(_ outcome: Outcome<Answer>, at place: AskPlace, exchange: Int64)
    -> LedgerBatch.Finding?
  {
    if read?.place != place.batch { read = (place.batch, batches[place.batch].spelled) }
    guard let (question, ask) = read?.batch.asked(place.ask) else { return nil }
    return run.finding(question, ask, outcome.observation(of: ask), exchange)
  }
}

extension Outcome<Answer> {
  /// The answer to a question that was asked directly, as an observation.
  func observation(of ask: Ask) -> Outcome<Observation> {
    switch (self, ask) {
    case (.measured(.scored(let tokens)), .score), (.measured(.scored(let tokens)), .scoreListing):
      .measured(.likelihood(tokens))
    case (.measured(.completion(let text)), .complete(_, let decoding)):
      // What is listed beside other texts than samples at temperature 1 is read nowhere.
      .measured(
        .completions([
          decoding.rule == .neutral ? text : Completion(text: text.text, ending: text.ending)
        ]))
    case (.measured(.chosen(let probabilities)), .choose(let passage, let texts)):
      // A text that stands there twice would be at no one place.
      texts.firstIndex(of: passage.target).flatMap {
        ForcedChoice(place: $0, probabilities: probabilities)
      }.map { .measured(.choice($0)) } ?? .otherAnswer
    case (.measured, _): .otherAnswer
    case (.notMeasurable(let reason), _): .notMeasurable(reason)
    case (.censored(let reason), _): .censored(reason)
    case (.failed(let reason), _): .failed(reason)
    }
  }
}
