// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// One run of a tuned model in a history of studies.
public struct HistoryRow: Sendable, Equatable {
  /// When the run was begun, RFC 3339 in UTC.
  public let date: String
  /// The ledger's path as it was given or found.
  public let study: String
  public let run: Int
  public let model: String
  /// Which model answered, counted from 1 in the order of dates; it rises where the model changes.
  public let segment: Int
  /// How the model is known to have changed since the row before; `nil` where it is not.
  public let change: String?
  /// Of the checkpoint, as 'coalmine score --run' gives it.
  public let verdict: Verdict
  /// p of the test by rank; `nil` where it was not taken.
  public let rankP: Double?
  /// The share of their own references that inserted secrets score above, 0.5 by chance.
  public let rankAUC: Double?
  /// Inserted secrets that stand in their replies, with a two-sided interval.
  public let extraction: Rate?
  /// The AUC of members against non-members by the score `loss`, with its interval.
  public let membershipAUC: Double?
  public let membershipInterval: Interval?

  public init(
    date: String, study: String, run: Int, model: String, segment: Int, change: String?,
    verdict: Verdict, rankP: Double?, rankAUC: Double?, extraction: Rate?,
    membershipAUC: Double?, membershipInterval: Interval?
  ) {
    self.date = date
    self.study = study
    self.run = run
    self.model = model
    self.segment = segment
    self.change = change
    self.verdict = verdict
    self.rankP = rankP
    self.rankAUC = rankAUC
    self.extraction = extraction
    self.membershipAUC = membershipAUC
    self.membershipInterval = membershipInterval
  }
}

/// A history in words: cells for a terminal and for the page.
package enum HistoryText {
  package static let columns = [
    "date", "study", "model", "segment", "verdict", "rank p", "rank AUC", "extraction",
    "membership AUC",
  ]

  /// The cells of one row, in the order of ``columns``.
  package static func cells(_ row: HistoryRow) -> [String] {
    [
      row.date, "\(row.study), run \(row.run)", row.model, String(row.segment),
      row.verdict.rawValue,
      row.rankP.map {
        String(Prose.pValue($0).replacing("p = ", with: "").replacing("p ", with: ""))
      }
        ?? "-",
      row.rankAUC.map { Prose.decimal($0, 3) } ?? "-",
      row.extraction.map { rate in
        "\(rate.hits) of \(rate.trials) (\(Prose.percent(rate.interval.lower, .down))–"
          + "\(Prose.percent(rate.interval.upper, .up)))"
      } ?? "-",
      row.membershipAUC.map { auc in
        Prose.decimal(auc, 3)
          + (row.membershipInterval.map {
            " (\(Prose.decimal($0.lower, 3, .down))–\(Prose.decimal($0.upper, 3, .up)))"
          } ?? "")
      } ?? "-",
    ]
  }

  /// Where the model changed, one sentence each.
  package static func changes(_ rows: [HistoryRow]) -> [String] {
    rows.compactMap { row in
      row.change.map { "Segment \(row.segment) begins at \(row.date): \($0)." }
    }
  }
}
