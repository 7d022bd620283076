// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// Reads the replies of a run that an earlier version of coalmine made.
///
/// Its requests were planned otherwise, but the ledger notes which questions each of them asked, so
/// what their replies say is derived again. Texts that were scored token by token are left as they
/// are: the ledger does not note what such a request asked.
struct EarlierReplies {
  let run: RunRecord
  let dialect: any Dialect
  let endpoint: Endpoint
  let questions: StudyQuestions

  /// Derives the observations again and puts them in place of those of `copy`.
  ///
  /// - Throws: ``CoalmineError`` where a reply was stored for a question that the study does not ask.
  func derive(in copy: Ledger) throws {
    let identities = try copy.queryIDs(run: run.number)
    var planned: [Question: PlannedQuestion] = [:]
    for probe in run.probeSet.probes {
      for question in questions.list(probe) {
        planned[Question(probe, question.subject)] = question
      }
    }
    var findings: [LedgerBatch.Finding] = []
    var last: RequestKey?
    while case let page = try copy.replies(
      run: run.number, procedure: .earlier, round: 0, after: last, limit: 64), let end = page.last
    {
      last = end.key
      for stored in page where stored.mark == .read && !stored.asked.isEmpty {
        let asked = try stored.asked.flatMap { question -> [(Question, Ask)] in
          guard let found = planned[question] else { throw Self.unknown }
          return found.asks
        }
        for ((question, ask), outcome) in zip(asked, outcomes(stored.reply, asked.map(\.1))) {
          // What is not stored was left out with the others of its subject.
          guard let identity = identities[question] else { continue }
          findings.append(
            LedgerBatch.Finding(
              question: question, queryID: identity, exchange: stored.id,
              outcome: outcome.observation(of: ask)))
        }
      }
    }
    let probes = Set(findings.map(\.question.probe))
    guard !probes.isEmpty else { return }
    try copy.store(findings, replacing: probes, run: run.number)
  }

  private func outcomes(_ reply: Reply, _ asks: [Ask]) -> [Outcome<Answer>] {
    switch dialect.decode(reply, asks, at: endpoint) {
    case .value(let answers): answers.outcomes
    case .unanswerable(let error): asks.map { .without($0, error) }
    case .retry(let reason): asks.map { _ in .failed(reason) }
    case .stop(let error): asks.map { _ in .failed(Reason(error.code, error.message)) }
    }
  }

  private static let unknown = CoalmineError(
    code: "ledger-damaged", "a stored request asked a question that the study does not hold",
    exit: .badData)
}
