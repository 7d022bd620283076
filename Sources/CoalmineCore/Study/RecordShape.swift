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

extension RecordShape {
  /// The shapes that are found without an option, in order of preference: where two fit equally
  /// many records, the earlier one.
  package static let known: [RecordShape] =
    [.messages(field: "messages")]
    + [
      ("prompt", "completion"), ("prompt", "response"), ("instruction", "output"),
      ("instruction", "response"), ("question", "answer"), ("input", "output"),
    ].map { .promptCompletion(prompt: $0.0, completion: $0.1) }
    + ["text", "content", "body"].map { .text(field: $0) }

  /// The fields of ``known`` for people, each name between two of `quote`.
  public static func knownFields(quote: String = "'") -> String {
    func quoted(_ field: String) -> String { quote + field + quote }
    func alternatives(_ fields: [String]) -> String {
      let names = fields.map(quoted)
      guard names.count > 1 else { return names.joined() }
      return names.dropLast().joined(separator: ", ") + " or " + names[names.count - 1]
    }
    var texts: [String] = []
    var turns: [String] = []
    var pairs: [(prompt: String, completions: [String])] = []
    for shape in known {
      switch shape {
      case .plainText: break
      case .text(let field): texts.append(field)
      case .messages(let field): turns.append(field)
      case .promptCompletion(let prompt, let completion):
        if pairs.last?.prompt == prompt {
          pairs[pairs.count - 1].completions.append(completion)
        } else {
          pairs.append((prompt, [completion]))
        }
      }
    }
    return
      ([alternatives(texts)]
      + pairs.map { "\(quoted($0.prompt)) with \(alternatives($0.completions))" }
      + ["chat turns in \(alternatives(turns))"]).joined(separator: "; ")
  }
}
