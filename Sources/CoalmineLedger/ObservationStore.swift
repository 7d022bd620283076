// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import GRDB

extension Ledger {
  /// Replaces the observations of some probes in one transaction: those of a run that are stored
  /// are removed, and these are stored.
  ///
  /// - Throws: ``CoalmineError`` `exchange-not-answered` where a reply is not stored.
  public func store(_ findings: [LedgerBatch.Finding], replacing probes: Set<Probe>, run: Int)
    throws
  {
    try change { rows in
      for probe in probes.sorted(by: { $0.rawValue < $1.rawValue }) {
        try rows.delete(.observation, where: [("run", run), ("probe", probe.rawValue)])
      }
      try Self.insert(findings, run, rows)
    }
  }

  /// Adds observations behind all others.
  static func insert(_ findings: [LedgerBatch.Finding], _ run: Int, _ rows: SealedWriter) throws {
    guard !findings.isEmpty else { return }
    var next = try rows.nextNumber(.observation)
    // The findings of a reply follow each other.
    var last: (exchange: Int64, digest: Data)?
    for finding in findings {
      if last?.exchange != finding.exchange {
        last = (finding.exchange, try replyDigest(of: finding.exchange, run, rows.db))
      }
      let question = finding.question
      try rows.insert(
        .observation,
        [
          next, run, question.probe.rawValue, question.subject.slug, question.sample,
          finding.queryID.blob, finding.exchange, finding.outcome.status,
          ObservationForm.encode(finding.outcome).blob, last?.digest,
        ])
      next += 1
    }
  }

  /// The digest of the reply that an exchange holds.
  private static func replyDigest(of exchange: Int64, _ run: Int, _ db: Database) throws -> Data {
    let digest = try Row.fetchOne(
      try db.cachedStatement(sql: "SELECT body_digest FROM exchange WHERE id = ? AND run = ?"),
      arguments: [exchange, run]
    ).flatMap { try $0.value("body_digest") as Data? }
    guard let digest else { throw notAnswered(exchange) }
    return digest
  }

  /// Forgets what replies said, so that they are read again: the raw replies stay, and those that
  /// were useless stay marked so.
  public func forgetObservations(run: Int) throws {
    try change { rows in
      try rows.delete(.observation, where: [("run", run)])
      let read = try Int64.fetchAll(
        rows.db, sql: "SELECT id FROM exchange WHERE run = ? AND read IN (1, 3)", arguments: [run])
      for exchange in read {
        _ = try rows.update(
          .exchange, exchange, ["read": 0, "served_model": nil, "fingerprint": nil])
      }
    }
  }

  /// How many observations of some probes a run has, each sample by itself, and the number of the last
  /// exchange that gave one; `nil` without any. Exchanges are numbered over all runs, in the order in
  /// which they were sent.
  public func observationEnd(run: Int, probes: Set<Probe>) throws -> (count: Int, last: Int64?) {
    try read { db in
      var (count, last) = (0, Int64?.none)
      for probe in probes {
        guard
          let row = try Row.fetchOne(
            db,
            sql: """
              SELECT count(*) AS number, max(exchange) AS last FROM observation
              WHERE run = ? AND probe = ?
              """, arguments: [run, probe.rawValue])
        else { continue }
        count += try row.value("number") as Int
        if let end = try row.value("last") as Int64? { last = max(last ?? end, end) }
      }
      return (count, last)
    }
  }

  /// How many questions of a run have an observation; the samples of a subject are one question.
  public func observationCount(run: Int) throws -> Int {
    try read { db in try answeredQuestions(run: run, db) }
  }

  /// The same inside a reading. Only the probes that have samples need a list of their subjects, which takes
  /// SQLite longer than all else where there are a million.
  func answeredQuestions(run: Int, _ db: Database) throws -> Int {
    let isSampled = version < 4 ? "0" : "sample > 0"
    let sampled = try String.fetchAll(
      db, sql: "SELECT DISTINCT probe FROM observation WHERE run = ? AND \(isSampled)",
      arguments: [run])
    let marks = databaseQuestionMarks(count: sampled.count)
    let single = try Int.fetchOne(
      db, sql: "SELECT count(*) FROM observation WHERE run = ? AND probe NOT IN (\(marks))",
      arguments: [run] + StatementArguments(sampled))
    guard !sampled.isEmpty else { return single ?? 0 }
    let several = try Int.fetchOne(
      db,
      sql: """
        SELECT count(*) FROM (
          SELECT DISTINCT probe, subject FROM observation WHERE run = ? AND probe IN (\(marks)))
        """, arguments: [run] + StatementArguments(sampled))
    return (single ?? 0) + (several ?? 0)
  }

  /// Every observation of a run, the samples of a subject together.
  ///
  /// A sample that failed, that cannot be measured or that is missing below a later one gives its
  /// outcome to the whole, the first by number; so does the first where all were held back.
  ///
  /// - Parameter probes: those whose observations are read; `nil` reads all.
  /// - Throws: ``CoalmineError`` with code `ledger-damaged` where a row makes no sense, or a sample
  ///   is there twice.
  public func observations(run: Int, of probes: [Probe]? = nil) throws
    -> [Probe: [Subject: Outcome<Observation>]]
  {
    var samples: [Probe: [Subject: SampleSet]] = [:]
    for stored in try storedObservations(run: run, of: probes) {
      guard let probe = Probe(rawValue: stored.probe), let subject = Subject(slug: stored.subject),
        let outcome = ObservationForm.decode(status: stored.status, stored.body),
        samples[probe, default: [:]][subject, default: SampleSet()].add(stored.sample, outcome)
      else { throw damaged("an observation") }
    }
    return try samples.mapValues {
      try $0.mapValues { set in
        guard let outcome = set.outcome else { throw damaged("an observation") }
        return outcome
      }
    }
  }
}
