// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import GRDB

/// Observations of one ledger held against those of a copy that read the replies again.
extension Ledger {
  private struct Key: Hashable {
    let probe: String
    let subject: String
  }

  private struct Stored: Equatable {
    let query: [UInt8]
    let exchange: Int64
    let status: String
    let body: [UInt8]
  }

  /// How many observations a run has.
  public func observationCount(run: Int) throws -> Int {
    try read { db in
      try Int.fetchOne(
        db, sql: "SELECT count(*) FROM observation WHERE run = ?", arguments: [run]) ?? 0
    }
  }

  /// Where the observations of a run differ from those of `copy`, in the order of the subjects.
  ///
  /// A run that goes on may hold replies that nobody has read yet: there, an observation that only
  /// the copy has is no difference.
  public func differences(from copy: Ledger, run: RunRecord) throws -> [LedgerProblem] {
    let ours = try stored(run.number)
    let theirs = try copy.stored(run.number)
    return Set(ours.keys).union(theirs.keys)
      .sorted { ($0.subject, $0.probe) < ($1.subject, $1.probe) }
      .compactMap { key in
        guard ours[key] != theirs[key] else { return nil }
        let object = "the observation \(key.probe) of \(key.subject) in run \(run.number)"
        return switch (ours[key], theirs[key]) {
        case (nil, _) where run.closedAt == nil: nil
        case (nil, _): LedgerProblem(object, "is missing, and a stored reply gives it")
        case (_, nil): LedgerProblem(object, "is given by no stored reply")
        default: LedgerProblem(object, "is not what the stored reply says")
        }
      }
  }

  /// Replaces the observations of a run by those of a copy of this ledger.
  public func takeObservations(of copy: Ledger, run: Int) throws {
    let rows = try copy.read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM observation WHERE run = ?", arguments: [run])
        .map { row in SealedTable.observation.columns.map { row[$0] as DatabaseValue } }
    }
    try change { writer in
      try writer.delete(.observation, where: [("run", run)])
      for row in rows { try writer.insert(.observation, row) }
    }
  }

  private func stored(_ run: Int) throws -> [Key: Stored] {
    try read { db in
      var found: [Key: Stored] = [:]
      for row in try Row.fetchAll(
        db, sql: "SELECT * FROM observation WHERE run = ?", arguments: [run])
      {
        let key = Key(probe: try row.value("probe"), subject: try row.value("subject"))
        found[key] = Stored(
          query: try row.bytes("query"), exchange: try row.value("exchange"),
          status: try row.value("status"), body: try row.bytes("body"))
      }
      return found
    }
  }

  /// The budget of the rank searches of a run; `nil` where none was made.
  public func rankBudget(run: Int) throws -> Int? {
    let trails = try observations(run: run)[.rankSearch] ?? [:]
    return trails.values.compactMap { outcome -> Int? in
      if case .measured(.rankTrail(let trail)) = outcome { trail.budget } else { nil }
    }.max()
  }
}
