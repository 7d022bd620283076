// SPDX-License-Identifier: Apache-2.0

/// How the records of a corpus hold their text.
public enum RecordShape: Sendable, Hashable {
  /// Plain text, one record per line.
  case plainText
  /// JSON Lines with the whole text in one field.
  case text(field: String)
  /// JSON Lines with a prompt and its completion.
  case promptCompletion(prompt: String, completion: String)
  /// JSON Lines with a list of `{role, content}` turns.
  case messages(field: String)

  /// One stable line: `plain-text`, `text:FIELD`, `prompt-completion:A,B`, `messages:FIELD`.
  public var slug: String {
    switch self {
    case .plainText: "plain-text"
    case .text(let field): "text:\(field)"
    case .promptCompletion(let prompt, let completion):
      "prompt-completion:\(prompt),\(completion)"
    case .messages(let field): "messages:\(field)"
    }
  }

  /// The shape that ``slug`` names.
  package init?(slug: String) {
    let parts = slug.split(separator: ":", maxSplits: 1).map(String.init)
    switch (parts.first, parts.count) {
    case ("plain-text", 1): self = .plainText
    case ("text", 2): self = .text(field: parts[1])
    case ("messages", 2): self = .messages(field: parts[1])
    case ("prompt-completion", 2):
      let fields = parts[1].split(separator: ",", maxSplits: 1).map(String.init)
      guard fields.count == 2 else { return nil }
      self = .promptCompletion(prompt: fields[0], completion: fields[1])
    default: return nil
    }
  }
}
