// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineStatistics

/// Writes the seeded corpus: a second pass that copies every byte, leaves out the records that
/// were drawn as non-members, and plants the canaries.
public struct Seeder: Sendable {
  package let survey: CorpusSurvey
  /// As they are planted.
  let canaries: [Canary]
  let randomness: StudyRandomness
  /// What makes the copies of one canary differ; `nil` where they are alike.
  let remarks: CopyRemarks?

  /// - Parameters:
  ///   - survey: of the corpus that will be read again.
  ///   - canaries: all of them; held-out ones have no copies, or copies with a placeholder.
  ///   - remarks: what makes the copies of one canary differ, where they should.
  public init(
    survey: CorpusSurvey, canaries: [Canary], randomness: StudyRandomness,
    remarks: CopyRemarks? = nil
  ) {
    self.survey = survey
    self.canaries = canaries.map(\.asPlanted)
    self.randomness = randomness
    self.remarks = remarks
  }

  /// Writes the seeded corpus; the caller gives the file its name.
  ///
  /// The corpus is opened for reading only.
  ///
  /// - Throws: ``CoalmineError``: `corpus-changed`, or a file error.
  /// - Complexity: two reads of the corpus in all; memory for one line and the records drawn.
  public func write(to output: OutputFile, progress: @escaping ProgressReport = { _ in }) throws
    -> Seeding
  {
    var sample: PreflightSample?
    return try run(SeededOutput(output), &sample, "writing the seeded corpus", progress)
  }

  /// Writes each file of the seeded corpus, in the order of the survey, and takes note of what is
  /// planted among which records; the caller gives the files their names.
  ///
  /// - Throws: ``CoalmineError``: `corpus-changed`, or a file error.
  public func write(
    to outputs: [SeededFile], into sample: inout PreflightSample,
    progress: @escaping ProgressReport = { _ in }
  ) throws -> Seeding {
    var noted: PreflightSample? = sample
    let seeding = try run(SeededOutput(outputs), &noted, "writing the seeded corpus", progress)
    sample = noted ?? sample
    return seeding
  }

  /// Writes the seeded corpus, and takes note of what is planted among which records.
  ///
  /// - Throws: ``CoalmineError``: `corpus-changed`, or a file error.
  public func write(
    to output: OutputFile, into sample: inout PreflightSample,
    progress: @escaping ProgressReport = { _ in }
  ) throws -> Seeding {
    var noted: PreflightSample? = sample
    let seeding = try run(SeededOutput(output), &noted, "writing the seeded corpus", progress)
    sample = noted ?? sample
    return seeding
  }

  /// Writes a tree of source code, and takes note of what is planted among which records; the caller
  /// gives the folder its name.
  ///
  /// - Throws: ``CoalmineError``: `corpus-changed`, or a file error; `CancellationError` where a signal
  ///   came.
  public func write(
    to tree: TreeOutput, into sample: inout PreflightSample,
    progress: @escaping ProgressReport = { _ in }
  ) throws -> Seeding {
    var noted: PreflightSample? = sample
    let seeding = try run(
      SeededOutput(tree: tree), &noted, "writing the seeded corpus", progress)
    sample = noted ?? sample
    return seeding
  }

  /// Does what ``write(to:into:progress:)`` does, without an output.
  ///
  /// - Throws: ``CoalmineError``: `corpus-changed`, or a reading error.
  public func rehearse(
    into sample: inout PreflightSample, progress: @escaping ProgressReport = { _ in }
  ) throws {
    var noted: PreflightSample? = sample
    let output =
      survey.format == .source
      ? SeededOutput(tree: nil) : SeededOutput(survey.files.map { _ in SeededFile(nil) })
    _ = try run(output, &noted, "planting for a rehearsal", progress)
    sample = noted ?? sample
  }

  private func run(
    _ output: SeededOutput, _ sample: inout PreflightSample?, _ stage: String,
    _ progress: @escaping ProgressReport
  ) throws -> Seeding {
    var meter = ByteMeter(stage, of: survey.files.reduce(0) { $0 + $1.size }, progress)
    guard survey.format == .source else {
      var pass = SeedingPass(self, output)
      return try run(&pass, &sample, &meter)
    }
    var pass = TreePass(self, output)
    return try run(&pass, &sample, &meter)
  }

  private func run<Pass: CorpusPass>(
    _ pass: inout Pass, _ sample: inout PreflightSample?, _ meter: inout ByteMeter
  ) throws -> Seeding {
    swap(&pass.state.sample, &sample)
    defer { swap(&pass.state.sample, &sample) }
    for part in survey.files { try read(part, in: &pass, &meter) }
    return try pass.finish()
  }

  private func read<Pass: CorpusPass>(
    _ part: SurveyedFile, in pass: inout Pass, _ meter: inout ByteMeter
  ) throws {
    let file = try part.opened()
    // The header of a table, read again: it must be the one that was surveyed.
    let codec = try RecordCodecs.codec(of: survey.format).init(file)
    guard codec.syntax == part.codec.syntax else { throw PassState.changed(part.path) }
    try pass.begin(part)
    var reader = codec.reader(file, limit: survey.lineLimit)
    while let line = try reader.next() {
      try pass.read(line)
      meter.add(line.count)
    }
    try pass.end()
  }

  /// Writes one file of a corpus whose others are written elsewhere.
  ///
  /// - Parameter part: the plan's entry for the file, the only one of ``survey``.
  func write(
    _ part: ShardPlan.File, to output: SeededFile, progress: @escaping ProgressReport
  ) throws -> SeedingPass.Part {
    var pass = SeedingPass(self, SeededOutput([output]), from: part)
    var meter = ByteMeter("writing a seeded file", of: part.size, progress)
    try read(survey.files[0], in: &pass, &meter)
    return try pass.finish(part)
  }
}
