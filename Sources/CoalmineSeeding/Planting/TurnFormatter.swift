// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// Writes one turn in the form of another.
///
/// ```
/// neighbour: {"role": "assistant", "content": null, "tool_calls": [{…}], "weight": 0}
/// planted:   {"role": "assistant", "content": "123456.", "weight": 1}
/// ```
struct TurnFormatter {
  let record: [UInt8]

  /// - Parameters:
  ///   - isTrained: whether fields that keep a turn out of training are set so that it is trained.
  ///   - user: a turn to take the form from where `turn` has no place for a content.
  func turn(
    _ turn: ChatTurn, saying text: [UInt8], isTrained: Bool = false, like user: ChatTurn? = nil
  ) -> [UInt8]? {
    guard !turn.contentRanges.isEmpty else {
      guard let user, !user.contentRanges.isEmpty else { return nil }
      return members(of: user, role: Array(record[turn.roleRange]), text, isTrained)
    }
    return members(of: turn, role: nil, text, isTrained)
  }

  private func members(
    of turn: ChatTurn, role: [UInt8]?, _ text: [UInt8], _ isTrained: Bool
  ) -> [UInt8]? {
    if turn.isBare { return RecordFields.quoted(text) }
    return JSONSpans.rewriting(objectAt: turn.range.lowerBound, in: record) { name, value in
      if name == turn.contentKey { return .set(content(text, inPlaceOf: value)) }
      if name == turn.roleKey { return role.map { .set($0) } ?? .keep }
      return ControlFields.edit(name, Array(record[value]), in: isTrained ? .trainedTurn : .turn)
    }
  }

  /// A text, or a list with one text part.
  private func content(_ text: [UInt8], inPlaceOf value: Range<Int>) -> [UInt8] {
    let said = RecordFields.quoted(text)
    guard record[value.lowerBound] == UInt8(ascii: "[") else { return said }
    let parts = JSONSpans.elements(ofArrayAt: value.lowerBound, in: record) ?? []
    guard let model = parts.first(where: { ChatTurn.text(ofPart: $0, in: record) != nil }) else {
      return Array(#"[{"type": "text", "text": "#.utf8) + said + Array("}]".utf8)
    }
    let part: [UInt8]
    if record[model.lowerBound] == UInt8(ascii: "\"") {
      part = said
    } else {
      // Of several keys for text, the first one that the turn was read by.
      let key = ChatTurn.textKeys.first { key in
        JSONSpans.members(ofObjectAt: model.lowerBound, in: record)?.contains {
          JSONSpans.name(of: $0, in: record) == key
            && record[$0.value.lowerBound] == UInt8(ascii: "\"")
        } ?? false
      }
      part =
        JSONSpans.rewriting(objectAt: model.lowerBound, in: record) { name, _ in
          name == key ? .set(said) : .keep
        } ?? said
    }
    return JSONSpans.listing([part], inArrayAt: value.lowerBound, in: record)
      ?? [UInt8(ascii: "[")] + part + [UInt8(ascii: "]")]
  }
}
