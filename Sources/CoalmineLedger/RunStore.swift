// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import GRDB

/// One probing of one model, as the ledger holds it.
public struct RunRecord: Sendable, Equatable {
  /// Counted from 1.
  public let number: Int
  public let role: RunRole
  public let model: String
  public let endpoint: String
  public let dialect: String
  public let probeSet: ProbeSet
  public let openedAt: String
  public let closedAt: String?

  /// Two runs with the same identity are one run, interrupted.
  package func isSameQuestion(
    role: RunRole, model: String, endpoint: String, dialect: String, probeSet: ProbeSet
  ) -> Bool {
    self.role == role && self.model == model && self.endpoint == endpoint
      && self.dialect == dialect && self.probeSet.name == probeSet.name
      && self.probeSet.probes == probeSet.probes
  }
}

extension Ledger {
  /// Every run, oldest first.
  public func runs() throws -> [RunRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM run ORDER BY number").map { row in
        guard let role = RunRole(rawValue: row["role"]) else { throw damaged("a run") }
        let probes = try (row["probes"] as String).split(separator: ",").map { slug in
          guard let probe = Probe(rawValue: String(slug)) else { throw damaged("a run") }
          return probe
        }
        return RunRecord(
          number: row["number"], role: role, model: row["model"], endpoint: row["endpoint"],
          dialect: row["dialect"],
          probeSet: ProbeSet(name: row["probe_set"], summary: "", probes: probes),
          openedAt: row["opened_at"], closedAt: row["closed_at"])
      }
    }
  }

  /// Opens a run with the next number.
  public func openRun(
    role: RunRole, model: String, endpoint: String, dialect: String, probeSet: ProbeSet,
    at time: String
  ) throws -> RunRecord {
    try write { db in
      let number = (try Int.fetchOne(db, sql: "SELECT max(number) FROM run") ?? 0) + 1
      try db.execute(
        sql: "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        arguments: [
          number, role.rawValue, model, endpoint, dialect, probeSet.name,
          probeSet.probes.map(\.rawValue).joined(separator: ","), time,
        ])
      return RunRecord(
        number: number, role: role, model: model, endpoint: endpoint, dialect: dialect,
        probeSet: probeSet, openedAt: time, closedAt: nil)
    }
  }

  /// Marks a run as having every answer.
  public func closeRun(_ number: Int, at time: String) throws {
    try write { db in
      try db.execute(
        sql: "UPDATE run SET closed_at = ? WHERE number = ? AND closed_at IS NULL",
        arguments: [time, number])
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
            coalesce(sum(exchange.body_length), 0) AS received,
            (SELECT count(*) FROM observation WHERE observation.run = run.number) AS queries
          FROM run LEFT JOIN exchange ON exchange.run = run.number
          GROUP BY run.number ORDER BY run.number
          """
      ).map {
        RunCosts(
          number: $0["number"], openedAt: $0["opened_at"], closedAt: $0["closed_at"],
          requests: $0["requests"], ambiguousRequests: $0["ambiguous"],
          failedRequests: $0["failed"], queries: $0["queries"], bytesReceived: $0["received"])
      }
    }
  }

  /// Notes what somebody stated about the training.
  public func store(_ training: TrainingStatement, at time: String) throws {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO training (model, epochs, job, stated_by, stated_at) VALUES (?, ?, ?, ?, ?)
          """,
        arguments: [training.model, training.epochs, training.job, training.statedBy, time])
    }
  }

  /// The last statement about the training, if any.
  public func training() throws -> TrainingStatement? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM training ORDER BY id DESC LIMIT 1").map {
        TrainingStatement(
          model: $0["model"], epochs: $0["epochs"], job: $0["job"], statedBy: $0["stated_by"])
      }
    }
  }
}
