// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import CoalmineSeeding

/// A study in shards as its verbs see it: the plan, and where a shard's files and receipts are.
struct ShardedCorpus {
  let study: StudyRecord
  let plan: ShardPlan
  let seeder: ShardSeeder

  /// - Throws: ``CoalmineError`` `study-not-in-shards`, or `ledger-damaged`.
  init(_ ledger: Ledger) throws {
    study = try ledger.study()
    guard let document = study.files[ShardedStudy.fileName] else {
      throw CoalmineError(
        code: "study-not-in-shards",
        "'\(terminalSafe(ledger.path))' does not wait for shards: it was merged already, or "
          + "never planned for them",
        help: "'coalmine status' says what is next; 'coalmine seed FILES --shards N' plans for "
          + "shards",
        exit: .badData)
    }
    plan = try ShardPlan(document: document)
    seeder = try ShardSeeder(
      plan, canaries: study.canaries,
      randomness: try StudyRandomness(
        storedRoot: study.root.reveal(), isPredictable: study.predictableSeed),
      remarks: try CopyRemarks(of: study))
  }

  /// Where the receipt of a seeded file stands.
  static func receiptPath(beside path: String) -> String {
    let name = CorpusPaths.name(of: path)
    return String(path.dropLast(name.count)) + ShardReceipt.name(of: name)
  }

  /// The receipt beside a seeded file; `nil` where there is none of this plan.
  func receipt(beside path: String) -> ShardReceipt? {
    let name = CorpusPaths.name(of: path)
    guard
      let bytes = try? InputFile.read(Self.receiptPath(beside: path), limit: 1 << 30),
      let receipt = ShardReceipt(document: bytes), receipt.plan == seeder.planName,
      receipt.file == name
    else { return nil }
    return receipt
  }

  /// The shards of which a file is missing, with the names of those files.
  func missing(_ isWritten: (ShardPlan.File) -> Bool) -> [MissingShard] {
    (1...plan.shards).compactMap { number in
      let files = plan.files(of: number).filter { !isWritten($0) }.map(\.name)
      return files.isEmpty
        ? nil : MissingShard(number: number, shards: plan.shards, files: files)
    }
  }
}

/// A shard that did not write all of its files.
public struct MissingShard: Sendable, Equatable {
  /// From 1.
  public let number: Int
  public let shards: Int
  /// The names of the files that are missing.
  public let files: [String]

  /// `shard 3/8: c.jsonl, d.jsonl`.
  public var words: String {
    let shown = files.prefix(4).map { terminalSafe($0) }.joined(separator: ", ")
    return "shard \(number)/\(shards): \(shown)"
      + (files.count > 4 ? " and \(files.count - 4) more" : "")
  }
}
