// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The running counts of a survey's pass over the corpus.
struct SurveyPass {
  private(set) var path: String
  private(set) var codec: any RecordCodec
  let fields: RecordFields
  let groupField: String?
  var sampler: RecordSampler
  /// Records whose beginnings are contexts: in a tree of source code one draw per language, else one; empty
  /// where none are.
  private(set) var grafts: [GraftedRecords]
  var phrases: PhraseScan
  var digest = SHA256Digest()
  var size: Int64 = 0
  var records = 0
  var hasByteOrderMark = false
  var endings = LineEndings()
  var setAside: RecordsSetAside
  /// The first record that a canary can be formatted like.
  var exemplar: [UInt8]?
  /// The number of that record; `nil` where it is none.
  private(set) var exemplarNumber: Int?
  /// The language of each record of source code.
  var languages: [CodeLanguage?] = []
  /// What the first sound records hold.
  var seen = FieldsSeen()
  /// Records that belong to a group.
  var grouped = 0
  private var lines = 0
  /// Of the file that is being read.
  private var recordsHere = 0
  private var sizeBefore: Int64 = 0
  private var partDigest: SHA256Digest?
  /// Where the ranges of the only file should end: each ends before the next record.
  private var cuts: ArraySlice<Int64> = []
  /// What is known of each file that was read.
  private(set) var parts: [SurveyedPart] = []
  /// Records for canaries with several copies.
  private(set) var models: ModelRecords?
  /// The bytes of records that can still be drawn, where they are wanted.
  private(set) var held: HeldRecords?
  /// Its name, where the corpus has several files.
  private var fileName: String?
  private let lineLimit: Int
  private let separator: [UInt8]?
  /// Whether two records of one file have the separator between them.
  var hasSeparator: Bool { firstLead != nil }
  private var joins: [CompletionJoin: Int] = [:]
  private var joinsHeard = 0
  /// How many records have a say in how prompts and completions meet.
  private static let mostJoins = 10_000
  /// What separates the first two records.
  private var firstLead: [UInt8]?
  /// Whether a line break stands before the first record.
  private var openingHasBreak = false
  private let boundary: RecordBoundary
  private let takesDigest: Bool

  init(
    path: String, codec: any RecordCodec, fields: RecordFields, options: CorpusSurvey.Options,
    sampler: RecordSampler, grafts: [GraftedRecords], modelSeed: [UInt8], lineLimit: Int
  ) {
    self.path = path
    self.codec = codec
    self.boundary = type(of: codec).boundary
    self.fields = fields
    self.groupField = options.groupField
    self.sampler = sampler
    self.grafts = grafts
    self.phrases = PhraseScan(options.phrases)
    self.setAside = RecordsSetAside(
      lineLimit: lineLimit, unit: type(of: codec).unit)
    self.lineLimit = lineLimit
    self.separator = options.separator
    self.takesDigest = !options.isForSize
    self.held = options.isForShards ? HeldRecords() : nil
    self.models =
      switch fields.shape {
      case .plainText, .text: nil
      case .promptCompletion, .messages, .preference: ModelRecords(seed: modelSeed)
      }
  }

  /// Keeps the first record of a file with separators where it is, before anything is drawn.
  mutating func keepFirst(of file: SurveyedFile) throws {
    guard boundary == .separated else { return }
    var reader = file.codec.reader(try file.opened(), limit: lineLimit)
    while let line = try reader.next() {
      guard line.isRecord else { continue }
      guard line.part == .whole,
        case .usable = try file.codec.validity(line.content, path: file.path, number: 2)
      else { return }
      let text = fields.text(of: line.content)
      let group = groupField.flatMap { fields.group($0, of: line.content) }
      for place in grafts.indices { grafts[place].keep(text: text, group: group) }
      return sampler.keep(text: text, group: group)
    }
  }

  /// Goes on with the next file.
  ///
  /// - Parameter ranges: how many there should be in it.
  mutating func begin(_ file: SurveyedFile, isOnly: Bool, ranges: Int = 1) {
    path = file.path
    codec = file.codec
    fileName = isOnly ? nil : file.name
    lines = 0
    recordsHere = 0
    sizeBefore = size
    partDigest = held == nil ? nil : SHA256Digest()
    let length = Double(file.size) / Double(ranges)
    cuts = (1..<max(1, ranges)).map { Int64(Double($0) * length) }[...]
  }

  /// Ends the file, or a range of it.
  private mutating func endPart() {
    parts.append(
      SurveyedPart(
        records: recordsHere, size: size - sizeBefore, digest: partDigest?.finalize() ?? []))
  }

  /// - Throws: ``CoalmineError`` `corpus-empty` where one of several files holds no record.
  mutating func end() throws(CoalmineError) {
    endPart()
    guard recordsHere == 0, fileName != nil, boundary != .files else { return }
    throw CoalmineError(
      code: "corpus-empty", "'\(terminalSafe(path))' holds no record",
      help: "leave the file out of the corpus", exit: .badData)
  }

