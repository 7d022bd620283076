// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The running counts of a survey's pass over the corpus.
struct SurveyPass {
  let path: String
  let format: CorpusFormat
  let fields: RecordFields
  let groupField: String?
  var sampler: RecordSampler
  var phrases: PhraseScan
  var digest = SHA256Digest()
  var size: Int64 = 0
  var records = 0
  var hasByteOrderMark = false
  var endings = LineEndings()
  var setAside: RecordsSetAside
  /// The first record that a canary can be formatted like.
  var exemplar: [UInt8]?
  /// What the first sound records hold.
  var seen = FieldsSeen()
  /// Records that belong to a group.
  var grouped = 0
  private var lines = 0
  private let lineLimit: Int
  private var leads: [[UInt8]: Int] = [:]

  init(
    path: String, format: CorpusFormat, fields: RecordFields, options: CorpusSurvey.Options,
    sampler: RecordSampler, lineLimit: Int
  ) {
    self.path = path
    self.format = format
    self.fields = fields
    self.groupField = options.groupField
    self.sampler = sampler
    self.phrases = PhraseScan(options.phrases)
    self.setAside = RecordsSetAside(lineLimit: lineLimit)
    self.lineLimit = lineLimit
  }

  mutating func read(_ line: CorpusLine) throws {
    size += Int64(line.count)
    digest.update(line.mark)
    digest.update(line.content)
    digest.update(line.ending)
    phrases.read(line.content, continues: !line.part.begins)
    if line.part.ends {
      switch line.ending.count {
      case 0: endings.lastIsOpen = true
      case 1: endings.lf += 1
      default: endings.crlf += 1
      }
    }
    guard line.part.begins else { return }
    lines += 1
    if !line.mark.isEmpty { hasByteOrderMark = true }
    if line.isRecord { try judge(line) }
  }

  private mutating func judge(_ line: CorpusLine) throws(CoalmineError) {
    let number = records
    records += 1
    guard line.part == .whole else {
      guard format == .text else { throw line.tooLong(path, line: lines, limit: lineLimit) }
      setAside.tooLong.add(line: lines)
      // A planted line of plain text takes nothing from its model, so any will do.
      if exemplar == nil { exemplar = [] }
      return
    }
    let validity =
      format == .text
      ? RecordValidity(plainText: line.content)
      : try RecordValidity(line.content, path, line: lines)
    switch validity {
    case .invalid(let byte):
      if setAside.notUTF8.count == 0 {
        setAside.firstInvalidByte = line.offset + Int64(line.mark.count + byte)
      }
      setAside.notUTF8.add(line: lines)
    case .irregular(.loneSurrogate): setAside.loneSurrogates.add(line: lines)
    case .irregular(.notANumber): setAside.notNumbers.add(line: lines)
    case .usable: choose(line.content, number)
    }
  }

  private mutating func choose(_ content: [UInt8], _ number: Int) {
    let text = fields.text(of: content)
    if text == nil { setAside.withoutText.add(line: lines) }
    if format == .jsonLines { seen.note(content) }
    if exemplar == nil, fields.isUsable(content) { exemplar = content }
    if let lead = fields.completionLead(of: content), leads.count < 64 || leads[lead] != nil {
      leads[lead, default: 0] += 1
    }
    guard let groupField else {
      sampler.offer(record: number, text: text, group: nil)
      return
    }
    if let group = RecordFields.group(groupField, of: content) {
      grouped += 1
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
