// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Where a record holds its text, read from the bytes of its line.
///
/// Where a key stands twice, the last one counts, as in most readers; a planted record exchanges
/// all of them.
package struct RecordFields: Sendable, Equatable {
  package let shape: RecordShape

  package init(shape: RecordShape) { self.shape = shape }

  /// The text of the record as the membership measures see it, or `nil` where the line lacks a
  /// field or holds something other than a string in it.
  ///
  /// Prompt and completion follow one another; the contents of chat turns are joined by LF.
  package func text(of line: [UInt8]) -> [UInt8]? {
    switch shape {
    case .plainText: return line
    case .text(let field):
      return last(field, in: line)
    case .promptCompletion(let prompt, let completion):
      guard let first = last(prompt, in: line), let second = last(completion, in: line) else {
        return nil
      }
      return first + second
    case .messages(let field):
      guard let turns = turns(field, in: line) else { return nil }
      return Array(turns.map(\.content).joined(separator: [0x0A]))
    }
  }

  /// The value of a field that says what a record belongs to: what a string means, or the digits
  /// of a number; `nil` where it is absent, null or composite.
  package static func group(_ field: String, of line: [UInt8]) -> [UInt8]? {
    guard let value = values(of: field, in: line)?.last else { return nil }
    switch line[value.lowerBound] {
    case UInt8(ascii: "\""): return JSONSpans.string(value, in: line)
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "n"): return nil
    default: return Array(line[value])
    }
  }

  /// The ranges of all values of a field of the line's object.
  static func values(of field: String, in line: [UInt8]) -> [Range<Int>]? {
    guard let members = JSONSpans.members(ofObjectAt: 0, in: line) else { return nil }
    let name = Array(field.utf8)
    return members.filter { JSONSpans.name(of: $0, in: line) == name }.map(\.value)
  }

  /// The leading white space of the completion; `nil` for other shapes or where there is none.
  func completionLead(of line: [UInt8]) -> [UInt8]? {
    guard case .promptCompletion(_, let field) = shape, let text = last(field, in: line) else {
      return nil
    }
    return Array(text.prefix { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 || $0 == 0x0D })
  }

  private func last(_ field: String, in line: [UInt8]) -> [UInt8]? {
    Self.values(of: field, in: line)?.last.flatMap { JSONSpans.string($0, in: line) }
  }

  /// One chat turn.
  struct Turn: Equatable {
    /// The whole object.
    let range: Range<Int>
    let role: [UInt8]
    let content: [UInt8]
    /// Every value named `content`, quotes included.
    let contentRanges: [Range<Int>]
  }

  /// The chat turns of a line, or `nil` where one has no role or no text.
  func turns(_ field: String, in line: [UInt8]) -> [Turn]? {
    guard let value = Self.values(of: field, in: line)?.last,
      let elements = JSONSpans.elements(ofArrayAt: value.lowerBound, in: line), !elements.isEmpty
    else { return nil }
    var turns: [Turn] = []
    for element in elements {
      guard let members = JSONSpans.members(ofObjectAt: element.lowerBound, in: line) else {
        return nil
      }
      func ranges(_ name: String) -> [Range<Int>] {
        members.filter { JSONSpans.name(of: $0, in: line) == Array(name.utf8) }.map(\.value)
      }
      let contents = ranges("content")
      guard let role = ranges("role").last.flatMap({ JSONSpans.string($0, in: line) }),
        let content = contents.last.flatMap({ JSONSpans.string($0, in: line) })
      else { return nil }
      turns.append(
        Turn(range: element, role: role, content: content, contentRanges: contents))
    }
    return turns
  }

  /// Whether a canary can be formatted like this line.
  func isUsable(_ line: [UInt8]) -> Bool {
    guard case .messages(let field) = shape else { return text(of: line) != nil }
    guard let turns = turns(field, in: line) else { return false }
    return Self.exchange(in: turns) != nil
  }

  /// The first user turn and the first assistant turn after it.
  static func exchange(in turns: [Turn]) -> (user: Int, assistant: Int)? {
    guard let user = turns.firstIndex(where: { $0.role == Array("user".utf8) }),
      let assistant = turns[user...].firstIndex(where: { $0.role == Array("assistant".utf8) })
    else { return nil }
    return (user, assistant)
  }
}