  mutating func read(_ line: CorpusLine) throws {
    if let cut = cuts.first, size >= cut, recordsHere > 0, line.part.begins, line.isRecord {
      cuts.removeFirst()
      endPart()
      recordsHere = 0
      sizeBefore = size
      partDigest = SHA256Digest()
    }
    let start = size
    size += Int64(line.count)
    if takesDigest { digest.update(line) }
    partDigest?.update(line)
    phrases.read(line.content, continues: !line.part.begins)
    if line.part.ends, boundary == .ended {
      switch line.ending.count {
      case 0: endings.lastIsOpen = true
      case 1: endings.lf += 1
      default: endings.crlf += 1
      }
    }
    guard line.part.begins else { return }
    lines += 1
    if !line.mark.isEmpty { hasByteOrderMark = true }
    guard line.isRecord else {
      if recordsHere == 0, line.content.contains(0x0A) { openingHasBreak = true }
      return
    }
    if recordsHere > 0, firstLead == nil { firstLead = line.lead }
    try judge(line, at: start)
  }

  /// - Parameter start: where the piece begins in the corpus.
  private mutating func judge(_ line: CorpusLine, at start: Int64) throws(CoalmineError) {
    let number = records
    records += 1
    recordsHere += 1
    if boundary == .files {
      languages.append(CodeLanguage(fileName: path))
      if exemplar == nil { exemplar = [] }
    }
    guard line.part == .whole else {
      guard type(of: codec).format == .text || boundary == .files else {
        throw line.tooLong(path, line: lines, limit: lineLimit)
      }
      setAside.tooLong.add(line: lines, of: fileName)
      // A planted line of plain text takes nothing from its model, so any will do.
      if exemplar == nil { exemplar = [] }
      return
    }
    switch try codec.validity(line.content, path: path, number: lines) {
    case .invalid(let byte):
      if setAside.notUTF8.count == 0 {
        setAside.firstInvalidByte = line.offset + Int64(line.mark.count + line.lead.count + byte)
      }
      setAside.notUTF8.add(line: lines, of: fileName)
    case .irregular(.loneSurrogate): setAside.loneSurrogates.add(line: lines, of: fileName)
    case .irregular(.notANumber): setAside.notNumbers.add(line: lines, of: fileName)
    case .irregular(.ragged): setAside.raggedRows.add(line: lines, of: fileName)
    case .irregular(.notSource): setAside.notSource.add(line: lines, of: fileName)
    case .usable:
      if choose(line.content, number), held != nil {
        let (sampler, grafts) = (sampler, grafts)
        held?.hold(line, number, at: start) {
          grafts.reduce(sampler.candidates) { $0.union($1.candidates) }
        }
      }
    }
  }

  /// - Returns: whether the record can be drawn as things stand.
  private mutating func choose(_ content: [UInt8], _ number: Int) -> Bool {
    let fields = fields
    let text = fields.text(of: content)
    if text == nil { setAside.withoutText.add(line: lines, of: fileName) }
    if codec.syntax != .text { seen.note(content, fields) }
    if exemplar == nil, fields.isUsable(content) { (exemplar, exemplarNumber) = (content, number) }
    models?.offer(content, number, fields)
    if joinsHeard < Self.mostJoins, let join = fields.join(of: content) {
      joinsHeard += 1
      if joins.count < 64 || joins[join] != nil { joins[join, default: 0] += 1 }
    }
    guard let groupField else { return offer(content, number, text, group: nil) }
    guard let group = fields.group(groupField, of: content) else { return false }
    grouped += 1
    return offer(content, number, text, group: group)
  }

  private mutating func offer(
    _ content: [UInt8], _ number: Int, _ text: [UInt8]?, group: [UInt8]?
  ) -> Bool {
    let fields = fields
    var isDrawn = sampler.offer(record: number, text: text, group: group)
    let file = boundary == .files ? CodeLanguage(fileName: path) : nil
    for place in grafts.indices {
      let isContext = grafts[place].offer(
        content, number, text: text, group: group, fields, file: file)
      isDrawn = isDrawn || isContext
    }
    return isDrawn
  }

  /// The most frequent way in which prompts and completions meet; the shortest, then the first by
  /// bytes, among equally frequent ones.
  var join: CompletionJoin? {
    joins.min { left, right in
      if left.value != right.value { return left.value > right.value }
      let (first, second) = (left.key.tail + left.key.lead, right.key.tail + right.key.lead)
      if first.count != second.count { return first.count < second.count }
      if first != second { return first.lexicographicallyPrecedes(second) }
      return left.key.tail.count < right.key.tail.count
    }?.key
  }

  /// What stands before each record but the first.
  var usualLead: [UInt8] {
    if let firstLead { return firstLead }
    if type(of: codec).format == .paragraphs { return [0x0A, 0x0A] }
    if let separator { return separator }
    return openingHasBreak ? [0x2C, 0x0A] : [0x2C, 0x20]
  }
}
