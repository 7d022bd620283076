// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What the fields of the first records hold, for messages that say why none of them fits.
struct FieldsSeen {
  /// How many records have a say.
  static let sampleSize = 100
  private static let mostFields = 64
  private static let mostShown = 12

  private(set) var records = 0
  /// How many records hold what, by field.
  private var holdings: [String: [String: Int]] = [:]

  /// How many records hold a text in an object or in the first object of a list, by path.
  private var nested: [String: Int] = [:]
  /// Fields that hold a list of two texts or more.
  private var several: Set<String> = []
  /// How many records hold text of several words, by field.
  private var proses: [String: Int] = [:]

  private static let text = "text"
  private static let exchange = "turns of a user and an assistant"

  private static let unanswered = "turns without an assistant turn after the user's"
  private static let texts = "a list of texts"

  /// Takes note of a sound record; the first ``sampleSize`` count.
  mutating func note(_ line: [UInt8], _ fields: RecordFields) {
    guard records < Self.sampleSize else { return }
    records += 1
    var record: [String: String] = [:]
    for member in fields.members(of: line) ?? [] {
      let name = String(decoding: member.name, as: UTF8.self)
      guard fields.syntax == .json else {
        record[name] = Self.holding(cell: TableCells.meaning(of: member.value, in: line))
        continue
      }
      record[name] = Self.holding(member.value, in: line)
      for path in Self.textsWithin(member.value, under: name, in: line)
      where nested[path] != nil || nested.count < Self.mostFields {
        nested[path, default: 0] += 1
      }
      if Self.isProse(member.value, in: line) { proses[name, default: 0] += 1 }
      if record[name] == Self.texts,
        JSONSpans.elements(ofArrayAt: member.value.lowerBound, in: line)?.count ?? 0 > 1
      {
        several.insert(name)
      }
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
    let texts =
      names(Self.text)
      + nested.keys.sorted().prefix(Self.mostShown).map { "'\(terminalSafe($0))'" }
    if !texts.isEmpty {
      ways.append("'--text-field NAME' with \(texts.joined(separator: " or "))")
    }
    let lists = several.sorted().prefix(Self.mostShown).map { "'\(terminalSafe($0))'" }
    if !lists.isEmpty {
      ways.append(
        "'--messages-field NAME' with \(lists.joined(separator: " or ")), where its texts are those "
          + "of a user and an assistant in turn")
    }
    if texts.count >= 2 {
      ways.append("'--prompt-field NAME --completion-field NAME' with two of these")
    }
    guard !ways.isEmpty else { return rewriting }
    return "if the model is trained on a field that fits, name it: "
      + ways.joined(separator: ", or ") + "; else " + rewriting
  }

  /// Whether the records were turned into numbers of tokens already.
  var isTokenized: Bool { holdings["input_ids"] != nil }

  /// Why nothing in the records would be trained as an answer, if that is plain from the fields.
  var untrained: String? {
    func everywhere(_ holding: String) -> String? {
      holdings.filter { $0.value[holding] == records }.keys.sorted().first
    }
    if let field = everywhere(Self.unanswered) {
      return "holds prompts without answers: no turn of an assistant stands in "
        + "'\(terminalSafe(field))'"
    }
    if let field = everywhere(Self.texts), ["turns", "prompts", "questions"].contains(field) {
      return "holds prompts without answers in '\(terminalSafe(field))'"
    }
    let names = Set(holdings.keys)
    if names.contains("positive") || names.contains("negative") {
      return "holds pairs that train an embedding"
    }
    let textual = holdings.filter { $0.value[Self.text] != nil }.keys
    if textual.count == 1, let only = textual.first, Self.promptNames.contains(only) {
      return "holds prompts without answers, in '\(only)'"
    }
    return nil
  }

  private static let promptNames: Set<String> = [
    "prompt", "instruction", "question", "query", "input", "inputs", "input_text",
  ]
  /// What stands beside a prompt and is not what the model is to write.
  private static let asideNames: Set<String> = [
    "ground_truth", "reference", "context", "source", "category", "system", "reward", "language",
    "lang", "type", "topic", "title", "name", "split",
  ]

  /// A prompt's field and the one other text field, where every record has both and no other text.
  var onlyPair: RecordShape? {
    let texts = holdings.filter { name, held in
      held[Self.text] != nil && !IdentifierShape.isIdentifier(Array(name.utf8))
    }
    guard texts.count == 2, texts.allSatisfy({ $0.value[Self.text] == records }),
      let prompt = texts.keys.first(where: Self.promptNames.contains),
      let answer = texts.keys.first(where: { $0 != prompt }),
      !Self.asideNames.contains(answer), !Self.promptNames.contains(answer), !answer.contains(".")
    else { return nil }
    return .promptCompletion(prompt: prompt, completion: answer)
  }

  /// The one text field, where every record has it, most hold several words, and no list or object
  /// stands beside it.
  var onlyText: RecordShape? {
    let others: Set = ["a number", "true or false", "null", "nothing"]
    let texts = holdings.filter { name, held in
      !held.keys.allSatisfy(others.contains) && !IdentifierShape.isIdentifier(Array(name.utf8))
    }
    guard texts.count == 1, let (name, held) = texts.first, held[Self.text] == records,
      2 * (proses[name] ?? 0) > records, !Self.promptNames.contains(name),
      !Self.asideNames.contains(name), Self.isName(name)
    else { return nil }
    return .text(field: name)
  }

  /// Whether a field has a name, and is no text itself, as in a table without a header.
  private static func isName(_ field: String) -> Bool {
    field.utf8.count <= 40 && field.split(separator: " ").count <= 3
      && field.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || " _-0123456789".unicodeScalars.contains($0)
      }
  }

