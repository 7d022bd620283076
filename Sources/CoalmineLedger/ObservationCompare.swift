// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import GRDB

/// Observations of one ledger held against those of a copy that read the replies again.
extension Ledger {
  private struct Key: Hashable {
    let subject: String
    let probe: String
    let sample: Int
  }

  private struct Stored: Equatable {
    let query: [UInt8]
    let exchange: Int64
    let status: String
    let body: [UInt8]

    /// The same without the tokens listed beside samples, which earlier versions did not keep.
    var withoutTokens: Stored {
      guard body.first == 6,
        case .measured(.completions(let texts)) = ObservationForm.decode(status: status, body)
      else { return self }
      let bare = texts.map { Completion(text: $0.text, ending: $0.ending) }
      return Stored(
        query: query, exchange: exchange, status: status,
        body: ObservationForm.encode(.measured(.completions(bare))))
    }
  }

  /// Where the observations of a run differ from those of `copy`, sample by sample, in the order of
  /// the subjects.
  ///
  /// A run that goes on may hold replies that nobody has read yet: there, an observation that only
  /// the copy has is no difference.
  public func differences(from copy: Ledger, run: RunRecord) throws -> [LedgerProblem] {
    let ours = try stored(run.number)
    let theirs = try copy.stored(run.number)
    return Set(ours.keys).union(theirs.keys)
      .sorted { ($0.subject, $0.probe, $0.sample) < ($1.subject, $1.probe, $1.sample) }
      .compactMap { key in
        guard ours[key] != theirs[key] else { return nil }
        if let own = ours[key], own.body.first == 1, own == theirs[key]?.withoutTokens {
          return nil
        }
        let object = SealedTable.observation(
          key.probe, of: key.subject, sample: key.sample, run: "\(run.number)")
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
    let columns = SealedTable.observation.columns
    let rows = try copy.read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM observation WHERE run = ? ORDER BY id", arguments: [run]
      ).map { row in columns.dropFirst().map { row[$0] as DatabaseValue } }
    }
    try change { writer in
      try writer.delete(.observation, where: [("run", run)])
      // Numbers of their own: the copy's may be those of other runs here.
      var next = try writer.nextNumber(.observation)
      for row in rows {
        try writer.insert(.observation, [next.databaseValue] + row)
        next += 1
      }
    }
  }

  /// The digest of each question that has an observation in a run.
  public func queryIDs(run: Int) throws -> [Question: [UInt8]] {
    var found: [Question: [UInt8]] = [:]
    for row in try storedObservations(run: run) {
      guard let probe = Probe(rawValue: row.probe), let subject = Subject(slug: row.subject) else {
        throw damaged("an observation")
      }
      found[Question(probe, subject, sample: row.sample)] = row.query
    }
    return found
  }

  private func stored(_ run: Int) throws -> [Key: Stored] {
    Dictionary(
      try storedObservations(run: run).map {
        (
          Key(subject: $0.subject, probe: $0.probe, sample: $0.sample),
          Stored(query: $0.query, exchange: $0.exchange, status: $0.status, body: $0.body)
        )
      }, uniquingKeysWith: { first, _ in first })
  }

  /// The budget of the rank searches of a run; `nil` where none was made.
  public func rankBudget(run: Int) throws -> Int? {
    let trails = try observations(run: run, of: [.rankSearch])[.rankSearch] ?? [:]
    return trails.values.compactMap { outcome -> Int? in
      if case .measured(.rankTrail(let trail)) = outcome { trail.budget } else { nil }
    }.max()
  }
}
