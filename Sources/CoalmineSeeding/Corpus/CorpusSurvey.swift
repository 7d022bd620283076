// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Crypto

/// What a first pass over a corpus finds: its form, its size, its digest, and which records a
/// study takes out and marks.
///
/// The file is read and never opened for writing. Blank lines are no records; they stay where they
/// are. Records that are not valid UTF-8, or only nearly JSON (a lone surrogate, `NaN`), stay in
/// the corpus too, but are never chosen for anything.
public struct CorpusSurvey: Sendable {
  public let path: String
  public let format: CorpusFormat
  public let shape: RecordShape
  /// In bytes.
  public let size: Int64
  /// SHA-256 of the file.
  public let digest: [UInt8]
  /// Lines that are not blank.
  public let records: Int
  /// Whether the file begins with a UTF-8 byte order mark.
  public let hasByteOrderMark: Bool
  public let endings: LineEndings
  /// Records that are not valid UTF-8.
  public let invalidRecords: Int
  /// Records that only a lenient JSON reader accepts.
  public let irregularRecords: Int
  /// Valid records that lack the text, or hold something other than a string there.
  public let recordsWithoutText: Int
  /// White space that most completions begin with; empty for other shapes.
  public let completionLead: [UInt8]
  /// Those of the phrases looked for that the corpus holds.
  public let phrasesFound: Set<[UInt8]>

  /// The field by which records belong together.
  package let groupField: String?
  /// The first record that a canary can be dressed like.
  let exemplar: [UInt8]
  let sample: RecordSample

  /// What to look for.
  public struct Options: Sendable {
    /// `--format`; found out where it is not stated.
    public var format: CorpusFormat?
    /// Fields named on the command line; found out where none are.
    public var fields: StatedFields?
    /// `--hold-out-by`: records that agree in this field stay together.
    public var groupField: String?
    /// How many records are taken out; as many are marked as members.
    public var holdOutRecords: Int
    /// Phrases that the corpus must not hold.
    public var phrases: [[UInt8]]

    public init(
      format: CorpusFormat? = nil, fields: StatedFields? = nil, groupField: String? = nil,
      holdOutRecords: Int = 0, phrases: [[UInt8]] = []
    ) {
      self.format = format
      self.fields = fields
      self.groupField = groupField
      self.holdOutRecords = holdOutRecords
      self.phrases = phrases
    }
  }

  /// Reads the corpus once.
  ///
  /// - Throws: ``CoalmineError``: `corpus-missing`, `corpus-not-a-file`,
  ///   `corpus-format-not-supported`, `bad-json-line` (with `path:line`), `record-shape-unknown`,
  ///   `corpus-empty`, `no-usable-record`, `corpus-too-small`, `bad-corpus-option`, or a reading
  ///   error.
  public init(path: String, options: Options, randomness: StudyRandomness) throws {
    let file = try CorpusFile(path)
    let format = try CorpusFormat.detect(path: path, stated: options.format, head: file.head())
    let shape = try Self.shape(of: file, format, options)
    var pass = SurveyPass(
      path: path, format: format, fields: RecordFields(shape: shape), options: options,
      sampler: RecordSampler(
        wanted: options.holdOutRecords, seed: randomness.seed(for: .records)))
    var reader = CorpusReader(file)
    while let line = try reader.next() { try pass.read(line) }
    guard pass.records > 0 else {
      throw CoalmineError(
        code: "corpus-empty", "'\(terminalSafe(path))' holds no record", exit: .badData)
    }
    guard let exemplar = pass.exemplar else {
      throw CoalmineError(
        code: "no-usable-record",
        "none of the \(pass.records) records of '\(terminalSafe(path))' has the form \(shape.slug)",
        help: "name the fields that hold the text, or check the format", exit: .badData)
    }
    guard let sample = pass.sampler.sample() else {
      let possible = pass.sampler.availableTexts / 2
      throw CoalmineError(
        code: "corpus-too-small",
        "\(options.holdOutRecords) records cannot be taken out and as many marked: "
          + "'\(terminalSafe(path))' has \(pass.sampler.availableTexts) distinct texts"
          + (options.groupField == nil ? "" : " in whole groups"),
        help: "set 'hold-out-records' in the protocol to \(possible) or fewer; 0 leaves the "
          + "membership measures out", exit: .badData)
    }
    self.path = path
    self.format = format
    self.shape = shape
    self.size = pass.size
    self.digest = Array(pass.digest.finalize())
    self.records = pass.records
    self.hasByteOrderMark = pass.hasByteOrderMark
    self.endings = pass.endings
    self.invalidRecords = pass.invalid
    self.irregularRecords = pass.irregular
    self.recordsWithoutText = pass.withoutText
    self.completionLead = pass.completionLead
    self.phrasesFound = pass.phrases.found
    self.groupField = options.groupField
    self.exemplar = exemplar
    self.sample = sample
  }

