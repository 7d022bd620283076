// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import GRDB

extension Ledger {
  /// What is known of a study that is to be retired before its ledger is read.
  package struct Retiring {
    /// RFC 3339 in UTC.
    package let at: String
    package let version: String
    /// The root of the commitment, 64 hexadecimal digits.
    package let commitmentRoot: String
    /// The result of every run of a tuned model, or the one without a run.
    package let results: [(run: Int?, result: StudyResult)]

    package init(
      at: String, version: String, commitmentRoot: String,
      results: [(run: Int?, result: StudyResult)]
    ) {
      self.at = at
      self.version = version
      self.commitmentRoot = commitmentRoot
      self.results = results
    }
  }

  /// Puts a ledger without secrets, texts and replies in the place of this one, and closes this one.
  ///
  /// ```
  /// write NAME.coalmine-partial ─► synchronise ─► empty the log here ─► rename over NAME
  ///   killed here: this ledger is whole ──────────────────────────────┘ └─ killed here: the new one is
  /// ```
  ///
  /// The lock of this ledger is held until the new one has its name, so no other process writes in
  /// between. What was dropped stands nowhere in the new file: it is made row by row.
  ///
  /// - Parameter file: of ``Outputs/openSuccessor(ofLedger:)``, opened before this ledger.
  /// - Throws: ``CoalmineError``; this ledger is whole then, and open.
  /// - Complexity: O(bytes of the file).
  package func retire(into file: OutputFile, _ retiring: Retiring) throws -> Retirement {
    try expectWhole()
    guard version == Schema.version else { throw Self.tooOld(path, version) }
    try expectUnaltered(replies: true)
    let new = try Ledger.create(in: file)
    let retirement = try fill(new, retiring)
    try new.write { db in
      try db.execute(sql: "PRAGMA user_version = \(Schema.retired + Schema.version)")
    }
    try new.close()
    try file.finish()
    try handOver()
    try file.commit()
    try closeReplaced()
    return retirement
  }

  private func fill(_ new: Ledger, _ retiring: Retiring) throws -> Retirement {
    let study = try keptStudy()
    let withheld = WithheldWords(study)
    return try read { source in
      try new.change { rows in
        for run in try Int64.fetchAll(source, sql: "SELECT number FROM run") {
          for table in SealedTable.allCases where table.hasRun {
            try SealedWriter.begin(table, run, rows.db)
          }
        }
        var reduced = RetiredRows(source, rows)
        for table in SealedTable.allCases { try reduced.copy(table) }
        for (run, result) in retiring.results {
          try Ledger.store(result, run: run, withheld: withheld.apply, rows)
        }
        let replies = try Int.fetchOne(source, sql: "SELECT count(*) FROM reply") ?? 0
        let secrets = study.canaries.count + 2 * study.inContextControls.count
        let removed = study.manifest?.removals.count ?? 0
        let retirement = Retirement(
          at: retiring.at, version: retiring.version, replies: replies,
          writtenAnswers: reduced.writtenAnswers, rankSearches: reduced.rankSearches,
          secrets: secrets, recordTexts: study.records.count + removed,
          sealDigest: try Self.sealDigest(source), commitmentRoot: retiring.commitmentRoot)
        try Ledger.store(retirement, rows)
        return retirement
      }
    }
  }

  /// SHA-256 over the table of seals in the order of its key, 64 hexadecimal digits.
  private static func sealDigest(_ db: Database) throws -> String {
    var writer = BinaryWriter()
    for row in try Row.fetchAll(db, sql: "SELECT * FROM seal ORDER BY name, run") {
      writer.append(counted: Array((try row.value("name") as String).utf8))
      writer.append(try row.value("run") as Int64)
      writer.append(try row.value("rows") as Int64)
      writer.append(counted: try row.bytes("digest"))
    }
    return hexadecimal(sha256(writer.bytes))
  }
}
