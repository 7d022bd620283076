// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger

/// Asks for the answers again by which a model is known, when a run goes on and when it ends.
///
/// Answers of two models in one run would be a number of neither. Every look is a round of its own;
/// one that was interrupted is completed by the next.
final class FingerprintCheck: Procedure {
  let name: ProcedureName
  private let known: PublicAnswers
  private let asks: [Ask]
  /// The token that each ask of rows is about, by the place of its text.
  private let wanted: [(prefix: TokenPrefix, token: Int)?]
  private let limit: (Ask.Kind) -> Int
  /// Rounds that were asked before, and this one.
  private let looks: Int
  private var looked = 0
  /// What earlier looks found, as far as they found something.
  private var earlier: [PublicAnswers] = []
  private var sheet: CheckSheet
  private var firsts: [Int] = []

  /// - Parameters:
  ///   - check: the run's, that has ended.
  ///   - name: when it looks: ``ProcedureName/fingerprint`` before a run goes on,
  ///     ``ProcedureName/lastLook`` when it ends.
  ///   - looks: how often it looked then, this time included.
  /// - Returns: `nil` where the check kept nothing by which a model is known.
  init?(_ check: EndpointCheck, _ name: ProcedureName, looks: Int) {
    guard let known = check.publicAnswers else { return nil }
    self.name = name
    self.known = known
    self.looks = looks
    limit = check.dialect.limit
    wanted = check.firstWanted
    let form = check.dialect.presentation
    asks =
      switch known {
      case .texts: WholeTexts.texts.map { CheckAsks.score("", $0, form) }
      case .tokens:
        wanted.compactMap { $0 }.map { .next($0.prefix, .top(StepwiseScoring.rowLength)) }
      case .written: CheckAsks.known(form)
      }
    sheet = CheckSheet(asks, refusal: .answers)
  }

  func nextRound() -> [AskBatch]? {
    guard looked < looks else { return nil }
    if looked > 0, let now { earlier.append(now) }
    looked += 1
    sheet = CheckSheet(asks, refusal: .answers)
    let batches = sheet.batches(limit)
    firsts = batches.map(\.first)
    return batches.map(\.batch)
  }

  func take(_ outcome: Outcome<Answer>, at place: AskPlace, exchange: Int64)
    -> LedgerBatch.Finding?
  {
    sheet.take(outcome, at: firsts[place.batch] + place.ask)
    return nil
  }

  /// Whether the last look found the model of the check.
  func comparison(noiseNats: Double) -> PublicAnswers.Comparison {
    guard let now else { return .unknown }
    return known.compared(with: now, noiseNats: noiseNats)
  }

  /// Whether any look found another model; else what the last one found.
  func comparisonOfAll(noiseNats: Double) -> PublicAnswers.Comparison {
    for answers in earlier {
      let compared = known.compared(with: answers, noiseNats: noiseNats)
      if case .different = compared { return compared }
    }
    return comparison(noiseNats: noiseNats)
  }

  /// Whether the last look brought fewer answers than can be compared, where the check had enough.
  var gaveNothing: Bool {
    guard known.compared(with: known, noiseNats: 0) == .same else { return false }
    return switch now {
    case nil: true
    case .texts(let values), .tokens(let values): values.compactMap(\.self).count < 2
    case .written(let texts): texts.isEmpty
    }
  }

  private var now: PublicAnswers? {
    switch known {
    case .written: return sheet.written
    case .texts: return sheet.answers.map { .texts($0.map(WholeTexts.sum)) }
    case .tokens:
      guard var answers = sheet.answers.map({ $0[...] }) else { return nil }
      return .tokens(
        wanted.map { wanted in
          guard let wanted, case .next(let row)? = answers.popFirst() else { return nil }
          return row.logProbability(of: wanted.token)
        })
    }
  }
}
