// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Puts the receipts of all files together to the manifest of the corpus, and reads the files once
/// for it: each must be the one that its receipt describes.
public struct ShardMerge: Sendable {
  private let plan: ShardPlan
  private let receipts: [ShardReceipt]
  private let removals: [Removal]
  private let canaries: [String: Canary]

  /// - Parameters:
  ///   - receipts: one per file, in the order of the plan.
  ///   - removals: what was taken out, as it was planned.
  public init(
    _ plan: ShardPlan, _ receipts: [ShardReceipt], removals: [Removal], canaries: [Canary]
  ) {
    self.plan = plan
    self.receipts = receipts
    self.removals = removals
    self.canaries = Dictionary(canaries.map { ($0.id, $0.asPlanted) }) { first, _ in first }
  }

  /// The same as a pass over all files gives.
  ///
  /// - Parameters:
  ///   - paths: the seeded files in the order of the plan.
  ///   - sample: takes note of the copies and of the corpus's own records.
  /// - Throws: ``CoalmineError`` `shard-output-differs` with exit code 5, or a reading error.
  /// - Complexity: one read of the seeded corpus.
  public func manifest(
    reading paths: [String], into sample: inout PreflightSample,
    progress: @escaping ProgressReport = { _ in }
  ) throws -> Manifest {
    var meter = ByteMeter(
      "reading the seeded files", of: receipts.reduce(0) { $0 + $1.seededSize }, progress)
    var whole = SHA256Digest()
    var base: Int64 = 0
    var insertions: [Insertion] = []
    for (path, receipt) in zip(paths, receipts) {
      let digest = try read(path, receipt, &whole, &sample, &meter)
      guard digest == receipt.storedDigest else { throw Self.differs(path) }
      insertions += receipt.insertions.map {
        Insertion(
          canary: $0.canary, copy: $0.copy, slot: $0.slot, offset: base + $0.offset,
          length: $0.length)
      }
      base += receipt.seededSize
    }
    let isOne = plan.files.count == 1 && Compression(name: plan.files[0].name) == nil
    let manifest = Manifest(
      corpus: CorpusFacts(
        format: plan.format, shape: plan.shape, records: plan.records,
        size: plan.files.reduce(0) { $0 + $1.size }, seededSize: base, digest: plan.digest,
        seededDigest: whole.finalize(),
        parts: isOne
          ? []
          : zip(plan.files, receipts).map { file, receipt in
            CorpusPart(
              name: file.name, size: file.size, seededSize: receipt.seededSize,
              storedDigest: receipt.storedDigest)
          }, separator: plan.statedSeparator),
      insertions: insertions, removals: removals)
    try manifest.validate()
    return manifest
  }

  /// Scored records of the whole corpus that are sound members or non-members.
  public func sound(_ records: [CorpusRecord]) -> [CorpusRecord] {
    let repeated = Set(receipts.flatMap(\.repeated))
    return records.filter { record in
      !(Int(record.id.drop { !$0.isNumber }).map(repeated.contains) ?? false)
    }
  }

  /// - Returns: SHA-256 of the file as it lies there.
  private func read(
    _ path: String, _ receipt: ShardReceipt, _ whole: inout SHA256Digest,
    _ sample: inout PreflightSample, _ meter: inout ByteMeter
  ) throws -> [UInt8] {
    let file = try CorpusFile(path, separator: plan.statedSeparator)
    let type = RecordCodecs.codec(of: plan.format)
    guard file.size == receipt.seededSize, let codec = try? type.init(file) else {
      throw Self.differs(path)
    }
    let fields = RecordFields(shape: plan.shape, syntax: codec.syntax)
    var own = file.compression == nil ? SHA256Digest() : nil
    var insertions = receipt.insertions[...]
    var reader = codec.reader(file, limit: type.limit)
    while let line = try reader.next() {
      whole.update(line)
      own?.update(line)
      meter.add(line.count)
      guard line.isRecord, line.part == .whole else { continue }
      let start = line.offset + Int64(line.mark.count + line.lead.count)
      while let first = insertions.first, first.offset + first.length <= start {
        insertions.removeFirst()
      }
      if let insertion = insertions.first, insertion.offset <= start {
        if let canary = canaries[insertion.canary] {
          sample.add(canary, planted: line.content, fields)
        }
      } else {
        sample.add(record: line.content, fields)
      }
    }
    return try own?.finalize() ?? file.storedDigest()
  }

  private static func differs(_ path: String) -> CoalmineError {
    CoalmineError(
      code: "shard-output-differs",
      "'\(terminalSafe(path))' is not the file that its shard wrote: it differs from its receipt",
      help: "remove the file and its receipt, and run its shard again", exit: .verificationFailed)
  }
}

extension ShardPlan {
  /// What is taken out, and the records that are scored, as far as the survey alone tells: shards find
  /// the records whose text stands in another group (``ShardMerge/sound(_:)``).
  ///
  /// - Parameter canaries: of the study, which tell whether pairs of texts are turns.
  public static func drawn(
    from survey: CorpusSurvey, canaries: [Canary]
  ) -> (removals: [Removal], records: [CorpusRecord]) {
    let fields = RecordFields(shape: survey.shape, syntax: survey.files[0].codec.syntax)
    var removals: [Removal] = []
    var records: [CorpusRecord] = []
    let pairs = canaries.pairs
    for one in survey.sample.drawn {
      guard let held = survey.held[one.record] else { continue }
      if one.membership != .member {
        removals.append(
          Removal(record: one.record, offset: held.offset, bytes: Secret(held.bytes)))
      }
      if one.textTag != nil, let side = one.membership, let text = fields.text(of: held.content) {
        let conversation = fields.conversation(of: held.content, pairs: pairs)
        records.append(survey.sample.corpusRecord(one.record, side, text: text, conversation))
      }
    }
    return (removals, records)
  }

  /// The corpus as far as it is known before a shard has written.
  public var facts: CorpusFacts {
    CorpusFacts(
      format: format, shape: shape, records: records, size: files.reduce(0) { $0 + $1.size },
      seededSize: 0, digest: digest, seededDigest: Array(repeating: 0, count: 32), parts: [],
      separator: statedSeparator)
  }
}
