// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import CoalmineSeeding
import Glibc

/// Writes the files of one shard, each with a receipt, byte for byte as `seed` on one machine would.
///
/// The study is only read. The same shard writes the same bytes however often it runs; one that fails
/// leaves nothing under a final name.
public struct ShardVerb: Sendable {
  /// Files of the corpus; those of other shards may be among them, or not be there.
  public var corpora: [String]
  /// From 1, and how many there are.
  public var number: Int
  public var shards: Int
  public var study: String
  public var folder: String
  /// Whether a regular file is replaced that is not what its receipt of this plan names.
  public var force = false
  /// Told what is done beside, in words for the user.
  public var note: @Sendable (String) -> Void = { _ in }

  public init(corpora: [String], number: Int, of shards: Int, study: String, folder: String) {
    self.corpora = corpora
    self.number = number
    self.shards = shards
    self.study = study
    self.folder = folder
  }

  /// Runs.
  ///
  ///     try ShardVerb(
  ///       corpora: ["b.jsonl"], number: 2, of: 2, study: "s.coalmine", folder: "seeded").run()
  ///
  /// - Returns: a receipt per file.
  /// - Throws: ``CoalmineError``: `study-not-in-shards`, `shard-number`, `shard-file-missing`,
  ///   `shard-file-differs`, or an error of a file.
  /// - Complexity: one read of the shard's files.
  @discardableResult
  public func run(progress: @escaping ProgressReport = { _ in }) throws -> [ShardReceipt] {
    let sharded = try Ledger.reading(study, inShards: true) { try ShardedCorpus($0) }
    let plan = sharded.plan
    guard shards == plan.shards, (1...shards).contains(number) else {
      throw CoalmineError(
        code: "shard-number",
        "there is no shard \(number)/\(shards): the study was planned for "
          + Prose.count(plan.shards, "shard", "shards"),
        help: "number them from 1/\(plan.shards) to \(plan.shards)/\(plan.shards)", exit: .usage)
    }
    try createFolder()
    let base = folder.hasSuffix("/") ? folder : folder + "/"
    let opener = Outputs(reading: corpora + [study], note: note)
    var files: [OutputFile] = []
    var receipts: [ShardReceipt] = []
    for (place, file) in plan.files.enumerated() where file.shard == number {
      let source = try source(of: file)
      let path = base + file.name
      let receiptPath = ShardedCorpus.receiptPath(beside: path)
      let isOurs = try Self.isUnchanged(path, since: sharded.receipt(beside: path))
      let existing = Outputs.Existing(force: force || isOurs)
      let output = try opener.open(path, existing: existing)
      let receiptFile = try opener.open(receiptPath, existing: existing)
      let receipt = try sharded.seeder.write(
        place, from: source, to: SeededFile(output, compression: Compression(name: path)),
        progress: progress)
      try receiptFile.write(try receipt.document())
      // The receipt first: a receipt alone is replaced when the shard runs again, a file alone is not.
      for one in [receiptFile, output] {
        try one.finish()
        files.append(one)
      }
      receipts.append(receipt)
    }
    try UnfinishedFiles.undisturbed { try OutputFile.commit(files) }
    return receipts
  }

  /// Whether nothing stands there, or exactly what this shard wrote: anything else is somebody's work.
  private static func isUnchanged(_ path: String, since receipt: ShardReceipt?) throws -> Bool {
    guard let receipt else { return false }
    guard access(path, F_OK) == 0 else { return true }
    return try FileDigest.digest(of: path, progress: { _ in }) == receipt.storedDigest
  }

  private func source(of file: ShardPlan.File) throws -> String {
    let found = corpora.filter { CorpusPaths.name(of: $0) == file.source }
    guard let path = found.first, found.count == 1 else {
      throw CoalmineError(
        code: "shard-file-missing",
        found.isEmpty
          ? "shard \(number)/\(shards) reads '\(terminalSafe(file.source))', and no file of that name is "
            + "named" : "two files called '\(terminalSafe(file.source))' are named",
        help: "name the files of the corpus as they were planned with, or their folder",
        exit: .inputMissing)
    }
    return path
  }

  /// Shards that run side by side create it together, so nobody takes it away again.
  private func createFolder() throws {
    guard mkdir(folder, 0o700) != 0, errno != EEXIST else { return }
    throw CoalmineError(
      code: "output-not-created",
      "cannot create the folder '\(terminalSafe(folder))': \(String(cString: strerror(errno)))",
      exit: .cannotCreate)
  }
}
