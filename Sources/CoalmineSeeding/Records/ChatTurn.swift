// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// One turn of a conversation, in any of the spellings that trainers read.
///
/// ```
/// {"role": "user", "content": "Hi"}                  OpenAI
/// {"role": "user", "content": [{"type": "text", "text": "Hi"}]}
/// {"from": "human", "value": "Hi"}                   ShareGPT
/// {"role": "model", "parts": [{"text": "Hi"}]}       Gemini
/// "Hi"                                               a text in a list of texts: LIMA, UltraChat
/// ```
struct ChatTurn: Equatable {
  enum Speaker {
    case user, assistant, other

    /// As turns that are asked spell it.
    var role: String {
      switch self {
      case .user: "user"
      case .assistant: "assistant"
      case .other: "system"
      }
    }
  }

  /// The whole object.
  let range: Range<Int>
  let speaker: Speaker
  /// What is said; `nil` where that is not text alone: nothing, an image, a call of a tool.
  let content: [UInt8]?
  /// Every value named ``contentKey``, quotes included.
  let contentRanges: [Range<Int>]
  let roleKey: [UInt8]
  let contentKey: [UInt8]
  /// The role as it is written, quotes included; empty where the turn is a text alone.
  let roleRange: Range<Int>

  /// Whether the turn is a text alone, without a role.
  var isBare: Bool { roleKey.isEmpty }

  static let roleKeys = ["role", "from", "speaker", "author"].map { Array($0.utf8) }
  static let contentKeys = ["content", "value", "text", "parts"].map { Array($0.utf8) }
  private static let users = ["user", "human", "prompter"].map { Array($0.utf8) }
  private static let assistants = [
    "assistant", "gpt", "model", "bot", "chatgpt", "bing", "bard", "ai",
  ].map { Array($0.utf8) }
  private static let textTypes = ["text", "input_text", "output_text"].map { Array($0.utf8) }
  static let textKeys = ["text", "value", "content"].map { Array($0.utf8) }

  /// Whether a member of an object says who speaks.
  static func isRole(_ member: JSONSpans.Member, in bytes: [UInt8]) -> Bool {
    roleKeys.contains { member.isNamed($0, in: bytes) }
  }

  /// Who speaks in a role, in any case.
  private static func speaker(_ role: [UInt8]) -> Speaker {
    func isIn(_ names: [[UInt8]]) -> Bool {
      names.contains { name in
        name.count == role.count
          && zip(name, role).allSatisfy { $0 == $1 || $0 == $1 | 0x20 && $1 & 0xE0 == 0x40 }
      }
    }
    return isIn(users) ? .user : isIn(assistants) ? .assistant : .other
  }

  /// - Returns: `nil` where the object has no role, or a content of a form that no trainer reads.
  init?(_ range: Range<Int>, in bytes: [UInt8]) {
    guard let members = JSONSpans.members(ofObjectAt: range.lowerBound, in: bytes) else {
      return nil
    }
    func isThere(_ key: [UInt8]) -> Bool { members.contains { $0.isNamed(key, in: bytes) } }
    guard let roleKey = Self.roleKeys.first(where: isThere),
      let roleRange = members.last(where: { $0.isNamed(roleKey, in: bytes) })?.value,
      let role = JSONSpans.string(roleRange, in: bytes)
    else { return nil }
    let contentKey = Self.contentKeys.first(where: isThere) ?? Self.contentKeys[0]
    contentRanges = members.filter { $0.isNamed(contentKey, in: bytes) }.map(\.value)
    self.range = range
    self.roleKey = roleKey
    self.roleRange = roleRange
    self.contentKey = contentKey
    speaker = Self.speaker(role)
    guard let value = contentRanges.last, bytes[value.lowerBound] != UInt8(ascii: "n") else {
      content = nil
      return
    }
    if let text = JSONSpans.string(value, in: bytes) {
      content = text
      return
    }
    guard let parts = JSONSpans.elements(ofArrayAt: value.lowerBound, in: bytes) else { return nil }
    let isParts = contentKey == Array("parts".utf8)
    let isReadable = parts.allSatisfy {
      bytes[$0.lowerBound] == UInt8(ascii: "{")
        || isParts && bytes[$0.lowerBound] == UInt8(ascii: "\"")
    }
    guard isReadable else { return nil }
    let texts = parts.compactMap { Self.text(ofPart: $0, in: bytes) }
    content = texts.count == parts.count && !parts.isEmpty ? Array(texts.joined()) : nil
  }

