// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import CoalmineSeeding
import Glibc

/// Where the shards of a study stand.
public struct ShardStatus: Sendable {
  public let path: String
  public let createdAt: String
  public let shards: Int
  public let files: Int
  /// Those that did not write all of their files; `nil` where no folder was looked into.
  public let missing: [MissingShard]?

  /// Reads a copy of the ledger.
  ///
  ///     let status = try ShardStatus("study.coalmine", seeded: "seeded")
  ///
  /// - Parameter seeded: the folder that the shards write to.
  /// - Returns: `nil` where the study does not wait for shards.
  /// - Throws: ``CoalmineError`` as opening a ledger does.
  public init?(_ path: String, seeded: String?) throws {
    let sharded = try StudyArgument.ofPlace {
      try Ledger.reading(path, inShards: true) { ledger in
        try ledger.isInShards() ? try ShardedCorpus(ledger) : nil
      }
    }
    guard let sharded else { return nil }
    self.path = path
    createdAt = sharded.study.createdAt
    shards = sharded.plan.shards
    files = sharded.plan.files.count
    missing = seeded.map { folder in
      let base = folder.hasSuffix("/") ? folder : folder + "/"
      return sharded.missing { file in
        access(base + file.name, F_OK) == 0 && sharded.receipt(beside: base + file.name) != nil
      }
    }
  }

  /// What is next, as a sentence.
  package var sentence: String {
    guard let missing else {
      return "Run every shard, from 1/\(shards) to \(shards)/\(shards), then merge them; with "
        + "'--seeded FOLDER' this verb says which are missing."
    }
    return missing.isEmpty
      ? "Every shard is there: merge them."
      : "\(missing.count) of \(Prose.count(shards, "shard is", "shards are")) missing: run them."
  }

  /// The command of the next step.
  package var command: String {
    let word = ShellWord.path(path) ?? "STUDY"
    guard missing?.isEmpty ?? false else {
      return "coalmine seed FILES --shard \(missing?.first?.number ?? 1)/\(shards) --study \(word) "
        + "--output-dir FOLDER"
    }
    return "coalmine merge FOLDER --study \(word)"
  }
}