  private static func shape(
    of file: CorpusFile, _ format: CorpusFormat, _ options: Options
  ) throws -> RecordShape {
    guard format == .jsonLines else {
      guard options.fields == nil, options.groupField == nil else {
        throw CoalmineError(
          code: "bad-corpus-option", "fields were named, but the corpus is plain text",
          help: "leave the field options out, or say '--format jsonl'", exit: .usage)
      }
      return .plainText
    }
    if let stated = options.fields { return stated.shape }
    var lines: [[UInt8]] = []
    var reader = CorpusReader(file)
    var number = 0
    while lines.count < ShapeDetection.sampleSize, let line = try reader.next() {
      number += 1
      guard line.isRecord else { continue }
      if case .usable = try RecordValidity(line.content, file.path, line: number) {
        lines.append(line.content)
      }
    }
    return lines.isEmpty
      ? .text(field: "text") : try ShapeDetection.shape(of: lines, path: file.path)
  }
}

/// The running counts of one pass.
private struct SurveyPass {
  let path: String
  let format: CorpusFormat
  let fields: RecordFields
  let groupField: String?
  var sampler: RecordSampler
  var phrases: PhraseScan
  var digest = SHA256()
  var size: Int64 = 0
  var lines = 0
  var records = 0
  var hasByteOrderMark = false
  var endings = LineEndings()
  var invalid = 0
  var irregular = 0
  var withoutText = 0
  var exemplar: [UInt8]?
  private var leads: [[UInt8]: Int] = [:]

  init(
    path: String, format: CorpusFormat, fields: RecordFields, options: CorpusSurvey.Options,
    sampler: RecordSampler
  ) {
    self.path = path
    self.format = format
    self.fields = fields
    self.groupField = options.groupField
    self.sampler = sampler
    self.phrases = PhraseScan(options.phrases)
  }

  mutating func read(_ line: CorpusLine) throws {
    lines += 1
    size += Int64(line.count)
    digest.update(data: line.mark)
    digest.update(data: line.content)
    digest.update(data: line.ending)
    phrases.read(line.content)
    if !line.mark.isEmpty { hasByteOrderMark = true }
    switch line.ending.count {
    case 0: endings.lastIsOpen = true
    case 1: endings.lf += 1
    default: endings.crlf += 1
    }
    guard line.isRecord else { return }
    let number = records
    records += 1
    switch try validity(of: line.content) {
    case .invalid: invalid += 1
    case .irregular: irregular += 1
    case .usable: choose(line.content, number)
    }
  }

  private func validity(of content: [UInt8]) throws(CoalmineError) -> RecordValidity {
    format == .jsonLines
      ? try RecordValidity(content, path, line: lines)
      : (RecordValidity.isUTF8(content) ? .usable : .invalid)
  }

  private mutating func choose(_ content: [UInt8], _ number: Int) {
    let text = fields.text(of: content)
    if text == nil { withoutText += 1 }
    if exemplar == nil, fields.isUsable(content) { exemplar = content }
    if let lead = fields.completionLead(of: content), leads.count < 64 || leads[lead] != nil {
      leads[lead, default: 0] += 1
    }
    guard let groupField else {
      sampler.offer(record: number, text: text, group: nil)
      return
    }
    if let group = RecordFields.group(groupField, of: content) {
      sampler.offer(record: number, text: text, group: group)
    }
  }

  /// The most frequent lead; the shortest, then the first by bytes, among equally frequent ones.
  var completionLead: [UInt8] {
    leads.min { left, right in
      if left.value != right.value { return left.value > right.value }
      if left.key.count != right.key.count { return left.key.count < right.key.count }
      return left.key.lexicographicallyPrecedes(right.key)
    }?.key ?? []
  }
}
