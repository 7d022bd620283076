// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// Turns a training file into documents for the demo model.
///
/// JSON Lines with `text`, with `prompt` and `completion` (joined as they are), or with
/// `messages` (see ``ChatTemplate``); anything else is plain text, one document a line.
public enum TrainingFile {
  /// - Parameter bytes: the whole file.
  /// - Returns: one document a record; records without text are left out.
  public static func documents(_ bytes: [UInt8]) -> [[UInt8]] {
    var content = bytes[...]
    if content.starts(with: [0xEF, 0xBB, 0xBF]) { content = content.dropFirst(3) }
    return content.split(separator: 0x0A).compactMap { line in
      let line = line.last == 0x0D ? line.dropLast() : line
      guard line.contains(where: { $0 != 0x20 && $0 != 0x09 }) else { return nil }
      guard line.first == UInt8(ascii: "{"),
        let document = try? JSONDocument(parsing: Array(line), repairing: true)
      else { return Array(line) }
      return text(document.root)
    }
  }

  private static func text(_ record: JSONNode) -> [UInt8]? {
    if let text = record["text"]?.stringBytes { return text }
    if let prompt = record["prompt"]?.stringBytes,
      let completion = record["completion"]?.stringBytes
    {
      return prompt + completion
    }
    if let messages = record["messages"]?.elements {
      return ChatTemplate.render(
        messages.compactMap { message in
          guard let role = message["role"]?.string, let content = message["content"]?.stringBytes
          else { return nil }
          return (role, content)
        })
    }
    return nil
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
