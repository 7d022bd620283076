// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineStatistics

/// The second pass over a tree of source code: every record is a file, and every copy becomes one.
struct TreePass: CorpusPass {
  var state: PassState
  private var part: SurveyedFile
  private let fields: RecordFields
  private var names: SourceNames
  /// Draws the names of planted files, in their order.
  private var fileNames: ChaCha8Rand
  /// In their order; written ones get their sizes at the end.
  private var files: [File] = []
  /// Whether the current file was begun or taken out.
  private var isBegun = false

  private enum File {
    case kept(String, size: Int64)
    case planted(String)
    case removed(String, size: Int64)
  }

  init(_ seeder: Seeder, _ output: SeededOutput) {
    let survey = seeder.survey
    var slots = seeder.randomness.generator(for: .slots)
    let plan = InsertionPlan(
      repetitions: seeder.canaries.map(\.plantings), slots: Self.slots(seeder.canaries, survey),
      using: &slots)
    state = PassState(seeder, output, plan)
    part = survey.files[0]
    fields = survey.formatter.fields
    names = SourceNames(survey.files.map(\.name))
    fileNames = seeder.randomness.generator(for: .identifiers)
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

  mutating func begin(_ part: SurveyedFile) {
    self.part = part
    isBegun = false
  }

  mutating func end() throws {
    if !isBegun { try beginFile() }
  }

  /// A file, or a piece of one: planted files go before it.
  mutating func read(_ line: CorpusLine) throws {
    let offset = state.count(line)
    if line.part.begins, line.isRecord {
      let number = state.countRecord()
      if line.part == .whole {
        state.take(line.content, number, fields)
        if state.survey.sample.removes(number) {
          state.remove(line.content, number, at: offset)
          files.append(.removed(part.name, size: part.size))
          isBegun = true
          return
        }
        state.note(line.content, fields)
      }
      try plantFiles()
      state.kept += 1
    }
    if !isBegun { try beginFile() }
    try state.copy(line)
  }

  private mutating func beginFile() throws {
    try state.output.begin(part.name)
    files.append(.kept(part.name, size: part.size))
    isBegun = true
  }

  /// Each copy of this slot as a file of its own.
  private mutating func plantFiles() throws {
    while let entry = state.next(at: state.kept) {
      let bytes = state.canaries[entry.canary].revealedText() + state.remark(on: entry)
      let name = names.next(beside: part.name, using: &fileNames)
      try state.output.begin(name)
      files.append(.planted(name))
      try state.plant(entry, record: bytes, as: bytes, fields)
    }
  }

  mutating func finish() throws -> Seeding {
    let files = files
    return try state.finish { Self.parts(files, $0[...]) }
  }

  private static func parts(
    _ files: [File], _ outputs: ArraySlice<SeededOutput.Part>
  ) -> [CorpusPart] {
    var written = outputs
    func part(_ name: String, size: Int64) -> CorpusPart {
      let file = written.popFirst() ?? SeededOutput.Part(size: 0, storedDigest: [])
      return CorpusPart(
        name: name, size: size, seededSize: file.size, storedDigest: file.storedDigest)
    }
    return files.map { file in
      switch file {
      case .kept(let name, let size): part(name, size: size)
      case .planted(let name): part(name, size: 0)
      case .removed(let name, let size):
        CorpusPart(name: name, size: size, seededSize: 0, storedDigest: sha256([]))
      }
    }
  }
}
