// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// A pass that copies a corpus and plants in it: over records (``SeedingPass``), or over a tree of files
/// (``TreePass``).
protocol CorpusPass {
  var state: PassState { get set }

  /// Goes on with the next file.
  mutating func begin(_ part: SurveyedFile) throws
  mutating func read(_ line: CorpusLine) throws
  /// After the last piece of a file.
  mutating func end() throws
  /// The facts, once everything is read and written.
  mutating func finish() throws -> Seeding
}

/// What a pass over a corpus has read and written so far.
struct PassState {
  let survey: CorpusSurvey
  let canaries: [Canary]
  private let remarks: CopyRemarks?
  var output: SeededOutput
  /// What is noted of the copies and of the corpus's own records, where that is asked for.
  var sample: PreflightSample?
  /// Copies that are still to be planted.
  private(set) var plan: ArraySlice<InsertionPlan.Entry>
  private let scoredNumbers: Set<Int>
  private let pairs: StudyProtocol.Pairs
  private var hash = SHA256Digest()
  /// Bytes that were read.
  private(set) var size: Int64 = 0
  private(set) var records = 0
  /// Records that stay.
  var kept = 0
  private(set) var insertions: [Insertion] = []
  private var removals: [Removal] = []
  private var sampled: [(number: Int, record: CorpusRecord)] = []

  /// - Parameter first: where a pass over one file of several begins in the corpus.
  init(
    _ seeder: Seeder, _ output: SeededOutput, _ plan: InsertionPlan,
    from first: ShardPlan.File? = nil
  ) {
    survey = seeder.survey
    canaries = seeder.canaries
    remarks = seeder.remarks
    self.output = output
    self.plan = plan.entries[...]
    scoredNumbers = Set(survey.sample.scored.values.joined())
    pairs = canaries.pairs
    guard let first else { return }
    records = first.recordsBefore
    kept = first.keptBefore
    self.plan = self.plan.drop { $0.slot < first.keptBefore }
  }

  /// The next copy that is planted at a slot.
  mutating func next(at slot: Int) -> InsertionPlan.Entry? {
    guard let entry = plan.first, entry.slot == slot else { return nil }
    plan.removeFirst()
    return entry
  }

  /// What makes a copy differ from the others of its canary; empty where they are alike.
  func remark(on entry: InsertionPlan.Entry) -> [UInt8] {
    remarks?.remark(on: canaries[entry.canary], copy: entry.copy) ?? []
  }

  /// Counts a piece of the corpus that was read.
  ///
  /// - Returns: where its record begins in the corpus.
  mutating func count(_ line: CorpusLine) -> Int64 {
    hash.update(line)
    defer { size += Int64(line.count) }
    return size + Int64(line.mark.count)
  }

  /// - Returns: the number of the record that begins.
  mutating func countRecord() -> Int {
    defer { records += 1 }
    return records
  }

  mutating func copy(_ line: CorpusLine) throws {
    try output.write(line.lead)
    try output.write(line.content)
    try output.write(line.ending)
  }

  /// Writes a copy.
  ///
  /// - Parameters:
  ///   - record: the copy alone, without what keeps it apart from other records.
  ///   - bytes: what is written.
  mutating func plant(
    _ entry: InsertionPlan.Entry, record: [UInt8], as bytes: [UInt8], _ fields: RecordFields
  ) throws {
    let canary = canaries[entry.canary]
    sample?.add(canary, planted: record, fields)
    insertions.append(
      Insertion(
        canary: canary.id, copy: entry.copy, slot: entry.slot, offset: output.size,
        length: Int64(bytes.count)))
    try output.write(bytes)
  }

  /// Takes note of a record that stays, where ``sample`` is asked for.
  mutating func note(_ record: [UInt8], _ fields: RecordFields) {
    sample?.add(record: record, fields)
  }

  /// Takes note of a record that was drawn for the membership scores.
  mutating func take(_ content: [UInt8], _ number: Int, _ fields: RecordFields) {
    guard scoredNumbers.contains(number), let membership = survey.sample.membership[number],
      let text = fields.text(of: content)
    else { return }
    let conversation = fields.conversation(of: content, pairs: pairs)
    sampled.append(
      (number, survey.sample.corpusRecord(number, membership, text: text, conversation)))
  }

  /// Takes note of a record that does not stay.
  mutating func remove(_ bytes: [UInt8], _ number: Int, at offset: Int64) {
    removals.append(Removal(record: number, offset: offset, bytes: Secret(bytes)))
  }

  /// SHA-256 of what was read.
  func digest() -> [UInt8] {
    let hash = hash
    return hash.finalize()
  }

  /// The facts of a whole corpus.
  ///
  /// - Parameters:
  ///   - parts: its files, where it is more than one without compression.
  ///   - repeated: scored records whose text stands in another group as well.
  /// - Throws: ``CoalmineError`` `corpus-changed` where it is not the one that was surveyed.
  mutating func finish(
    repeated: Set<Int> = [], parts: ([SeededOutput.Part]) -> [CorpusPart]
  ) throws -> Seeding {
    let read = digest()
    guard read == survey.digest, size == survey.size, records == survey.records, plan.isEmpty
    else { throw Self.changed(survey.files.count == 1 ? survey.path : "the corpus") }
    let seededDigest = try output.digest()
    let facts = CorpusFacts(
      format: survey.format, shape: survey.shape, records: records, size: size,
      seededSize: output.size, digest: read, seededDigest: seededDigest,
      parts: output.writesParts ? parts(output.parts) : [], separator: survey.statedSeparator)
    return Seeding(
      manifest: Manifest(corpus: facts, insertions: insertions, removals: removals),
      records: sampled.filter { !repeated.contains($0.number) }.map(\.record))
  }

  static func changed(_ path: String) -> CoalmineError {
    CoalmineError(
      code: "corpus-changed", "'\(terminalSafe(path))' changed while it was being read",
      help: "make sure that nothing writes to it, and run the command again",
      exit: .inputOutput)
  }
}
