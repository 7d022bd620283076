// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineStatistics

/// The second pass over records: each copy is planted before a record that stays, or after the last one.
struct SeedingPass: CorpusPass {
  var state: PassState
  private let survey: CorpusSurvey
  private var part: SurveyedFile
  private let boundary: RecordBoundary
  private let formatter: RecordFormatter
  private let sampler: RecordSampler
  private let keptRecords: Int
  private let identifierKey: HMACSHA256
  /// Whether records can hold conversations.
  private let takesTurns: Bool
  /// How a prompt and a completion that are texts are trained: as turns where all canaries have them.
  private let pairs: StudyProtocol.Pairs
  /// Records of the current file that stay, and where its data begins.
  private var keptHere = 0
  private var start: Int64 = 0
  /// Sizes of the files that were read.
  private var sizes: [Int64] = []
  /// Scored records whose text stands in another group as well.
  private var repeated: Set<Int> = []

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
    pairs = seeder.canaries.pairs
    formatter = survey.formatter
    sampler = RecordSampler(wanted: 0, seed: seeder.randomness.seed(for: .records))
    keptRecords = survey.records - survey.sample.removals
    identifierKey = HMACSHA256(key: seeder.randomness.seed(for: .identifiers))
    var slots = seeder.randomness.generator(for: .slots)
    let plan = InsertionPlan(
      repetitions: seeder.canaries.map(\.plantings), records: keptRecords, using: &slots)
    state = PassState(seeder, output, plan, from: first)
  }

  mutating func begin(_ part: SurveyedFile) throws {
    self.part = part
    keptHere = 0
    start = state.size
    try state.output.begin()
  }

  mutating func end() { sizes.append(state.size - start) }

  mutating func read(_ line: CorpusLine) throws {
    let offset = state.count(line)
    try state.output.write(line.mark)
    guard line.isRecord else { return try state.copy(line) }
    guard line.part == .whole else { return try readPiece(line) }
    let number = state.countRecord()
    noteRepeats(line.content, number)
    state.take(line.content, number, formatter.fields)
    if survey.sample.removes(number) {
      return state.remove(line.lead + line.content + line.ending, number, at: offset)
    }
    state.note(line.content, formatter.fields)
    try plantBefore(line)
    try state.copy(line)
    try countKept(like: line.content, line.ending)
  }

  /// Canaries of the slot before a record that stays.
  private mutating func plantBefore(_ line: CorpusLine) throws {
    guard boundary == .ended else {
      let isFirst = keptHere == 0
      let separator = survey.separator
      return try plant(at: state.kept, like: line.content) {
        isFirst ? $0 + separator : separator + $0
      }
    }
    let ending = line.ending.isEmpty ? survey.separator : line.ending
    try plant(at: state.kept, like: line.content) { $0 + ending }
  }

  /// A long line was drawn for nothing: it stays, and canaries go before or after it.
  private mutating func readPiece(_ line: CorpusLine) throws {
    if line.part == .first {
      _ = state.countRecord()
      // How the line itself ends is not known yet.
      let ending = survey.separator
      try plant(at: state.kept, like: nil) { $0 + ending }
    }
    try state.copy(line)
    if line.part == .last { try countKept(like: nil, line.ending) }
  }

  /// After a record that stays; canaries of the last slot follow the last one.
  private mutating func countKept(like neighbour: [UInt8]?, _ lineEnding: [UInt8]) throws {
    state.kept += 1
    keptHere += 1
    guard state.kept == keptRecords else { return }
    guard boundary == .ended else {
      let separator = survey.separator
      return try plant(at: state.kept, like: neighbour) { separator + $0 }
    }
    let ending = lineEnding.isEmpty ? survey.separator : lineEnding
    // A last line without a line break keeps being the one without: the break is planted.
    try plant(at: state.kept, like: neighbour) { lineEnding.isEmpty ? ending + $0 : $0 + ending }
  }

  /// - Parameter neighbour: the record to take the form from; `nil` where it cannot be one.
  private mutating func plant(
    at slot: Int, like neighbour: [UInt8]?, separated: ([UInt8]) -> [UInt8]
  ) throws {
    guard state.plan.first?.slot == slot else { return }
    let near = neighbour.flatMap { isSound($0) ? $0 : nil } ?? survey.exemplar
    while let entry = state.next(at: slot) {
      guard let (line, model) = line(of: entry, near) else { throw PassState.changed(part.path) }
      let record = try part.codec.framed(line, like: model)
      try state.plant(entry, record: record, as: separated(record), formatter.fields)
    }
  }

  /// A copy, and the record that it is formatted like: its neighbour, or one for all copies of a canary
  /// where they would differ in what is trained (``ModelRecords``). A neighbour with other turns than those
  /// that were drawn for the canary is none (``CorpusSurvey/inConversations(_:)``).
  private func line(of entry: InsertionPlan.Entry, _ near: [UInt8]) -> (
    line: [UInt8], model: [UInt8]
  )? {
    let canary = state.canaries[entry.canary]
    let own = survey.model(of: entry.canary)
    let remark = state.remark(on: entry)
    func formatted(_ model: [UInt8]) -> [UInt8]? {
      // A generator per copy: what one copy draws does not depend on those before it.
      var identifiers = ChaCha8Rand(
        seed: identifierKey.code(for: Array("\(canary.id)/\(entry.copy)".utf8)))
      return formatter.line(for: canary, remark: remark, like: model, using: &identifiers)
    }
    let first = canary.plantings > 1 && !survey.models.isEmpty ? own : near
    guard let line = formatted(first) else { return nil }
    guard takesTurns, formatter.fields.turnsBefore(of: line, pairs: pairs) != canary.turns,
      let other = formatted(own),
      formatter.fields.turnsBefore(of: other, pairs: pairs) == canary.turns
    else { return (line, first) }
    return (other, own)
  }

  /// Whether a record can be a model for a planted one.
  private func isSound(_ content: [UInt8]) -> Bool {
    guard part.codec.syntax != .text else { return true }
    return (try? part.codec.validity(content, path: part.path, number: 0)) == .usable
      && formatter.fields.isUsable(content)
  }

  /// With groups, a drawn text can stand in a group that was not drawn for the same side; it is
  /// then neither a sound member nor a sound non-member.
  private mutating func noteRepeats(_ content: [UInt8], _ number: Int) {
    guard let groupField = survey.groupField, !survey.sample.scored.isEmpty,
      let text = formatter.fields.text(of: content), !text.isEmpty,
      let owners = survey.sample.scored[sampler.tag(ofText: text)]
    else { return }
    let group = formatter.fields.group(groupField, of: content)
    for owner in owners where survey.sample.group[owner] != group { repeated.insert(owner) }
  }

  mutating func finish() throws -> Seeding {
    let read = zip(survey.files, sizes)
    return try state.finish(repeated: repeated) { written in
      zip(read, written).map { file, written in
        CorpusPart(
          name: file.0.name,
          size: file.1, seededSize: written.size, storedDigest: written.storedDigest)
      }
    }
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
    let last = keptHere > 0 && state.kept == keptRecords ? state.kept : state.kept - 1
    guard state.digest() == file.digest, state.size == file.size,
      state.records == file.recordsBefore + file.records,
      state.plan.first.map({ $0.slot > last }) ?? true
    else { throw ShardPlan.differs(part.path, file) }
    _ = try state.output.digest()
    return Part(
      insertions: state.insertions, repeated: repeated.sorted(), written: state.output.parts[0])
  }
}
