// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// What the fields of the first records hold, for messages that say why none of them fits.
struct FieldsSeen {
  /// How many records have a say.
  static let sampleSize = 100
  private static let mostFields = 64
  private static let mostShown = 12

  private(set) var records = 0
  /// How many records hold what, by field.
  private var holdings: [String: [String: Int]] = [:]

  private static let text = "text"
  private static let exchange = "turns of a user and an assistant"

  /// Takes note of a record, a valid JSON object; the first ``sampleSize`` count.
  mutating func note(_ line: [UInt8]) {
    guard records < Self.sampleSize else { return }
    records += 1
    var record: [String: String] = [:]
    for member in JSONSpans.members(ofObjectAt: 0, in: line) ?? [] {
      let name = String(decoding: JSONSpans.name(of: member, in: line), as: UTF8.self)
      record[name] = Self.holding(member.value, in: line)
    }
    for (name, holding) in record where holdings[name] != nil || holdings.count < Self.mostFields {
      holdings[name, default: [:]][holding, default: 0] += 1
    }
  }

  /// One fact per field, by name: `'text' holds a list`.
  var facts: [String] {
    let facts = holdings.keys.sorted().prefix(Self.mostShown).map { name in
      let kinds = (holdings[name] ?? [:]).sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      let parts = kinds.map { kind, count in
        kinds.count == 1 && count == records ? kind : "\(kind) in \(count) of \(records) records"
      }
      return "'\(terminalSafe(name))' holds \(parts.joined(separator: ", "))"
    }
    return facts
      + (holdings.count > facts.count ? ["and \(holdings.count - facts.count) more fields"] : [])
  }

  /// What can be said on the command line for this corpus, and how its records may look.
  var help: String {
    func names(_ holding: String) -> [String] {
      holdings.filter { $0.value[holding] != nil }.keys.sorted().prefix(Self.mostShown)
        .map { "'\(terminalSafe($0))'" }
    }
    let rewriting =
      #"write each record as {"text": "…"}, {"prompt": "…", "completion": "…"}, or "#
      + #"{"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}"#
    var ways: [String] = []
    let turns = names(Self.exchange)
    if !turns.isEmpty {
      ways.append("'--messages-field NAME' with \(turns.joined(separator: " or "))")
    }
    let texts = names(Self.text)
    if !texts.isEmpty {
      ways.append("'--text-field NAME' with \(texts.joined(separator: " or "))")
    }
    if texts.count >= 2 {
      ways.append("'--prompt-field NAME --completion-field NAME' with two of these")
    }
    guard !ways.isEmpty else { return rewriting }
    return "if the model is trained on a field that fits, name it: "
      + ways.joined(separator: ", or ") + "; else " + rewriting
  }

  private static func holding(_ value: Range<Int>, in line: [UInt8]) -> String {
    line[value.lowerBound] == UInt8(ascii: "[") ? list(value, in: line) : kind(value, in: line)
  }

  private static func kind(_ value: Range<Int>, in line: [UInt8]) -> String {
    switch line[value.lowerBound] {
    case UInt8(ascii: "\""): text
    case UInt8(ascii: "["): "a list"
    case UInt8(ascii: "{"): "an object"
    case UInt8(ascii: "n"): "null"
    case UInt8(ascii: "t"), UInt8(ascii: "f"): "true or false"
    default: "a number"
    }
  }

  private static func list(_ value: Range<Int>, in line: [UInt8]) -> String {
    let elements = JSONSpans.elements(ofArrayAt: value.lowerBound, in: line) ?? []
    guard !elements.isEmpty else { return "an empty list" }
    let turns = elements.compactMap { JSONSpans.members(ofObjectAt: $0.lowerBound, in: line) }
    guard turns.count == elements.count else {
      let isText = elements.allSatisfy { line[$0.lowerBound] == UInt8(ascii: "\"") }
      return isText ? "a list of texts" : "a list"
    }
    var roles: [[UInt8]] = []
    for members in turns {
      func found(_ name: String) -> Range<Int>? {
        members.last { JSONSpans.name(of: $0, in: line) == Array(name.utf8) }?.value
      }
      guard let role = found("role").flatMap({ JSONSpans.string($0, in: line) }) else {
        let names = members.prefix(4).map {
          "'\(terminalSafe(String(decoding: JSONSpans.name(of: $0, in: line), as: UTF8.self)))'"
        }
        return "a list of objects without a 'role' (they have \(names.joined(separator: ", ")))"
      }
      guard let content = found("content") else { return "turns, one of them without 'content'" }
      guard line[content.lowerBound] == UInt8(ascii: "\"") else {
        return "turns, one of them with \(kind(content, in: line)) as its 'content'"
      }
      roles.append(role)
    }
    guard let user = roles.firstIndex(of: Array("user".utf8)) else {
      return "turns without a user turn"
    }
    return roles[user...].contains(Array("assistant".utf8))
      ? exchange : "turns without an assistant turn after the user's"
  }
}
