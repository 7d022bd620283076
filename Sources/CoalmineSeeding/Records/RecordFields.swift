// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// How the bytes of one record are written.
package enum RecordSyntax: Sendable, Equatable {
  /// Plain text without fields.
  case text
  /// One JSON value.
  case json
  /// One row of a table.
  case table(TableCells)
}

/// Where a record holds its text, read from its bytes.
///
/// Where a key stands twice, the last one counts, as in most readers; a planted record exchanges
/// all of them.
package struct RecordFields: Sendable, Equatable {
  package let shape: RecordShape
  package let syntax: RecordSyntax

  package init(shape: RecordShape, syntax: RecordSyntax? = nil) {
    self.shape = shape
    self.syntax = syntax ?? (shape == .plainText ? .text : .json)
  }

  /// The text of the record as the membership measures see it, or `nil` where the record lacks a
  /// field or holds something other than text in it.
  ///
  /// Prompt and completion follow one another; the contents of chat turns are joined by LF.
  package func text(of record: [UInt8]) -> [UInt8]? {
    switch shape {
    case .plainText: return record
    case .text(let field):
      return last(field, in: record).flatMap { string($0, in: record) }
    case .promptCompletion(let prompt, let completion):
      return joined([prompt, completion], in: record)
    case .messages(let field):
      return last(field, in: record).flatMap { sideText($0, in: record) }
    case .preference(let prompt, let chosen, _):
      return joined([prompt, chosen].compactMap { $0 }, in: record)
    }
  }

  /// The value at a path that counts.
  private func last(_ path: String, in record: [UInt8]) -> Range<Int>? {
    if syntax == .json, path != ".", let value = QuickText.value(named: path, in: record) {
      return value
    }
    return values(at: path, in: record)?.last
  }

  private func joined(_ fields: [String], in record: [UInt8]) -> [UInt8]? {
    var text: [UInt8] = []
    for field in fields {
      guard let side = last(field, in: record).flatMap({ sideText($0, in: record) })
      else { return nil }
      text += side
    }
    return text
  }

  /// A text as it is; the contents of one turn or of a list of turns, joined by LF.
  private func sideText(_ value: Range<Int>, in record: [UInt8]) -> [UInt8]? {
    if let text = string(value, in: record) { return text }
    if syntax == .json, let text = QuickText.turns(at: value, in: record) { return text }
    guard let turns = turns(at: value, in: record) else { return nil }
    var text: [UInt8] = []
    text.reserveCapacity(value.count)
    for (place, turn) in turns.enumerated() {
      guard let content = turn.content else { return nil }
      if place > 0 { text.append(0x0A) }
      text += content
    }
    return text
  }

  /// The value of a field that says what a record belongs to: what a text means, or the digits
  /// of a number; `nil` where it is absent, null or composite.
  package func group(_ field: String, of record: [UInt8]) -> [UInt8]? {
    guard let value = values(at: field, in: record)?.last, !value.isEmpty else { return nil }
    if let text = string(value, in: record) { return text }
    switch record[value.lowerBound] {
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "n"): return nil
    default: return Array(record[value])
    }
  }

  /// The group of a record of JSON.
  package static func group(_ field: String, of line: [UInt8]) -> [UInt8]? {
    RecordFields(shape: .text(field: field)).group(field, of: line)
  }

  /// Whether a canary can be formatted like this record.
  func isUsable(_ record: [UInt8]) -> Bool {
    assigning(PlantedText(whole: [], prompt: [], answer: [], join: CompletionJoin()), in: record)
      != nil
  }

  /// What the model is given and what it is to write, in the first exchange of a record; `nil`
  /// where the shape holds one text, or the record lacks a side.
  package func exchange(of record: [UInt8]) -> (prompt: [UInt8], answer: [UInt8])? {
    func value(_ field: String) -> Range<Int>? { values(at: field, in: record)?.last }
    switch shape {
    case .plainText, .text: return nil
    case .messages(let field):
      guard let range = value(field), let turns = turns(at: range, in: record) else { return nil }
      return Self.exchangeTexts(in: turns)
    case .promptCompletion(let prompt, let completion), .preference(let prompt?, let completion, _):
      guard let first = value(prompt), let second = value(completion),
        let prompt = promptText(first, in: record), let answer = answerText(second, in: record)
      else { return nil }
      return (prompt, answer)
    case .preference(nil, let chosen, _):
      guard let range = value(chosen) else { return nil }
      if let text = string(range, in: record) { return SpokenTurns(text)?.exchange }
      return turns(at: range, in: record).flatMap(Self.exchangeTexts)
    }
  }

  private static func exchangeTexts(
    in turns: [ChatTurn]
  ) -> (prompt: [UInt8], answer: [UInt8])? {
    guard let place = ChatTurn.exchange(in: turns), let prompt = turns[place.user].content,
      let answer = turns[place.assistant].content
    else { return nil }
    return (prompt, answer)
  }

  private func promptText(_ value: Range<Int>, in record: [UInt8]) -> [UInt8]? {
    if let text = string(value, in: record) { return text }
    return turns(at: value, in: record)?.first { $0.speaker == .user }?.content
  }

  private func answerText(_ value: Range<Int>, in record: [UInt8]) -> [UInt8]? {
    if let text = string(value, in: record) { return text }
    guard let turns = turns(at: value, in: record) else { return nil }
    if let place = ChatTurn.exchange(in: turns) { return turns[place.assistant].content }
    return turns.first { $0.speaker == .assistant }?.content
  }

  /// White space where prompt and completion meet; `nil` for other shapes and for turns.
  func join(of record: [UInt8]) -> CompletionJoin? {
    guard case .promptCompletion(let prompt, let completion) = shape,
      let first = values(at: prompt, in: record)?.last,
      let second = values(at: completion, in: record)?.last,
      let before = string(first, in: record), let after = string(second, in: record)
    else { return nil }
    return CompletionJoin(
      tail: Array(before.reversed().prefix(while: CompletionJoin.isWhite).reversed()),
      lead: Array(after.prefix(while: CompletionJoin.isWhite)))
  }
}

/// White space at the end of prompts and at the start of completions.
package struct CompletionJoin: Sendable, Hashable {
  package var tail: [UInt8] = []
  package var lead: [UInt8] = []

  package init(tail: [UInt8] = [], lead: [UInt8] = []) {
    self.tail = tail
    self.lead = lead
  }

  static func isWhite(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D
  }
}
