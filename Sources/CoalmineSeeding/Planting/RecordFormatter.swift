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
/// The neighbour's bytes are kept, key order, spacing and further fields included; only the text
/// and identifier fields are exchanged. A field that stands twice is exchanged twice, so every
/// reader sees the canary. Chat turns: those before the first user turn stay (a system prompt),
/// then come one user and one assistant turn; later turns are left out.
package struct RecordFormatter: Sendable {
  package let fields: RecordFields
  /// White space that the corpus puts before a completion.
  package let completionLead: [UInt8]

  package init(fields: RecordFields, completionLead: [UInt8]) {
    self.fields = fields
    self.completionLead = completionLead
  }

  /// The line, without its ending; `nil` where `neighbour` lacks what the shape needs.
  package func line(
    for canary: Canary, like neighbour: [UInt8], using generator: inout ChaCha8Rand
  ) -> [UInt8]? {
    guard fields.isUsable(neighbour) else { return nil }
    let answer = canary.secret.reveal() + canary.suffix
    switch fields.shape {
    case .plainText:
      // The line's own ending takes the place of a line break in the template text.
      return Array(Self.trimmed(canary.revealedText()))
    case .text(let field):
      return exchange(
        [(field, Self.quoted(canary.revealedText()))], in: neighbour, using: &generator)
    case .promptCompletion(let prompt, let completion):
      return exchange(
        [
          (prompt, Self.quoted(canary.prefix)), (completion, Self.quoted(completionLead + answer)),
        ], in: neighbour, using: &generator)
    case .messages(let field):
      guard let turns = turns(field, in: neighbour, user: canary.prefix, assistant: answer) else {
        return nil
      }
      return exchange([(field, turns)], in: neighbour, using: &generator)
    }
  }

  /// Whether a planted line, its line break included, tells `canary` as ``line(for:like:using:)``
  /// would; fields around the text are not looked at.
  package func holds(_ canary: Canary, _ line: [UInt8]) -> Bool {
    let answer = canary.secret.reveal() + canary.suffix
    switch fields.shape {
    case .plainText:
      return Self.trimmed(line) == Self.trimmed(canary.revealedText())
    case .text:
      return fields.text(of: line) == canary.revealedText()
    case .promptCompletion:
      guard let text = fields.text(of: line), text.starts(with: canary.prefix),
        text.count >= canary.prefix.count + answer.count, text.suffix(answer.count) == answer[...]
      else { return false }
      return text[canary.prefix.count..<text.count - answer.count].allSatisfy {
        CorpusFormat.isBlank($0) || $0 == 0x0A
      }
    case .messages(let field):
      guard let turns = fields.turns(field, in: line), let place = RecordFields.exchange(in: turns)
      else { return false }
      return turns[place.user].content == canary.prefix
        && turns[place.assistant].content == answer
    }
  }

  private static func trimmed(_ text: [UInt8]) -> ArraySlice<UInt8> {
    func isBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
    var text = text[...]
    while let last = text.last, isBreak(last) { text.removeLast() }
    while let first = text.first, isBreak(first) { text.removeFirst() }
    return text
  }

  /// `line` with the values of the named fields exchanged, and identifiers drawn anew.
  private func exchange(
    _ values: [(field: String, value: [UInt8])], in line: [UInt8],
    using generator: inout ChaCha8Rand
  ) -> [UInt8]? {
    guard let members = JSONSpans.members(ofObjectAt: 0, in: line) else { return nil }
    var edits: [(range: Range<Int>, bytes: [UInt8])] = []
    for member in members {
      let name = JSONSpans.name(of: member, in: line)
      if let value = values.last(where: { Array($0.field.utf8) == name })?.value {
        edits.append((member.value, value))
      } else if IdentifierShape.isIdentifier(name),
        let fresh = IdentifierShape.random(like: Array(line[member.value]), using: &generator)
      {
        edits.append((member.value, fresh))
      }
    }
    return Self.apply(edits, to: line[...])
  }

  /// The array of turns with one exchange in it.
  private func turns(
    _ field: String, in line: [UInt8], user: [UInt8], assistant: [UInt8]
  ) -> [UInt8]? {
    guard let array = RecordFields.values(of: field, in: line)?.last,
      let turns = fields.turns(field, in: line), let place = RecordFields.exchange(in: turns),
      let first = turns.first, let last = turns.last
    else { return nil }
    let between = line[first.range.upperBound..<turns[1].range.lowerBound]
    let opening = turns[..<place.user].filter { $0.role != Array("assistant".utf8) }
    var parts = opening.map { Array(line[$0.range]) }
    for (turn, text) in [(turns[place.user], user), (turns[place.assistant], assistant)] {
      parts.append(
        Self.apply(turn.contentRanges.map { ($0, Self.quoted(text)) }, to: line[turn.range]))
    }
    return Array(line[array.lowerBound..<first.range.lowerBound])
      + parts.joined(separator: between) + line[last.range.upperBound..<array.upperBound]
  }

  /// `bytes` with each range exchanged; ranges count in the array that `bytes` is a slice of.
  private static func apply(
    _ edits: [(range: Range<Int>, bytes: [UInt8])], to bytes: ArraySlice<UInt8>
  ) -> [UInt8] {
    var result: [UInt8] = []
    var position = bytes.startIndex
    for edit in edits {
      result += bytes[position..<edit.range.lowerBound] + edit.bytes
      position = edit.range.upperBound
    }
    return result + bytes[position...]
  }

  /// A JSON string.
  private static func quoted(_ text: [UInt8]) -> [UInt8] {
    var writer = JSONWriter()
    // Strings always can be written: only numbers that are not finite are refused.
    try? writer.array { try $0.value(utf8: text) }
    return Array(writer.bytes.dropFirst().dropLast())
  }
}
