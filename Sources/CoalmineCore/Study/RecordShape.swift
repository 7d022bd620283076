// SPDX-License-Identifier: Apache-2.0

/// How the records of a corpus hold their text.
///
/// A field is the name of a member of the record, or a path of names and positions in lists with
/// dots between them: `instances.0.output`. A single dot is the record itself.
public enum RecordShape: Sendable, Hashable {
  /// Plain text.
  case plainText
  /// The whole text in one field.
  case text(field: String)
  /// A prompt and its completion, each a text or a list of turns.
  case promptCompletion(prompt: String, completion: String)
  /// A list of turns of a user and an assistant.
  case messages(field: String)
  /// A prompt with a chosen and a rejected answer; without a prompt's field both answers begin with
  /// the prompt.
  case preference(prompt: String?, chosen: String, rejected: String)

  /// One stable line: `plain-text`, `text:FIELD`, `prompt-completion:A,B`, `messages:FIELD`,
  /// `preference:PROMPT,CHOSEN,REJECTED`.
  public var slug: String {
    switch self {
    case .plainText: "plain-text"
    case .text(let field): "text:\(field)"
    case .promptCompletion(let prompt, let completion):
      "prompt-completion:\(prompt),\(completion)"
    case .messages(let field): "messages:\(field)"
    case .preference(let prompt, let chosen, let rejected):
      "preference:\(prompt ?? ""),\(chosen),\(rejected)"
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
    case ("preference", 2):
      let fields = parts[1].split(separator: ",", omittingEmptySubsequences: false)
        .map(String.init)
      guard fields.count == 3 else { return nil }
      self = .preference(
        prompt: fields[0].isEmpty ? nil : fields[0], chosen: fields[1], rejected: fields[2])
    default: return nil
    }
  }

  /// Whether a record has a prompt and what follows it, in fields of their own.
  package var isPair: Bool {
    switch self {
    case .promptCompletion, .preference: true
    case .plainText, .text, .messages: false
    }
  }

  /// Every field it names.
  package var fields: [String] {
    switch self {
    case .plainText: []
    case .text(let field), .messages(let field): [field]
    case .promptCompletion(let prompt, let completion): [prompt, completion]
    case .preference(let prompt, let chosen, let rejected):
      [prompt].compactMap { $0 } + [chosen, rejected]
    }
  }
}

extension RecordShape {
  private static let prompts = [
    "prompt", "instruction", "question", "query", "input", "inputs", "input_text", "document",
    "article", "dialogue",
  ]
  private static let completions = [
    "completion", "response", "output", "answer", "target", "targets", "output_text", "summary",
    "highlights",
  ]
  private static let turns = ["messages", "conversations", "conversation", "contents", "."]
  private static let texts = ["text", "content", "body"]

  /// The shapes that are found without an option, in order of preference: where two fit equally
  /// many records, the earlier one.
  package static let known: [RecordShape] =
    (["prompt", "question", "instruction", "query", "input", "conversations", "messages"]
      .map { .preference(prompt: $0, chosen: "chosen", rejected: "rejected") }
      + [
        .preference(prompt: nil, chosen: "chosen", rejected: "rejected"),
        .preference(
          prompt: "input.messages", chosen: "preferred_output", rejected: "non_preferred_output"),
      ]
      + turns.map { .messages(field: $0) }
      + prompts.flatMap { prompt in
        completions.map { .promptCompletion(prompt: prompt, completion: $0) }
      }
      + nested.map { .promptCompletion(prompt: $0.prompt, completion: $0.completion) }
      + texts.map { .text(field: $0) }
      + capital)

  /// Exchanges that stand in lists: of tasks, of answers to a question, and of turns that hold both sides.
  private static let nested = [
    (prompt: "instruction", completion: "instances.0.output"),
    (prompt: "question", completion: "answers.text.0"),
    (prompt: "conversation.0.input", completion: "conversation.0.output"),
  ]

  /// The same names with a capital letter, as tables have them: both sides of a pair, or neither.
  private static let capital: [RecordShape] =
    prompts.flatMap { prompt in
      completions.map {
        .promptCompletion(prompt: prompt.capitalizedName, completion: $0.capitalizedName)
      }
    } + texts.map { .text(field: $0.capitalizedName) }

  /// The fields of ``known`` for people, each name in quotes.
  public static func knownFields() -> String {
    func alternatives(_ fields: [String]) -> String {
      let names = fields.map { "'\($0)'" }
      guard names.count > 1 else { return names.joined() }
      return names.dropLast().joined(separator: ", ") + " or " + names[names.count - 1]
    }
    return [
      alternatives(texts), "\(alternatives(prompts)) with \(alternatives(completions))",
      "chat turns in \(alternatives(turns.filter { $0 != "." })), or as the record itself",
      "'chosen' and 'rejected' answers",
    ].joined(separator: "; ")
  }
}

extension String {
  /// The name with a capital first letter.
  fileprivate var capitalizedName: String { prefix(1).uppercased() + dropFirst() }
}
