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
