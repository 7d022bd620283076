// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import CoalmineSeeding
import Glibc

/// Makes a study in shards whole: the study becomes the one that `seed` on one machine would have
/// written.
public enum MergeVerb {
  /// What the shards planted.
  public struct Summary: Sendable {
    public let studyID: String
    public let files: Int
    public let copies: Int
    /// SHA-256 of the data of all files one after another.
    public let seededDigest: String
    public let preflight: Preflight
  }

  /// Reads every seeded file once, compares it with its receipt, writes the study and removes the
  /// receipts. Nothing is changed where this throws.
  ///
  ///     try MergeVerb.merge(["seeded"], study: "s.coalmine")
  ///
  /// - Parameter seeded: the files with their receipts beside them, or the folder that holds them.
  /// - Throws: ``CoalmineError``: `shards-missing`, `shard-output-differs`, `study-not-in-shards`, or
  ///   what opening and writing a ledger throw.
  /// - Complexity: one read of the seeded corpus.
  @discardableResult
  public static func merge(
    _ seeded: [String], study path: String, note: @escaping (String) -> Void = { _ in },
    progress: @escaping ProgressReport = { _ in }
  ) throws -> Summary {
    let seeded = try CorpusPaths.expanded(seeded)
    let file = try Outputs(reading: seeded, note: note).openSuccessor(ofLedger: path)
    let ledger = try Ledger.open(at: path, inShards: true)
    do {
      let sharded = try ShardedCorpus(ledger)
      let (paths, receipts) = try written(seeded, sharded)
      let merge = ShardMerge(
        sharded.plan, receipts, removals: sharded.study.manifest?.removals ?? [],
        canaries: sharded.study.canaries)
      var sample = PreflightSample()
      let manifest = try merge.manifest(reading: paths, into: &sample, progress: progress)
      let preflight = Preflight(sample)
      let whole = try sharded.study.merged(
        manifest, records: merge.sound(sharded.study.records), preflight)
      progress(WorkDone("writing the ledger"))
      try UnfinishedFiles.undisturbed {
        try ledger.complete(as: whole, into: file)
        for path in paths { unlink(ShardedCorpus.receiptPath(beside: path)) }
      }
      return Summary(
        studyID: whole.id, files: paths.count, copies: manifest.insertions.count,
        seededDigest: hexadecimal(manifest.corpus.seededDigest), preflight: preflight)
    } catch {
      try? ledger.close()
      throw error
    }
  }

  /// The seeded files in the order of the plan, with their receipts.
  private static func written(
    _ seeded: [String], _ sharded: ShardedCorpus
  ) throws -> ([String], [ShardReceipt]) {
    let byName = Dictionary(seeded.map { (CorpusPaths.name(of: $0), $0) }) { first, _ in first }
    var found: [String: ShardReceipt] = [:]
    for file in sharded.plan.files {
      guard let path = byName[file.name] else { continue }
      found[file.name] = sharded.receipt(beside: path)
    }
    let missing = sharded.missing { found[$0.name] != nil }
    guard missing.isEmpty else {
      throw CoalmineError(
        code: "shards-missing",
        "\(missing.count) of \(sharded.plan.shards) shards are missing, or have no receipt of this plan",
        details: missing.prefix(8).map(\.words)
          + (missing.count > 8 ? ["and \(missing.count - 8) more"] : []),
        help: "run them with 'coalmine seed --shard', and merge again", exit: .inputMissing)
    }
    let names = sharded.plan.files.map(\.name)
    return (names.compactMap { byName[$0] }, names.compactMap { found[$0] })
  }
}

extension StudyRecord {
  /// The study without its plan of shards, and with what they wrote.
  fileprivate func merged(
    _ manifest: Manifest, records: [CorpusRecord], _ preflight: Preflight
  ) throws -> StudyRecord {
    var files = files
    files[ShardedStudy.fileName] = nil
    files[PreflightVerb.fileName] = try preflight.document()
    return StudyRecord(
      id: StudyFile.id(protocolDigest: protocolDigest, manifest.corpus), protocolText: protocolText,
      protocolDigest: protocolDigest, files: files, root: root, predictableSeed: predictableSeed,
      orderSeed: orderSeed, scoringSeed: scoringSeed, createdAt: createdAt, version: version,
      manifest: manifest, canaries: canaries, references: references,
      inContextControls: inContextControls, records: records)
  }
}