  /// The turn at a place of a list of texts: the user speaks first, then the assistant, and so on.
  ///
  /// - Returns: `nil` where the value is no text.
  init?(text range: Range<Int>, at place: Int, in bytes: [UInt8]) {
    guard let text = JSONSpans.string(range, in: bytes) else { return nil }
    self.range = range
    speaker = place.isMultiple(of: 2) ? .user : .assistant
    content = text
    contentRanges = [range]
    roleKey = []
    contentKey = []
    roleRange = range.lowerBound..<range.lowerBound
  }

  /// The text of a part; `nil` for an image, thoughts and everything else.
  static func text(ofPart part: Range<Int>, in bytes: [UInt8]) -> [UInt8]? {
    if let text = JSONSpans.string(part, in: bytes) { return text }
    guard let members = JSONSpans.members(ofObjectAt: part.lowerBound, in: bytes) else {
      return nil
    }
    func value(_ key: [UInt8]) -> Range<Int>? {
      members.last { JSONSpans.name(of: $0, in: bytes) == key }?.value
    }
    if let type = value(Array("type".utf8)) {
      guard let name = JSONSpans.string(type, in: bytes), textTypes.contains(name) else {
        return nil
      }
    }
    if let thought = value(Array("thought".utf8)), bytes[thought.lowerBound] == UInt8(ascii: "t") {
      return nil
    }
    return textKeys.compactMap { value($0).flatMap { JSONSpans.string($0, in: bytes) } }.first
  }

  /// The first user turn and the first assistant turn after it.
  static func exchange(in turns: [ChatTurn]) -> (user: Int, assistant: Int)? {
    guard let user = turns.firstIndex(where: { $0.speaker == .user }),
      let assistant = turns[user...].firstIndex(where: { $0.speaker == .assistant })
    else { return nil }
    return (user, assistant)
  }

  /// The turns before the first user turn that a planted conversation keeps: those that say text, and not
  /// as the model. Another one could not be asked again as it was planted.
  static func opening(of turns: [ChatTurn], before user: Int) -> [ChatTurn] {
    turns[..<user].filter { $0.speaker != .assistant && $0.content != nil }
  }
}

extension RecordFields {
  /// The turns of a list, or the one that an object is; `nil` where an element is no turn.
  func turns(at value: Range<Int>, in record: [UInt8]) -> [ChatTurn]? {
    guard syntax == .json else { return nil }
    if record[value.lowerBound] == UInt8(ascii: "{") {
      return ChatTurn(value, in: record).map { [$0] }
    }
    guard let elements = JSONSpans.elements(ofArrayAt: value.lowerBound, in: record),
      !elements.isEmpty
    else { return nil }
    let turns =
      if case .messages = shape, record[elements[0].lowerBound] == UInt8(ascii: "\"") {
        elements.enumerated().compactMap { ChatTurn(text: $1, at: $0, in: record) }
      } else {
        elements.compactMap { ChatTurn($0, in: record) }
      }
    return turns.count == elements.count ? turns : nil
  }
}

/// A conversation that is written as one text, `\n\nHuman: …\n\nAssistant: …`, as in preference
/// data of the HH-RLHF form.
struct SpokenTurns {
  static let human = Array("\n\nHuman:".utf8)
  static let assistant = Array("\n\nAssistant:".utf8)

  /// What stands in the first exchange, without the blank after the speaker's name.
  let exchange: (prompt: [UInt8], answer: [UInt8])

  init?(_ text: [UInt8]) {
    let opening = Array(Self.human.dropFirst(2))
    guard text.starts(with: Self.human) || text.starts(with: opening),
      let from = ByteSearch.firstRange(of: opening, in: text),
      let middle = ByteSearch.firstRange(of: Self.assistant, in: text, from: from.upperBound)
    else { return nil }
    let end =
      ByteSearch.firstRange(of: Self.human, in: text, from: middle.upperBound)?.lowerBound
      ?? text.count
    exchange = (
      Array(text[from.upperBound..<middle.lowerBound].drop { $0 == 0x20 }),
      Array(text[middle.upperBound..<end].drop { $0 == 0x20 })
    )
  }

  /// The text of one exchange.
  static func text(prompt: [UInt8], answer: [UInt8]) -> [UInt8] {
    human + [0x20] + prompt + assistant + [0x20] + answer
  }
}
