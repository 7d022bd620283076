// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineStatistics

/// Writes the seeded corpus: a second pass that copies every byte, leaves out the records that
/// were drawn as non-members, and plants the canaries.
public struct Seeder: Sendable {
  package let survey: CorpusSurvey
  let canaries: [Canary]
  let randomness: StudyRandomness
  /// What makes the copies of one canary differ; `nil` where they are alike.
  let remarks: CopyRemarks?

  /// - Parameters:
  ///   - survey: of the corpus that will be read again.
  ///   - canaries: all of them; held-out ones have no copies.
  ///   - remarks: what makes the copies of one canary differ, where they should.
  public init(
    survey: CorpusSurvey, canaries: [Canary], randomness: StudyRandomness,
    remarks: CopyRemarks? = nil
  ) {
    self.survey = survey
    self.canaries = canaries
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
    var pass = SeedingPass(self, output)
    swap(&pass.sample, &sample)
    defer { swap(&pass.sample, &sample) }
    var meter = ByteMeter(stage, of: survey.files.reduce(0) { $0 + $1.size }, progress)
    for part in survey.files { try read(part, in: &pass, &meter) }
    return try pass.finish()
  }

  private func read(
    _ part: SurveyedFile, in pass: inout SeedingPass, _ meter: inout ByteMeter
  ) throws {
    let file = try part.opened()
    // The header of a table, read again: it must be the one that was surveyed.
    let codec = try RecordCodecs.codec(of: survey.format).init(file)
    guard codec.syntax == part.codec.syntax else { throw SeedingPass.changed(part.path) }
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

/// The second pass.
struct SeedingPass {
  let survey: CorpusSurvey
  let canaries: [Canary]
  private(set) var part: SurveyedFile
  let boundary: RecordBoundary
  let formatter: RecordFormatter
  private let remarks: CopyRemarks?
  let sampler: RecordSampler
  let keptRecords: Int
  var output: SeededOutput
  /// What is noted of the copies and of the corpus's own records, where that is asked for.
  var sample: PreflightSample?

  private var plan: ArraySlice<InsertionPlan.Entry>
  /// Names of planted files, in their order.
  private var fileNames: ChaCha8Rand
  private let identifierKey: HMACSHA256
  /// Whether records can hold conversations.
  private let takesTurns: Bool
  private let scoredNumbers: Set<Int>
  private var digest = SHA256Digest()
  private var size: Int64 = 0
  private var records = 0
  private var kept = 0
  /// Records of the current file that stay, and where its data begins.
  private var keptHere = 0
  private var start: Int64 = 0
  /// Sizes of the files that were read.
  private var sizes: [Int64] = []
  private var insertions: [Insertion] = []
  private var removals: [Removal] = []
  private var sampled: [(number: Int, record: CorpusRecord)] = []
  /// Scored records whose text stands in another group as well.
  private var repeated: Set<Int> = []
  /// Of a tree of source code.
  private var names: SourceNames
  /// The files of a tree in their order; written ones get their sizes at the end.
  private var treeFiles: [TreeFile] = []
  /// Whether the current file of a tree was begun or taken out.
  private var isBegun = false

  private enum TreeFile {
    case kept(String, size: Int64)
    case planted(String)
    case removed(String, size: Int64)
  }

  /// - Parameter first: where a pass over one file of several begins in the corpus.
  init(_ seeder: Seeder, _ output: SeededOutput, from first: ShardPlan.File? = nil) {
    survey = seeder.survey
    part = survey.files[0]
    boundary = type(of: part.codec).boundary
    takesTurns =
      switch survey.shape {
      case .plainText, .text: false
      case .promptCompletion, .messages, .preference: true
      }
    canaries = seeder.canaries
    formatter = survey.formatter
    remarks = seeder.remarks
    sampler = RecordSampler(wanted: 0, seed: seeder.randomness.seed(for: .records))
    keptRecords = survey.records - survey.sample.removals
    self.output = output
    var slots = seeder.randomness.generator(for: .slots)
    let repetitions = canaries.map(\.copies)
    plan =
      (boundary == .files
      ? InsertionPlan(
        repetitions: repetitions, slots: Self.slots(canaries, survey), using: &slots)
      : InsertionPlan(repetitions: repetitions, records: keptRecords, using: &slots)).entries[...]
    names = SourceNames(boundary == .files ? survey.files.map(\.name) : [])
    fileNames = seeder.randomness.generator(for: .identifiers)
    identifierKey = HMACSHA256(key: seeder.randomness.seed(for: .identifiers))
    scoredNumbers = Set(survey.sample.scored.values.joined())
    guard let first else { return }
    records = first.recordsBefore
    kept = first.keptBefore
    plan = plan.drop { $0.slot < first.keptBefore }
  }

  /// Beside which records each canary can be planted: those of its language that stay. Where none of
  /// them does, all that stay.
  private static func slots(_ canaries: [Canary], _ survey: CorpusSurvey) -> [[Int]] {
    let kept = survey.languages.indices.filter { !survey.sample.removes($0) }
    var byLanguage: [CodeLanguage: [Int]] = [:]
    for (slot, record) in kept.enumerated() {
      if let language = survey.languages[record] { byLanguage[language, default: []].append(slot) }
    }
    return canaries.map { canary in
      canary.codeLanguage.flatMap { byLanguage[$0] } ?? Array(kept.indices)
    }
  }

  /// Goes on with the next file.
  mutating func begin(_ part: SurveyedFile) throws {
    self.part = part
    keptHere = 0
    start = size
    isBegun = false
    if boundary != .files { try output.begin() }
  }

  mutating func end() throws {
    if boundary == .files, !isBegun { try beginFile() }
    sizes.append(size - start)
  }

  mutating func read(_ line: CorpusLine) throws {
    digest.update(line)
    let offset = size + Int64(line.mark.count)
    size += Int64(line.count)
    guard boundary != .files else { return try readFile(line, at: offset) }
    try output.write(line.mark)
    guard line.isRecord else { return try copy(line) }
    guard line.part == .whole else { return try readPiece(line) }
    let number = records
    records += 1
    noteRepeats(line.content, number)
    if scoredNumbers.contains(number) { take(line.content, number) }
    if survey.sample.removes(number) {
      removals.append(
        Removal(
          record: number, offset: offset, bytes: Secret(line.lead + line.content + line.ending)))
      return
    }
    let fields = formatter.fields
    sample?.add(record: line.content, fields)
    try plantBefore(line)
    try copy(line)
    try countKept(like: line.content, line.ending)
  }

  /// A file of a tree, or a piece of one: planted files go before it.
  private mutating func readFile(_ line: CorpusLine, at offset: Int64) throws {
    if line.part.begins, line.isRecord {
      let number = records
      records += 1
      if line.part == .whole {
        if scoredNumbers.contains(number) { take(line.content, number) }
        if survey.sample.removes(number) {
          removals.append(Removal(record: number, offset: offset, bytes: Secret(line.content)))
          treeFiles.append(.removed(part.name, size: part.size))
          isBegun = true
          return
        }
        let fields = formatter.fields
        sample?.add(record: line.content, fields)
      }
      try plantFiles()
      kept += 1
    }
    if !isBegun { try beginFile() }
    try copy(line)
  }

  private mutating func beginFile() throws {
    try output.begin(part.name)
    treeFiles.append(.kept(part.name, size: part.size))
    isBegun = true
  }

  /// Each copy of this slot as a file of its own.
  private mutating func plantFiles() throws {
    while let entry = plan.first, entry.slot == kept {
      plan.removeFirst()
      let canary = canaries[entry.canary]
      let bytes =
        canary.revealedText() + (remarks?.remark(on: canary, copy: entry.copy) ?? [])
      let name = names.next(beside: part.name, using: &fileNames)
      try output.begin(name)
      treeFiles.append(.planted(name))
      let fields = formatter.fields
      sample?.add(canary, planted: bytes, fields)
      insertions.append(
        Insertion(
          canary: canary.id, copy: entry.copy, slot: entry.slot, offset: output.size,
          length: Int64(bytes.count)))
      try output.write(bytes)
    }
  }

  /// Canaries of the slot before a record that stays.
  private mutating func plantBefore(_ line: CorpusLine) throws {
    guard boundary == .ended else {
      let isFirst = keptHere == 0
      let separator = survey.separator
      return try plant(at: kept, like: line.content) {
        isFirst ? $0 + separator : separator + $0
      }
    }
    let ending = line.ending.isEmpty ? survey.separator : line.ending
    try plant(at: kept, like: line.content) { $0 + ending }
  }

  /// A long line was drawn for nothing: it stays, and canaries go before or after it.
  private mutating func readPiece(_ line: CorpusLine) throws {
    if line.part == .first {
      records += 1
      // How the line itself ends is not known yet.
      let ending = survey.separator
      try plant(at: kept, like: nil) { $0 + ending }
    }
    try copy(line)
    if line.part == .last { try countKept(like: nil, line.ending) }
  }

  private mutating func copy(_ line: CorpusLine) throws {
    try output.write(line.lead)
    try output.write(line.content)
    try output.write(line.ending)
  }

  /// After a record that stays; canaries of the last slot follow the last one.
  private mutating func countKept(like neighbour: [UInt8]?, _ lineEnding: [UInt8]) throws {
    kept += 1
    keptHere += 1
    guard kept == keptRecords else { return }
    guard boundary == .ended else {
      let separator = survey.separator
      return try plant(at: kept, like: neighbour) { separator + $0 }
    }
    let ending = lineEnding.isEmpty ? survey.separator : lineEnding
    // A last line without a line break keeps being the one without: the break is planted.
    try plant(at: kept, like: neighbour) { lineEnding.isEmpty ? ending + $0 : $0 + ending }
  }

  /// - Parameter neighbour: the record to take the form from; `nil` where it cannot be one.
  private mutating func plant(
    at slot: Int, like neighbour: [UInt8]?, separated: ([UInt8]) -> [UInt8]
  ) throws {
    guard plan.first?.slot == slot else { return }
    let near = neighbour.flatMap { isSound($0) ? $0 : nil } ?? survey.exemplar
    while let entry = plan.first, entry.slot == slot {
      plan.removeFirst()
      let canary = canaries[entry.canary]
      guard let (line, model) = line(of: entry, near) else { throw Self.changed(part.path) }
      let formatted = try part.codec.framed(line, like: model)
      let fields = formatter.fields
      sample?.add(canary, planted: formatted, fields)
      let bytes = separated(formatted)
      insertions.append(
        Insertion(
          canary: canary.id, copy: entry.copy, slot: slot, offset: output.size,
          length: Int64(bytes.count)))
      try output.write(bytes)
    }
  }

  /// A copy, and the record that it is formatted like: its neighbour, or one for all copies of a canary
  /// where they would differ in what is trained (``ModelRecords``). A neighbour with other turns than those
  /// that were drawn for the canary is none (``CorpusSurvey/inConversations(_:)``).
  private func line(of entry: InsertionPlan.Entry, _ near: [UInt8]) -> (
    line: [UInt8], model: [UInt8]
  )? {
    let canary = canaries[entry.canary]
    let own = survey.model(of: entry.canary)
    let remark = remarks?.remark(on: canary, copy: entry.copy) ?? []
    func formatted(_ model: [UInt8]) -> [UInt8]? {
      // A generator per copy: what one copy draws does not depend on those before it.
      var identifiers = ChaCha8Rand(
        seed: identifierKey.code(for: Array("\(canary.id)/\(entry.copy)".utf8)))
      return formatter.line(for: canary, remark: remark, like: model, using: &identifiers)
    }
    let first = canary.copies > 1 && !survey.models.isEmpty ? own : near
    guard let line = formatted(first) else { return nil }
    guard takesTurns, formatter.fields.turnsBefore(of: line) != canary.turns,
      let other = formatted(own), formatter.fields.turnsBefore(of: other) == canary.turns
    else { return (line, first) }
    return (other, own)
  }

  /// Whether a record can be a model for a planted one.
  private func isSound(_ content: [UInt8]) -> Bool {
    guard part.codec.syntax != .text else { return true }
    return (try? part.codec.validity(content, path: part.path, number: 0)) == .usable
      && formatter.fields.isUsable(content)
  }

  private mutating func take(_ content: [UInt8], _ number: Int) {
    guard let membership = survey.sample.membership[number],
      let text = formatter.fields.text(of: content)
    else { return }
    sampled.append(
      (number, survey.sample.corpusRecord(number, membership, text: text)))
  }

  /// With groups, a drawn text can stand in a group that was not drawn for the same side; it is
  /// then neither a sound member nor a sound non-member.
  private mutating func noteRepeats(_ content: [UInt8], _ number: Int) {
    guard let groupField = survey.groupField, !scoredNumbers.isEmpty,
      let text = formatter.fields.text(of: content), !text.isEmpty,
      let owners = survey.sample.scored[sampler.tag(ofText: text)]
    else { return }
    let group = formatter.fields.group(groupField, of: content)
    for owner in owners where survey.sample.group[owner] != group { repeated.insert(owner) }
  }

  /// The facts, once everything is read and written.
  mutating func finish() throws -> Seeding {
    let read = digest.finalize()
    guard read == survey.digest, size == survey.size, records == survey.records, plan.isEmpty
    else { throw Self.changed(survey.files.count == 1 ? survey.path : "the corpus") }
    let seededDigest = try output.digest()
    let facts = CorpusFacts(
      format: survey.format, shape: survey.shape, records: records, size: size,
      seededSize: output.size, digest: read, seededDigest: seededDigest, parts: parts(),
      separator: survey.statedSeparator)
    return Seeding(
      manifest: Manifest(corpus: facts, insertions: insertions, removals: removals),
      records: sampled.filter { !repeated.contains($0.number) }.map(\.record))
  }

  /// What was written of one file.
  struct Part {
    /// Places count from the beginning of the file.
    let insertions: [Insertion]
    /// Scored records whose text stands in another group as well.
    let repeated: [Int]
    let written: SeededOutput.Part
  }

  /// The facts of one file of several, once it is read and written.
  mutating func finish(_ file: ShardPlan.File) throws -> Part {
    let last = keptHere > 0 && kept == keptRecords ? kept : kept - 1
    guard digest.finalize() == file.digest, size == file.size,
      records == file.recordsBefore + file.records, plan.first.map({ $0.slot > last }) ?? true
    else { throw ShardPlan.differs(part.path, file) }
    _ = try output.digest()
    return Part(
      insertions: insertions, repeated: repeated.sorted(), written: output.parts[0])
  }

  /// The files, where the corpus is more than one without compression.
  private func parts() -> [CorpusPart] {
    guard output.writesParts else { return [] }
    guard boundary != .files else { return treeParts() }
    return zip(survey.files, zip(sizes, output.parts)).map { file, written in
      CorpusPart(
        name: file.name,
        size: written.0, seededSize: written.1.size, storedDigest: written.1.storedDigest)
    }
  }

  private func treeParts() -> [CorpusPart] {
    var written = output.parts[...]
    func part(_ name: String, size: Int64) -> CorpusPart {
      let file = written.popFirst() ?? SeededOutput.Part(size: 0, storedDigest: [])
      return CorpusPart(
        name: name, size: size, seededSize: file.size, storedDigest: file.storedDigest)
    }
    return treeFiles.map { file in
      switch file {
      case .kept(let name, let size): part(name, size: size)
      case .planted(let name): part(name, size: 0)
      case .removed(let name, let size):
        CorpusPart(name: name, size: size, seededSize: 0, storedDigest: sha256([]))
      }
    }
  }

  static func changed(_ path: String) -> CoalmineError {
    CoalmineError(
      code: "corpus-changed", "'\(terminalSafe(path))' changed while it was being read",
      help: "make sure that nothing writes to it, and run the command again",
      exit: .inputOutput)
  }
}
