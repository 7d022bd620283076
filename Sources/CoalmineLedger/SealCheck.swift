// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import GRDB

/// Something in a ledger that is not what was stored.
public struct LedgerProblem: Sendable, Equatable {
  /// What it is about, `canary 'access-code-3' with its references`.
  public let object: String
  /// What is wrong with it, as the end of the sentence.
  public let fault: String

  package init(_ object: String, _ fault: String) {
    self.object = object
    self.fault = fault
  }

  /// The whole sentence.
  public var sentence: String { "\(object) \(fault)" }
}

extension Ledger {
  /// Everything in the file that is not what was stored, as far as digests tell.
  ///
  /// A file of version 1 or 2 has no digests; only the form of the file is checked then.
  ///
  /// - Parameter replies: whether the bodies of all replies are read as well.
  /// - Complexity: O(bytes of the file).
  public func problems(replies: Bool) throws -> [LedgerProblem] {
    try read { db in
      let form = try String.fetchAll(db, sql: "PRAGMA integrity_check(5)")
      guard form == ["ok"] else {
        return [LedgerProblem("the form of the file", "is damaged")]
      }
      var problems: [LedgerProblem] = []
      // An older version's table refused a second answer to a question.
      var questions = version < 4 ? nil : QuestionMarks()
      for table in SealedTable.allCases {
        guard let form = table.form(in: version) else { return [] }
        problems += try Self.problems(of: table, form, &questions, db)
      }
      problems += try Self.strangeBindings(db)
      if questions?.mayRepeat() == true { problems += try Self.repeatedObservations(db) }
      if replies { problems += try problemsOfReplies(db) }
      return problems
    }
  }

  /// - Throws: ``CoalmineError`` with code `ledger-altered` where a digest differs.
  package func expectUnaltered(replies: Bool = false) throws {
    let problems = try problems(replies: replies)
    guard let first = problems.first else { return }
    throw altered(first, problems.dropFirst())
  }

  /// The ledger is not what was stored.
  func altered(_ first: LedgerProblem, _ more: ArraySlice<LedgerProblem> = []) -> CoalmineError {
    CoalmineError(
      code: "ledger-altered",
      "'\(path)' was altered: \(first.sentence)",
      details: more.prefix(4).map(\.sentence)
        + (more.count > 4 ? ["and \(more.count - 4) more"] : []),
      help:
        "restore the file from a copy, and move away the '-wal' file beside it, if there is one; no "
        + "number is computed from this one", exit: .badData)
  }

  /// Rows that differ from their digest, and sets with a row too many or too few.
  ///
  /// - Parameter questions: takes the question of each observation.
  private static func problems(
    of table: SealedTable, _ form: TableForm, _ questions: inout QuestionMarks?, _ db: Database
  ) throws -> [LedgerProblem] {
    let columns = form.columns.map(\.name)
    let statement = try db.makeStatement(
      sql: "SELECT \(columns.joined(separator: ", ")), digest FROM \(form.name)")
    let rows = try Row.fetchCursor(statement)
    var digests = RowDigests(form.name, columns: columns.count, statement)
    var problems: [LedgerProblem] = []
    var sums: [Int64: Seal.Sum] = [:]
    let runColumn = columns.firstIndex(of: "run")
    let question =
      table == .observation
      ? ["run", "probe", "subject", "sample"].compactMap { columns.firstIndex(of: $0) } : []
    while let row = try rows.next() {
      let raw = RawRow(statement)
      let stored = raw.bytes(columns.count)
      let digest = Seal.Sum.number(stored)
      if stored.count != 16 || digests.next() != digest {
        problems.append(LedgerProblem(table.object(row), "is not what was stored"))
      }
      sums[runColumn.map(raw.integer) ?? 0, default: Seal.Sum()].add(digest)
      if question.count == 4 { questions?.add(raw, question) }
    }
    // A changed row is named already; its set would only repeat it.
    guard problems.isEmpty else { return problems }
    var noted: [Int64: Seal.Sum] = [:]
    for row in try Row.fetchAll(
      db, sql: "SELECT run, rows, digest FROM seal WHERE name = ?", arguments: [form.name])
    {
      noted[try row.value("run")] = Seal.Sum(
        rows: try row.value("rows"), digest: Seal.Sum.number(try row.bytes("digest")))
    }
    let runs =
      table.hasRun ? try Int64.fetchAll(db, sql: "SELECT number FROM run") : [0]
    for run in Set(sums.keys).union(noted.keys).union(runs).sorted() {
      let found = sums[run] ?? Seal.Sum()
      let whose = table.hasRun ? "\(table.objects) of run \(run)" : table.objects
      guard let expected = noted[run], runs.contains(run) else {
        problems.append(LedgerProblem("the \(whose)", "lack rows that were stored with them"))
        continue
      }
      guard found != expected else { continue }
      problems.append(
        LedgerProblem(
          "the \(whose)",
          found.rows == expected.rows
            ? "are not those that were stored"
            : "are \(found.rows), and \(expected.rows) were stored"))
    }
    return problems
  }

