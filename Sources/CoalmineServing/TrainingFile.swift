// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// Turns a training file into documents for the demo model.
///
/// ```swift
/// let documents = TrainingFile.read(bytes, .promptCompletion(prompt: "q", completion: "a")).documents
/// ```
public enum TrainingFile {
  /// Where the records of a file hold their text.
  public enum Layout: Sendable, Equatable {
    /// Plain text, one document per line.
    case lines
    /// JSON Lines with the text in one field.
    case text(String)
    /// JSON Lines with two fields that are joined as they are.
    case promptCompletion(prompt: String, completion: String)
    /// JSON Lines with a list of chat turns (see ``ChatTemplate``).
    case messages(String)
  }

  /// The documents of a file, and how many of its records hold none.
  public static func read(_ bytes: [UInt8], _ layout: Layout) -> (documents: [[UInt8]], left: Int) {
    var documents: [[UInt8]] = []
    var left = 0
    for line in lines(bytes) {
      if let text = layout == .lines ? line : record(line).flatMap({ Self.text($0.root, layout) }) {
        documents.append(text)
      } else {
        left += 1
      }
    }
    return (documents, left)
  }

  /// The documents of a file whose records say by themselves what they are: JSON with `text`, with
  /// `prompt` and `completion`, or with `messages`; anything else is plain text.
  ///
  /// - Returns: one document per record; records without text are left out.
  public static func documents(_ bytes: [UInt8]) -> [[UInt8]] {
    let layouts: [Layout] = [
      .text("text"), .promptCompletion(prompt: "prompt", completion: "completion"),
      .messages("messages"),
    ]
    return lines(bytes).compactMap { line in
      guard let record = record(line) else { return line }
      return layouts.lazy.compactMap { text(record.root, $0) }.first
    }
  }

  /// The lines that hold more than blanks, without their ends.
  private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
    var content = bytes[...]
    if content.starts(with: [0xEF, 0xBB, 0xBF]) { content = content.dropFirst(3) }
    return content.split(separator: 0x0A).compactMap { line in
      let line = line.last == 0x0D ? line.dropLast() : line
      return line.contains { $0 != 0x20 && $0 != 0x09 } ? Array(line) : nil
    }
  }

  /// The JSON object of a line; `nil` where it is none.
  private static func record(_ line: [UInt8]) -> JSONDocument? {
    guard line.first(where: { $0 != 0x20 && $0 != 0x09 }) == UInt8(ascii: "{") else { return nil }
    return try? JSONDocument(parsing: line, repairing: true)
  }

  private static func text(_ record: JSONNode, _ layout: Layout) -> [UInt8]? {
    switch layout {
    case .lines: return nil
    case .text(let field): return record[field]?.stringBytes
    case .promptCompletion(let prompt, let completion):
      guard let prompt = record[prompt]?.stringBytes,
        let completion = record[completion]?.stringBytes
      else { return nil }
      return prompt + completion
    case .messages(let field):
      guard let messages = record[field]?.elements else { return nil }
      let turns = messages.compactMap { message -> (role: String, content: [UInt8])? in
        guard let role = message["role"]?.string, let content = message["content"]?.stringBytes
        else { return nil }
        return (role, content)
      }
      return turns.isEmpty ? nil : ChatTemplate.render(turns)
    }
  }
}

/// How chat turns become text: `role: content`, a line a turn. The same for training and asking.
public enum ChatTemplate {
  /// The turns as one text; with `opening`, the assistant's turn is begun at the end.
  public static func render(
    _ messages: [(role: String, content: [UInt8])], opening: Bool = false
  ) -> [UInt8] {
    var text: [UInt8] = []
    for message in messages {
      if !text.isEmpty { text.append(0x0A) }
      text += Array(message.role.utf8) + Array(": ".utf8) + message.content
    }
    if opening { text += Array("\nassistant:".utf8) }
    return text
  }
}
