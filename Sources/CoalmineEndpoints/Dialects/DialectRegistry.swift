// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// A dialect's name, what people are told of it, and how it is made.
public struct DialectEntry: Sendable {
  /// The name on the command line, without options.
  public let slug: String
  /// One line for people.
  public let summary: String
  /// Where the wire format is written down.
  public let source: String
  /// The options that the name may be followed by, in the order of `list`.
  public let options: [DialectOption]
  let make: @Sendable (DialectOptions) throws(CoalmineError) -> any Dialect

  init(
    _ slug: String, _ summary: String, source: String, options: [DialectOption] = [],
    make: @escaping @Sendable (DialectOptions) throws(CoalmineError) -> any Dialect
  ) {
    self.slug = slug
    self.summary = summary
    self.source = source
    self.options = options
    self.make = make
  }

  /// The dialect without options.
  public var plain: any Dialect {
    get throws(CoalmineError) { try make(DialectOptions(name: slug, [:])) }
  }
}

/// An option of a dialect: `--dialect NAME,OPTION=VALUE`.
public struct DialectOption: Sendable {
  public let name: String
  /// One line for people, with the values that it takes.
  public let summary: String

  init(_ name: String, _ summary: String) {
    self.name = name
    self.summary = summary
  }
}

/// The options of a dialect as they were given.
public struct DialectOptions: Sendable {
  /// The dialect's name with its options, as a run keeps it.
  public let name: String
  private let values: [String: String]

  init(name: String, _ values: [String: String]) {
    self.name = name
    self.values = values
  }

  subscript(option: String) -> String? { values[option] }

  /// One of a few values; the first where the option is not given.
  ///
  /// - Throws: ``CoalmineError`` with code `bad-dialect-option`.
  func choice<Value: RawRepresentable & CaseIterable>(_ option: String, of _: Value.Type)
    throws(CoalmineError) -> Value where Value.RawValue == String
  {
    guard let given = values[option] else { return Value.allCases.first! }
    guard let value = Value(rawValue: given) else {
      throw CoalmineError(
        code: "bad-dialect-option",
        "the option '\(option)' of the dialect does not take the value '\(given)'",
        help: "one of: \(Value.allCases.map(\.rawValue).joined(separator: ", "))",
        exit: .badConfiguration)
    }
    return value
  }

  /// A word that goes into a request as it is; `nil` where the option is not given.
  ///
  /// - Throws: ``CoalmineError`` with code `bad-dialect-option`.
  func word(_ option: String) throws(CoalmineError) -> String? {
    guard let given = values[option] else { return nil }
    guard !given.isEmpty, given.utf8.allSatisfy(EndpointQuery.isUnreserved) else {
      throw CoalmineError(
        code: "bad-dialect-option",
        "the option '\(option)' of the dialect does not take the value '\(terminalSafe(given))'",
        help: "letters, digits, '-', '.' and '_'", exit: .badConfiguration)
    }
    return given
  }

  /// A whole number within bounds; `fallback` where the option is not given.
  ///
  /// - Throws: ``CoalmineError`` with code `bad-dialect-option`.
  func number(_ option: String, in range: ClosedRange<Int>, else fallback: Int)
    throws(CoalmineError) -> Int
  {
    guard let given = values[option] else { return fallback }
    guard let value = Int(given), range.contains(value) else {
      throw CoalmineError(
        code: "bad-dialect-option",
        "the option '\(option)' of the dialect does not take the value '\(given)'",
        help: "a whole number from \(range.lowerBound) to \(range.upperBound)",
        exit: .badConfiguration)
    }
    return value
  }
}

/// Every dialect by name.
public enum DialectRegistry {
  /// The dialect where none is named.
  public static let standard = OpenAICompletions.echo.slug
  /// The dialect of local programs.
  public static let command = CommandDialect.entry.slug

  /// In the order of `list`.
  public static let all: [DialectEntry] = [
    OpenAICompletions.echo, OpenAICompletions.vllm, LlamaServer.native, LlamaServer.completions,
    OpenAIChat.entry, AnthropicMessages.entry, VLLMChat.entry, SGLang.entry, MistralChat.entry,
    CodeCompletion.mistral, Gemini.entry, OpenAIResponses.entry, Ollama.entry, DeepSeekChat.entry,
    CodeCompletion.deepSeek, LlamaServerInfill.entry, TextGenerationInference.entry,
    BedrockConverse.entry, Decisions.entry, CommandDialect.entry,
  ]

  /// The dialect of that name, which may be followed by options: `NAME,OPTION=VALUE,…`.
  ///
  /// - Throws: ``CoalmineError`` with code `unknown-dialect` or `bad-dialect-option`.
  public static func dialect(_ name: String) throws(CoalmineError) -> any Dialect {
    let parts = name.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard let entry = all.first(where: { $0.slug == parts[0] }) else {
      throw CoalmineError(
        code: "unknown-dialect", "there is no dialect '\(parts[0])'",
        help: "one of: \(all.map { $0.slug }.joined(separator: ", "))",
        exit: .badConfiguration)
    }
    var values: [String: String] = [:]
    for part in parts.dropFirst() {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map(String.init)
      guard sides.count == 2, entry.options.contains(where: { $0.name == sides[0] }),
        values.updateValue(sides[1], forKey: sides[0]) == nil
      else {
        throw CoalmineError(
          code: "bad-dialect-option", "the dialect '\(parts[0])' takes no option '\(part)'",
          help: entry.options.isEmpty
            ? "it has no options"
            : "each once, as NAME=VALUE: "
              + entry.options.map(\.name).joined(separator: ", "), exit: .badConfiguration)
      }
    }
    return try entry.make(DialectOptions(name: name, values))
  }
}
