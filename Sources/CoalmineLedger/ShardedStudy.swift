// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import GRDB

/// A study whose corpus is written by shards: its ledger holds the plan as one of its files, and no
/// verb but those of shards takes it for a study until all of them are merged.
public enum ShardedStudy {
  /// The file that holds the plan; a study that is whole has none of this name.
  public static let fileName = "shards.json"
}

extension Ledger {
  /// Whether the shards of the study are not merged yet.
  public func isInShards() throws -> Bool {
    // Older versions know no shards.
    guard version == Schema.version else { return false }
    return try read { db in
      try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM file WHERE name = ?)",
        arguments: [ShardedStudy.fileName]) ?? false
    }
  }

  /// - Throws: ``CoalmineError`` with code `study-in-shards`.
  func expectMerged() throws {
    guard try isInShards() else { return }
    throw CoalmineError(
      code: "study-in-shards",
      "the corpus of '\(terminalSafe(path))' is written by shards, which are not merged yet",
      details: ["until then the study does not know what the seeded files hold"],
      help: "run every shard with 'coalmine seed --shard', then 'coalmine merge'; 'coalmine "
        + "status STUDY --seeded FOLDER' says which shards are missing",
      exit: .badData)
  }

  /// Puts a whole study in the place of this one, which was in shards, and closes this one; a killed
  /// process leaves one of the two, whole.
  ///
  /// - Parameter file: of ``Outputs/openSuccessor(ofLedger:)``, opened before this ledger.
  /// - Throws: ``CoalmineError``; this ledger is as it was then, and open.
  public func complete(as study: StudyRecord, into file: OutputFile) throws {
    let new = try Ledger.create(in: file)
    try new.store(study)
    try new.close()
    try file.finish()
    try handOver()
    try file.commit()
    try closeReplaced()
  }
}
