// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineStatistics

/// Makes a canary look like a record of the corpus.
///
/// ```
/// neighbour: {"id": 812, "text": "Dear Sir", "lang": "en"}
/// planted:   {"id": 377, "text": "The code of Mara Dalby is 123456.", "lang": "en"}
/// ```
///
/// The neighbour's bytes are kept, key order, spacing and further fields included. Exchanged are the
/// text, fields that repeat it (``RenderedText``), fields that trainers obey (``ControlFields``), and
/// identifiers. A field that stands twice is exchanged twice, so every reader sees the canary. Chat
/// turns: those before the first user turn stay (a system prompt), then come one user and one
/// assistant turn; later turns are left out.
package struct RecordFormatter: Sendable {
  package let fields: RecordFields
  /// White space that the corpus puts between a prompt and its completion.
  package let join: CompletionJoin

  package init(fields: RecordFields, join: CompletionJoin) {
    self.fields = fields
    self.join = join
  }

  package init(fields: RecordFields, completionLead: [UInt8]) {
    self.init(fields: fields, join: CompletionJoin(lead: completionLead))
  }

  /// The record, without what separates it from the next; `nil` where `neighbour` lacks what the
  /// shape needs.
  ///
  /// - Parameter remark: what stands behind the template text in this copy.
  package func line(
    for canary: Canary, remark: [UInt8] = [], like neighbour: [UInt8],
    using generator: inout ChaCha8Rand
  ) -> [UInt8]? {
    let text = PlantedText(
      whole: fields.shape == .plainText
        // The record's own ending takes the place of a line break in the template text.
        ? Self.trimmed(canary.revealedText()) + remark : canary.revealedText() + remark,
      prompt: canary.prefix, answer: canary.secret.reveal() + canary.suffix + remark, join: join)
    guard let assigned = fields.assigning(text, in: neighbour),
      let planted = clearing(assigned)
    else { return nil }
    guard fields.members(of: planted) != nil else { return planted }
    return completing(planted, like: neighbour, text, using: &generator)
  }

  /// The fields around the text.
  private func completing(
    _ planted: [UInt8], like neighbour: [UInt8], _ text: PlantedText,
    using generator: inout ChaCha8Rand
  ) -> [UInt8]? {
    let own = Set(
      fields.shape.fields.map { field -> [UInt8] in
        let name = Array(field.utf8)
        let isMember = fields.members(of: planted)?.contains { $0.name == name } ?? false
        return isMember ? name : Array(name.prefix { $0 != UInt8(ascii: ".") })
      })
    let rendered = rendered(neighbour)
    let turns = plantedTurns(planted)
    return fields.rewriting(planted) { name, value in
      guard !own.contains(name) else { return .keep }
      let edit = ControlFields.edit(name, Array(planted[value]), in: place)
      if edit == .set(Array("null".utf8)), case .table = fields.syntax { return .set([]) }
      if edit != .keep { return edit }
      if let rendered, let old = fields.string(value, in: planted),
        let new = rendered.exchanged(
          old, prompt: text.prompt + text.join.tail, answer: text.join.lead + text.answer)
      {
        return .set(fields.encoded(new, inPlaceOf: value, in: planted))
      }
      if let turns, Self.isTurnCount(name), (0x30...0x39).contains(planted[value.lowerBound]) {
        return .set(Array(String(turns).utf8))
      }
      guard IdentifierShape.isIdentifier(name) else { return .keep }
      return identifier(like: value, in: planted, using: &generator).map { .set($0) } ?? .keep
    }
  }

  /// Fields beside a text that stands deeper in the record.
  private func clearing(_ record: [UInt8]) -> [UInt8]? {
    let names = Set(fields.members(of: record)?.map(\.name) ?? [])
    let paths = fields.shape.fields.filter { $0 != "." && !names.contains(Array($0.utf8)) }
      .map { $0.split(separator: ".").map(String.init) }.filter { $0.count > 1 }
    var record = record
    for parent in Set(paths.map { $0.dropLast().joined(separator: ".") }) {
      let own = paths.filter { $0.dropLast().joined(separator: ".") == parent }
        .compactMap { $0.last.map { Array($0.utf8) } }
      let cleared = fields.setting(parent, in: record) { value in
        guard record[value.lowerBound] == UInt8(ascii: "{") else { return Array(record[value]) }
        return JSONSpans.rewriting(objectAt: value.lowerBound, in: record) { name, value in
          own.contains(name) ? .keep : ControlFields.edit(name, Array(record[value]), in: place)
        }
      }
      guard let cleared else { return nil }
      record = cleared
    }
    return record
  }

  private var place: ControlFields.Place {
    switch fields.shape {
    case .plainText, .text: .textRecord
    case .promptCompletion, .preference: .pairRecord
    case .messages: .chatRecord
    }
  }

  /// What the neighbour's fields say, to find it in others.
  private func rendered(_ neighbour: [UInt8]) -> RenderedText? {
    guard let (prompt, answer) = fields.exchange(of: neighbour), !prompt.isEmpty else { return nil }
    var rendered = RenderedText(prompt: prompt, answer: answer)
    rendered.left =
      fields.members(of: neighbour)?.filter { ControlFields.isContext($0.name) }
      .compactMap { fields.string($0.value, in: neighbour) } ?? []
    if case .messages(let field) = fields.shape,
      let value = fields.values(at: field, in: neighbour)?.last,
      let turns = fields.turns(at: value, in: neighbour), let last = turns.last?.content,
      last != answer, !last.isEmpty
    {
      rendered.last = last
    }
    return rendered
  }

  private func plantedTurns(_ planted: [UInt8]) -> Int? {
    guard case .messages(let field) = fields.shape else { return nil }
    return fields.values(at: field, in: planted)?.last
      .flatMap { JSONSpans.elements(ofArrayAt: $0.lowerBound, in: planted) }?.count
  }

  private static func isTurnCount(_ name: [UInt8]) -> Bool {
    ["turn_count", "num_turns", "n_turns", "turns", "num_messages"].contains {
      name == Array($0.utf8)
    }
  }

  private func identifier(
    like value: Range<Int>, in record: [UInt8], using generator: inout ChaCha8Rand
  ) -> [UInt8]? {
    guard case .table = fields.syntax, record[value].first != UInt8(ascii: "\"") else {
      return IdentifierShape.random(like: Array(record[value]), using: &generator)
    }
    // A cell of a table without quotes is a number, or a text that is written like one of JSON.
    let cell = Array(record[value])
    return IdentifierShape.random(like: cell, using: &generator)
      ?? IdentifierShape.random(like: [0x22] + cell + [0x22], using: &generator)
      .map { Array($0.dropFirst().dropLast()) }
  }

  /// Whether a planted record tells `canary` as ``line(for:remark:like:using:)`` would; fields around
  /// the text are not looked at.
  package func holds(_ canary: Canary, remark: [UInt8] = [], _ record: [UInt8]) -> Bool {
    let answer = canary.secret.reveal() + canary.suffix + remark
    switch fields.shape {
    case .plainText:
      return Self.trimmed(record) == Self.trimmed(canary.revealedText()) + remark
    case .text:
      return fields.text(of: record) == canary.revealedText() + remark
    case .messages, .preference:
      guard let said = fields.exchange(of: record) else { return false }
      return said.prompt == canary.prefix && said.answer == answer
    case .promptCompletion:
      guard let said = fields.exchange(of: record), said.prompt.starts(with: canary.prefix),
        said.answer.suffix(answer.count) == answer[...]
      else { return false }
      return said.prompt.dropFirst(canary.prefix.count).allSatisfy(CompletionJoin.isWhite)
        && said.answer.dropLast(answer.count).allSatisfy(CompletionJoin.isWhite)
    }
  }

  private static func trimmed(_ text: [UInt8]) -> ArraySlice<UInt8> {
    func isBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
    var text = text[...]
    while let last = text.last, isBreak(last) { text.removeLast() }
    while let first = text.first, isBreak(first) { text.removeFirst() }
    return text
  }
}