  /// The paths of the texts in an object, or in the first object of a list that holds no turns.
  private static func textsWithin(
    _ value: Range<Int>, under name: String, in line: [UInt8]
  ) -> [String] {
    var path = name
    var object = value
    if let elements = JSONSpans.elements(ofArrayAt: value.lowerBound, in: line) {
      guard let first = elements.first, ChatTurn(first, in: line) == nil else { return [] }
      path += ".0"
      object = first
    }
    let members = JSONSpans.members(ofObjectAt: object.lowerBound, in: line) ?? []
    // A turn whose content is no text is no object to look into.
    guard !members.contains(where: { ChatTurn.isRole($0, in: line) }) else { return [] }
    return members.filter { line[$0.value.lowerBound] == UInt8(ascii: "\"") }.map {
      "\(path).\(String(decoding: JSONSpans.name(of: $0, in: line), as: UTF8.self))"
    }
  }

  /// Whether a value is a text with a blank or a line break between two words.
  private static func isProse(_ value: Range<Int>, in line: [UInt8]) -> Bool {
    JSONSpans.string(value, in: line)?.split { $0 == 0x20 || $0 == 0x0A }.count ?? 0 > 1
  }

  /// What a cell of a table holds.
  private static func holding(cell: [UInt8]) -> String {
    if cell.isEmpty { return "nothing" }
    let isNumber = cell.allSatisfy { (0x2B...0x3A).contains($0) || $0 == 0x65 || $0 == 0x45 }
    return isNumber ? "a number" : text
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
      return isText ? texts : "a list"
    }
    let read = elements.compactMap { ChatTurn($0, in: line) }
    guard read.count == elements.count else {
      let members =
        turns.first { members in
          !members.contains { JSONSpans.name(of: $0, in: line) == Array("role".utf8) }
        } ?? []
      let names = members.prefix(4).map {
        "'\(terminalSafe(String(decoding: JSONSpans.name(of: $0, in: line), as: UTF8.self)))'"
      }
      return names.isEmpty
        ? "turns, one of them with a content that is no text"
        : "a list of objects without a 'role' (they have \(names.joined(separator: ", ")))"
    }
    guard let user = read.firstIndex(where: { $0.speaker == .user }) else {
      return "turns without a user turn"
    }
    return read[user...].contains { $0.speaker == .assistant } ? exchange : unanswered
  }
}
