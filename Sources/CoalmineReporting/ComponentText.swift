// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The tests that decide, in words.
enum ComponentText {
  static func name(_ component: EvidenceComponent) -> String {
    switch component {
    case .rank: "the test by rank"
    case .mass: "the test by mass"
    case .extraction: "the test by extraction"
    case .coin: "the test by assignment"
    }
  }

  /// `secrets that were in the file rank better … : numbers`
  static func finding(_ result: ComponentResult, _ decision: DecisionResult) -> String {
    let what =
      switch result.component {
      case .rank:
        "secrets that were in the file rank better among secrets that could have stood in their "
          + "place than chance allows"
      case .mass:
        "the probabilities of secrets that were in the file are larger than chance allows: some are "
          + "memorised"
      case .extraction:
        "secrets that were in the file stand in the model's replies more often than chance allows"
      case .coin: "secrets that were in the file score higher than secrets that were not"
      }
    return "\(what): \(numbers(result, decision))"
  }

  /// A test of a run that lacks answers: its statistic takes what is missing for what shows no leak,
  /// so it is no measurement yet and is not shown.
  static func unfinished(_ result: ComponentResult, _ value: ComponentResult.Value) -> String {
    "\(FindingText.capitalized(name(result.component))) says nothing yet: answers about "
      + "\(Prose.count(value.missing, "inserted or held-out canary", "inserted or held-out canaries")) "
      + "are missing, and until they come each is read as if it showed no leak."
  }

  /// The statistic, p and its limit.
  static func numbers(_ result: ComponentResult, _ decision: DecisionResult) -> String {
    guard let value = result.outcome.value else {
      return result.outcome.reason?.evidence ?? result.outcome.status
    }
    let look =
      result.look == 1 ? "" : ", look \(result.look) of this test at this checkpoint"
    return "\(statistic(value.statistic, result, decision)); one-sided "
      + "\(Prose.pValue(value.pValue, below: result.level)), its limit is \(limit(result.level))\(look)"
  }

  private static func statistic(
    _ statistic: ComponentResult.Statistic, _ result: ComponentResult, _ decision: DecisionResult
  ) -> String {
    let inserted = Prose.count(decision.inserted, "inserted secret", "inserted secrets")
    switch statistic {
    case .rank(let auc) where result.source == .listedTokens:
      return "by the likeliest tokens beside samples, \(inserted) are likelier than "
        + "\(Prose.percent(auc)) of the secrets that could have stood in their place, where 50% is "
        + "chance"
    case .rank(let auc) where result.source == .replies:
      return "by what the model wrote, \(inserted) are likelier than \(Prose.percent(auc)) of the "
        + "secrets that could have stood in their place, where 50% is chance"
    case .rank(let auc):
      return "\(inserted) score above \(Prose.percent(auc)) of their own references"
        + "\(score(result)), where 50% is chance"
    case .mass(let log10Mean):
      let how =
        switch result.source {
        case .scores: ""
        case .replies: ", estimated from replies,"
        case .listedTokens: " (its certain lower end by the tokens listed beside samples)"
        }
      let leftOut = result.outcome.value?.leftOut ?? 0
      let over =
        leftOut == 0
        ? inserted
        : "\(decision.inserted - leftOut) of \(inserted) (the texts of the others begin at "
          + "different token boundaries)"
      return
        "the mean of space size times probability\(how) over \(over) is \(mass(log10Mean)), where "
        + "at most 1 is chance"
    case .extraction(let found, let expected):
      return "\(found) of \(inserted) stand in replies, where at most "
        + "\(expected < 0.01 ? "0.01" : Prose.decimal(expected, 2, .up)) "
        + "\(expected < 0.01 ? "is" : "are") expected by chance"
    case .coin(let auc, _, _):
      return
        "of \(decision.inserted) inserted and \(decision.heldOut) held-out canaries the inserted "
        + "one scores higher in \(Prose.percent(auc)) of the pairs of one kind\(score(result)), where "
        + "50% is chance"
    }
  }

  private static func score(_ result: ComponentResult) -> String {
    result.score == .tunedMinusBase ? ", as differences to the base model" : ""
  }

  /// `0.8`, `3,100`, `10^21`.
  static func mass(_ log10Mean: Double) -> String {
    if log10Mean < -2 { return "below 0.01" }
    if log10Mean >= 6 { return "10^" + Prose.decimal(log10Mean, 0, .down) }
    return Prose.decimal(Binary.exp10(log10Mean), log10Mean < 1 ? 2 : 0)
  }

  /// `0.02`, `0.00167`, `0.000000033`: rounded down, so that no p looks smaller than it.
  static func limit(_ level: Double) -> String {
    let digits = level < 0.01 ? max(5, Prose.zeros(level) + 2) : 4
    return Prose.decimal(level * (1 + 1e-12), digits, .down)
  }

  /// `0.512`, in the column of a table.
  static func short(_ result: ComponentResult) -> String {
    guard let value = result.outcome.value else { return result.outcome.status }
    return switch value.statistic {
    case .rank(let auc) where result.source == .replies:
      "AUC against all candidates \(Prose.decimal(auc, 3)), from replies"
    case .mass(let log10Mean) where result.source == .replies:
      "mean \(mass(log10Mean)), from replies"
    case .rank(let auc) where result.source == .listedTokens:
      "AUC against all candidates \(Prose.decimal(auc, 3)), from listed tokens"
    case .mass(let log10Mean) where result.source == .listedTokens:
      "mean \(mass(log10Mean)), from listed tokens"
    case .rank(let auc): "AUC against own references \(Prose.decimal(auc, 3))"
    case .mass(let log10Mean): "mean \(mass(log10Mean))"
    case .extraction(let found, let expected):
      "\(found) found, \(expected < 0.01 ? "below 0.01" : Prose.decimal(expected, 2, .up)) by chance"
    case .coin(let auc, let relabellings, let isExact):
      "AUC \(Prose.decimal(auc, 3)), "
        + (isExact ? "all relabellings" : "\(relabellings) relabellings")
    }
  }

  /// What the tests and gates of this protocol give where nothing leaked.
  static func falseAlarms(_ result: StudyResult) -> String {
    let decision = result.decision
    let rates = result.gates.contains { !$0.gate.measure.isCount }
    guard decision.edition == .second else {
      return "alpha \(Prose.decimal(decision.alpha, 3)) for the test by assignment"
    }
    let total = decision.alpha + Gate.accident + (rates ? Gate.rateAlarm : 0)
    // A sum of decimals is a little above the decimal that is meant.
    return "at most \(Prose.percent(total - 1e-12, .up)) in the first run on a checkpoint: alpha "
      + "\(Prose.decimal(decision.alpha, 3)) over all tests, 0.001 for verbatim secrets"
      + (rates ? ", 0.01 for rates" : "")
      + "; further runs add at most a quarter of alpha together"
  }
}
