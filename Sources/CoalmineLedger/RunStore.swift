// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import GRDB

extension Ledger {
  /// Every run, oldest first.
  public func runs() throws -> [RunRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM run ORDER BY number").map { row in
        guard let role = RunRole(rawValue: try row.value("role")) else { throw damaged("a run") }
        // Older versions knew one way to put a text to a model.
        let form = row.hasColumn("presentation") ? try row.value("presentation") as String : "plain"
        guard let presentation = Presentation.Form(rawValue: form) else { throw damaged("a run") }
        let slugs: String = try row.value("probes")
        let probes = try slugs.split(separator: ",").map { slug in
          guard let probe = Probe(rawValue: String(slug)) else { throw damaged("a run") }
          return probe
        }
        return RunRecord(
          number: try row.value("number"), role: role, model: try row.value("model"),
          endpoint: try row.value("endpoint"), dialect: try row.value("dialect"),
          presentation: presentation,
          probeSet: ProbeSet(name: try row.value("probe_set"), summary: "", probes: probes),
          openedAt: try row.value("opened_at"), closedAt: try row.value("closed_at"))
      }
    }
  }

  /// The procedures that ask something of the study, as a list of SQL.
  private static let studyProcedures = ProcedureName.allCases.filter(\.asksStudy)
    .map { "'\($0.rawValue)'" }.joined(separator: ", ")

  /// The runs that asked something of the study, and of these the ones with an answer that was
  /// read. A run that was only checked is in neither.
  public func askedRuns() throws -> (asked: Set<Int>, answered: Set<Int>) {
    try read { db in
      let answered = try Int.fetchSet(db, sql: "SELECT DISTINCT run FROM observation")
      let asked = try Int.fetchSet(
        db,
        sql: version < 4
          ? "SELECT DISTINCT run FROM exchange WHERE NOT (\(EarlierPack.isOfCheck))"
          : """
          SELECT DISTINCT run FROM exchange
            WHERE procedure IN (\(Self.studyProcedures))
            AND NOT (procedure = 'earlier' AND place < \(EarlierPack.firstOfStudy))
          """)
      return (asked.union(answered), answered)
    }
  }

  /// The first and the last request of a run that is about the study, in the order of departure;
  /// `nil` where there is none, or where a version wrote the ledger that knew no procedures.
  public func studyRequests(run: Int) throws -> ClosedRange<Int64>? {
    guard version >= 4 else { return nil }
    return try read { db in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT min(id) AS first, max(id) AS last FROM exchange
          WHERE run = ? AND procedure IN (\(Self.studyProcedures)) AND procedure <> 'earlier'
          """, arguments: [run])
      guard let first: Int64 = row?["first"], let last: Int64 = row?["last"] else { return nil }
      return first...last
    }
  }

  /// Whether the requests of a run were stored by a version that knew no procedures: its
  /// observations cannot be derived from the replies again.
  public func isOfEarlierVersion(run: Int) throws -> Bool {
    try read { db in
      try Bool.fetchOne(
        db,
        sql: """
          SELECT EXISTS (
            SELECT 1 FROM exchange WHERE run = ? \(version < 4 ? "" : "AND procedure = 'earlier'"))
          """, arguments: [run]) ?? false
    }
  }

  /// Opens a run with the next number.
  public func openRun(
    role: RunRole, model: String, endpoint: String, dialect: String,
    presentation: Presentation.Form, probeSet: ProbeSet, at time: String
  ) throws -> RunRecord {
    try change { rows in
      let number = try rows.nextNumber(.run)
      try rows.insert(
        .run,
        [
          number, role.rawValue, model, endpoint, dialect, presentation.rawValue, probeSet.name,
          probeSet.probes.map(\.rawValue).joined(separator: ","), time, nil,
        ])
      for table in SealedTable.allCases where table.hasRun {
        try SealedWriter.begin(table, number, rows.db)
      }
      return RunRecord(
        number: Int(number), role: role, model: model, endpoint: endpoint, dialect: dialect,
        presentation: presentation, probeSet: probeSet, openedAt: time, closedAt: nil)
    }
  }

  /// Marks a run as having every answer.
  public func closeRun(_ number: Int, at time: String) throws {
    try change { rows in
      _ = try rows.update(.run, Int64(number), ["closed_at": time], where: "closed_at IS NULL")
    }
  }

  /// Requests of a run that ended without a reply and may have been billed all the same.
  ///
  /// - Complexity: O(requests of the run).
  public func ambiguousRequests(run: Int) throws -> Int {
    try read { db in
      try Int.fetchOne(
        db, sql: "SELECT count(*) FROM exchange WHERE run = ? AND state = 'ambiguous'",
        arguments: [run]) ?? 0
    }
  }

  /// What each run took.
  public func costs() throws -> [RunCosts] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT run.number, run.opened_at, run.closed_at, count(exchange.id) AS requests,
            coalesce(sum(exchange.state = 'ambiguous'), 0) AS ambiguous,
            coalesce(sum(exchange.state = 'failed'), 0) AS failed,
            coalesce(sum(exchange.body_length), 0) AS received
          FROM run LEFT JOIN exchange ON exchange.run = run.number
          GROUP BY run.number ORDER BY run.number
          """
      ).map {
        let number: Int = try $0.value("number")
        return RunCosts(
          number: number, openedAt: try $0.value("opened_at"),
          closedAt: try $0.value("closed_at"), requests: try $0.value("requests"),
          ambiguousRequests: try $0.value("ambiguous"), failedRequests: try $0.value("failed"),
          queries: try answeredQuestions(run: number, db), bytesReceived: try $0.value("received"))
      }
    }
  }
}
