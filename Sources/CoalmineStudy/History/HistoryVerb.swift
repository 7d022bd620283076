// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineReporting
import CoalmineScoring
import CoalmineStatistics

/// A scorecard over studies: what every run of a tuned model came to, by date.
public enum HistoryVerb {
  /// Scores every run of the studies, offline, from copies of their ledgers.
  ///
  ///     let rows = try HistoryVerb.rows(["studies"])
  ///
  /// - Parameters:
  ///   - paths: ledgers, and folders of which every ledger is taken.
  ///   - progress: called with the number of studies that were read, and of all.
  /// - Returns: the oldest run first.
  /// - Throws: ``CoalmineError``: `history-no-studies`, and what reading a ledger throws.
  public static func rows(_ paths: [String], progress: (Int, Int) -> Void = { _, _ in }) throws
    -> [HistoryRow]
  {
    let files = try StudyFiles.ledgers(paths)
    var runs: [ScoredRun] = []
    for (place, file) in files.enumerated() {
      progress(place, files.count)
      runs += try StudyArgument.reading(file) { try scored($0, file) }
    }
    runs.sort {
      ($0.run.openedAt, $0.study, $0.run.number) < ($1.run.openedAt, $1.study, $1.run.number)
    }
    var segment = 0
    var rows: [HistoryRow] = []
    for (place, run) in runs.enumerated() {
      let change = place > 0 ? runs[place - 1].change(to: run) : nil
      if place == 0 || change != nil { segment += 1 }
      rows.append(run.row(segment: segment, change: change))
    }
    return rows
  }

  private static func scored(_ ledger: Ledger, _ path: String) throws -> [ScoredRun] {
    let scores = try StudyScores(ledger)
    return try scores.all().compactMap { number, result in
      guard let number else { return nil }
      return ScoredRun(
        study: path, run: try scores.run(number), result: result,
        served: Set(try ledger.served(run: number).map(\.model)),
        capabilities: try ledger.capabilities(run: number))
    }
  }
}

/// A run with its result and what tells its model from another.
private struct ScoredRun {
  let study: String
  let run: RunRecord
  let result: StudyResult
  let served: Set<ServedModel>
  let capabilities: Capabilities?

  /// How a later run's model is known to be another; `nil` where nothing says so.
  func change(to later: ScoredRun) -> String? {
    if later.run.model != run.model {
      return "the model '\(later.run.model)' was asked instead of '\(run.model)'"
    }
    func differ(_ part: (ServedModel) -> String?) -> Bool {
      let (mine, theirs) = (Set(served.compactMap(part)), Set(later.served.compactMap(part)))
      return !mine.isEmpty && !theirs.isEmpty && mine.isDisjoint(with: theirs)
    }
    if differ(\.name) { return "replies name another model" }
    if let mine = capabilities?.publicAnswers, let theirs = later.capabilities?.publicAnswers {
      let noise = max(capabilities?.noiseNats ?? 0, later.capabilities?.noiseNats ?? 0)
      if case .different(let words) = mine.compared(with: theirs, noiseNats: noise) { return words }
    }
    if differ(\.fingerprint) { return "replies come from another build" }
    return nil
  }

  func row(segment: Int, change: String?) -> HistoryRow {
    let decision = result.decision
    var rankAUC: Double?
    if case .rank(let auc)? = decision[.rank]?.outcome.value?.statistic { rankAUC = auc }
    let loss = result.membership.first { $0.score == "loss" }?.auc.value
    return HistoryRow(
      date: run.openedAt, study: study, run: run.number, model: run.model, segment: segment,
      change: change, verdict: result.verdict, rankP: decision[.rank]?.outcome.value?.pValue,
      rankAUC: rankAUC, extraction: extraction, membershipAUC: loss?.auc,
      membershipInterval: loss?.interval)
  }

  /// Secrets of the tests that stand in their replies; `nil` where replies are missing.
  private var extraction: Rate? {
    guard let value = result.decision[.extraction]?.outcome.value,
      case .extraction(let found, _) = value.statistic, value.missing == 0,
      result.decision.inserted > 0,
      let interval = try? clopperPearson(found, of: result.decision.inserted)
    else { return nil }
    return Rate(hits: found, trials: result.decision.inserted, interval: interval)
  }
}