  /// Observations that rest on another reply than the one that they name.
  private static func strangeBindings(_ db: Database) throws -> [LedgerProblem] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT observation.* FROM observation LEFT JOIN exchange
          ON exchange.id = observation.exchange AND exchange.run = observation.run
        WHERE exchange.body_digest IS NOT observation.reply_digest
        """
    ).map {
      LedgerProblem(
        SealedTable.observation.object($0), "was read from another reply than the one stored")
    }
  }

  /// Questions that have two answers in one run: only one of them would be counted.
  private static func repeatedObservations(_ db: Database) throws -> [LedgerProblem] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT run, probe, subject, sample, count(*) AS rows FROM observation
        GROUP BY run, probe, subject, sample HAVING count(*) > 1
        """
    ).map {
      LedgerProblem(
        SealedTable.observation.object($0), "is there \(try $0.value("rows") as Int) times")
    }
  }

  /// - Parameter row: of the request.
  static func changedReply(_ row: Row) -> LedgerProblem {
    LedgerProblem("the reply to \(SealedTable.exchange.object(row))", "is not what was stored")
  }

  private func problemsOfReplies(_ db: Database) throws -> [LedgerProblem] {
    guard !isRetired else {
      return try Int64.fetchAll(db, sql: "SELECT exchange FROM reply").map {
        LedgerProblem("the reply to request \($0)", "stands in a study without replies")
      }
    }
    let rows = try Row.fetchCursor(
      db,
      sql: version < 4
        ? """
        SELECT id, run, body_length, body_digest, body FROM exchange
        WHERE body IS NOT NULL OR body_digest IS NOT NULL
        """
        : """
        SELECT exchange.id, exchange.run, body_length, body_digest, reply.body
        FROM exchange LEFT JOIN reply ON reply.exchange = exchange.id
        WHERE body_digest IS NOT NULL OR reply.body IS NOT NULL
        """)
    var problems: [LedgerProblem] = []
    while let row = try rows.next() {
      let length: Int? = try row.value("body_length")
      let digest: Data? = try row.value("body_digest")
      let stored: Data? = try row.value("body")
      guard let body = stored.flatMap({ PackedReply.unpack($0.bytes) }), body.count == length,
        digest?.bytes == Seal.digest(ofReply: body)
      else {
        problems.append(Self.changedReply(row))
        continue
      }
    }
    guard version >= 4 else { return problems }
    // A reply that no request has.
    let strays = try Int64.fetchAll(
      db,
      sql: "SELECT exchange FROM reply WHERE exchange NOT IN (SELECT id FROM exchange)")
    return problems
      + strays.map { LedgerProblem("the reply to request \($0)", "belongs to no request") }
  }
}
