// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Writes one file of a corpus, or one range of the only one, byte for byte as a pass over all files would have written it.
///
/// ```swift
/// let seeder = try ShardSeeder(plan, canaries: canaries, randomness: randomness)
/// let receipt = try seeder.write(0, from: "part-0.jsonl", to: output)
/// ```
public struct ShardSeeder: Sendable {
  public let plan: ShardPlan
  /// What ``ShardReceipt/plan`` says of this plan and this randomness.
  public let planName: String
  private let canaries: [Canary]
  private let randomness: StudyRandomness
  private let remarks: CopyRemarks?

  /// - Parameters:
  ///   - canaries: all of the study, in any order.
  ///   - remarks: what makes the copies of one canary differ, where they should.
  /// - Throws: ``CoalmineError`` `ledger-damaged` where one of the plan is not there.
  public init(
    _ plan: ShardPlan, canaries: [Canary], randomness: StudyRandomness,
    remarks: CopyRemarks? = nil
  ) throws {
    let byID = Dictionary(canaries.map { ($0.id, $0) }) { first, _ in first }
    self.plan = plan
    self.canaries = plan.canaries.compactMap { byID[$0] }
    guard self.canaries.count == plan.canaries.count else {
      throw CoalmineError(
        code: "ledger-damaged", "the plan of shards names canaries that the study does not hold",
        help: "restore the study file from a copy", exit: .badData)
    }
    self.randomness = randomness
    self.remarks = remarks
    planName = hexadecimal(
      HMACSHA256(key: randomness.seed(for: .slots, "receipts")).code(for: try plan.document()))
  }

  /// Writes a file; the caller gives it its name.
  ///
  /// - Parameter place: of the file in the plan, from 0.
  /// - Throws: ``CoalmineError`` `shard-file-differs` where the file is not the one that was planned
  ///   with, or a file error.
  /// - Complexity: one read of the file, or of its range.
  public func write(
    _ place: Int, from path: String, to output: SeededFile,
    progress: @escaping ProgressReport = { _ in }
  ) throws -> ShardReceipt {
    let part = plan.files[place]
    let file = try CorpusFile(path, separator: plan.statedSeparator, range: part.range)
    guard file.size == part.size, part.range == nil || file.storedSize == plan.facts.size,
      let codec = try? RecordCodecs.codec(of: plan.format).init(file)
    else { throw ShardPlan.differs(path, part) }
    let surveyed = SurveyedFile(
      path: path, name: part.name, codec: codec, size: file.size, compression: file.compression,
      separator: plan.statedSeparator, range: part.range)
    let survey = CorpusSurvey(plan, place, surveyed)
    let written = try Seeder(
      survey: survey, canaries: canaries, randomness: randomness, remarks: remarks
    ).write(part, to: output, progress: progress)
    return ShardReceipt(
      plan: planName, file: part.name, seededSize: written.written.size,
      storedDigest: written.written.storedDigest, insertions: written.insertions,
      repeated: written.repeated)
  }
}
