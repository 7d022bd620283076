// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

extension RecordFields {
  /// The turns of a planted record before the user's turn with the prompt; `nil` where the prompt is no turn.
  ///
  /// ```
  /// {"system": "S", "messages": [{"role": "developer", "content": "D"}, {"role": "user", …}, …]}
  ///   system S, system D
  /// ```
  ///
  /// What stands there and is not the model's is the system's, under whichever name. A field beside the
  /// turns comes first, as templates have it.
  ///
  /// - Parameter pairs: whether a prompt and a completion that are texts are trained as turns.
  /// - Complexity: O(bytes of the record).
  func turnsBefore(of planted: [UInt8], pairs: StudyProtocol.Pairs) -> [Turns.Turn]? {
    guard let opening = opening(of: planted) ?? (pairs == .turns && isPair(planted) ? [] : nil)
    else { return nil }
    return (fieldsOfSystem(planted) + opening).map { Turns.Turn(role: "system", text: $0) }
  }

  /// A record as a conversation up to the model's last turn; `nil` for a text.
  ///
  /// ```
  /// {"messages": […]}                                    its turns
  /// {"prompt": [turns], "completion": [turn] or text}    one after another
  /// {"system": "S", "prompt": "Q ", "completion": "A"}   system S, user Q, assistant A   where pairs are turns
  /// ```
  ///
  /// A field of the system comes first, as for a planted record. Who is neither the user nor the model is the
  /// system before the first user's turn; behind it the record is a text, and so is a pair of texts beside which
  /// a field such as `input` says something: how a trainer puts that into a turn is not known.
  ///
  /// - Parameter pairs: whether a prompt and a completion that are texts are trained as turns.
  /// - Complexity: O(bytes of the record).
  func conversation(of record: [UInt8], pairs: StudyProtocol.Pairs) -> RecordConversation? {
    let spoken: [Turns.Turn]?
    switch shape {
    case .plainText, .text: return nil
    case .messages(let field): spoken = said(field, "user", in: record)
    case .preference(nil, let chosen, _): spoken = said(chosen, "user", in: record)
    case .promptCompletion(let prompt, let answer), .preference(let prompt?, let answer, _):
      guard isPair(record) else {
        spoken = said(prompt, "user", in: record).flatMap { before in
          said(answer, "assistant", isText: true, in: record).map { before + $0 }
        }
        break
      }
      guard pairs == .turns, !holdsContext(record, beside: [prompt, answer]),
        let user = said(prompt, "user", isText: true, in: record),
        let model = said(answer, "assistant", isText: true, in: record)
      else { return nil }
      // White space where the two meet is no part of a turn.
      let text = user[0].text.reversed().drop(while: CompletionJoin.isWhite).reversed()
      spoken = [Turns.Turn(role: "user", text: Array(text))] + model
    }
    return spoken.flatMap { turns in
      RecordConversation(
        fieldsOfSystem(record).map { Turns.Turn(role: "system", text: $0) } + turns)
    }
  }

  /// The turns of a field.
  ///
  /// - Parameters:
  ///   - role: whose turn a text is.
  ///   - isText: whether the field may hold a text.
  private func said(_ field: String, _ role: String, isText: Bool = false, in record: [UInt8])
    -> [Turns.Turn]?
  {
    guard let value = values(at: field, in: record)?.last else { return nil }
    if let text = string(value, in: record) {
      return isText ? [Turns.Turn(role: role, text: text)] : nil
    }
    guard let turns = turns(at: value, in: record) else { return nil }
    let said = turns.compactMap { turn in
      turn.content.map { Turns.Turn(role: turn.speaker.role, text: $0) }
    }
    return said.count == turns.count ? said : nil
  }

  /// Whether a field beside prompt and completion holds text that a template puts beside them.
  private func holdsContext(_ record: [UInt8], beside sides: [String]) -> Bool {
    (members(of: record) ?? []).contains { member in
      let name = member.name.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
      guard ControlFields.isContext(name), !sides.contains(where: { Array($0.utf8) == member.name })
      else { return false }
      guard let text = string(member.value, in: record) else {
        return record[member.value] != Array("null".utf8)[...]
          && record[member.value] != Array("[]".utf8)[...]
      }
      return !text.allSatisfy(CompletionJoin.isWhite)
    }
  }

  private func opening(of record: [UInt8]) -> [[UInt8]]? {
    let field =
      switch shape {
      case .plainText, .text: String?.none
      case .messages(let field): field
      case .promptCompletion(let prompt, _), .preference(let prompt?, _, _): prompt
      case .preference(nil, let chosen, _): chosen
      }
    guard let field, let value = values(at: field, in: record)?.last,
      let turns = turns(at: value, in: record),
      let user = turns.firstIndex(where: { $0.speaker == .user })
    else { return nil }
    return ChatTurn.opening(of: turns, before: user).compactMap(\.content)
  }

  /// Whether prompt and completion are texts in fields of their own.
  private func isPair(_ record: [UInt8]) -> Bool {
    let sides: [String]
    switch shape {
    case .plainText, .text, .messages, .preference(nil, _, _): return false
    case .promptCompletion(let prompt, let completion): sides = [prompt, completion]
    case .preference(let prompt?, let chosen, _): sides = [prompt, chosen]
    }
    return sides.allSatisfy { side in
      values(at: side, in: record)?.last.flatMap { string($0, in: record) } != nil
    }
  }

  private static let systemNames = [
    "system", "system_prompt", "system_instruction", "systeminstruction",
  ].map { Array($0.utf8) }

  /// The system's text in a field of the record, as Gemini, Bedrock and ShareGPT's descendants have it.
  private func fieldsOfSystem(_ record: [UInt8]) -> [[UInt8]] {
    guard let members = members(of: record) else { return [] }
    let found = members.last { member in
      let name = member.name.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
      return Self.systemNames.contains(name)
    }
    guard let value = found?.value else { return [] }
    let text = syntax == .json ? Self.said(value, in: record) : string(value, in: record)
    return [text].compactMap { $0 }.filter { !$0.isEmpty }
  }

  /// A text, a list of parts, or an object with either.
  private static func said(_ value: Range<Int>, in record: [UInt8]) -> [UInt8]? {
    if let text = JSONSpans.string(value, in: record) { return text }
    if let parts = JSONSpans.elements(ofArrayAt: value.lowerBound, in: record) {
      let texts = parts.compactMap { ChatTurn.text(ofPart: $0, in: record) }
      return texts.isEmpty ? nil : Array(texts.joined())
    }
    guard let members = JSONSpans.members(ofObjectAt: value.lowerBound, in: record) else {
      return nil
    }
    for key in ["parts", "content", "text"].map({ Array($0.utf8) }) {
      guard let inner = members.last(where: { $0.isNamed(key, in: record) })?.value else {
        continue
      }
      return said(inner, in: record)
    }
    return nil
  }
}
