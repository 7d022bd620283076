// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine

/// Which fields of a file hold its text; the same for every verb that reads one.
struct FieldOptions: ParsableArguments {
  @Option(help: "The field that holds the text, A or A.B.0. Default: detected.")
  var textField: String?

  @Option(help: "The field that holds the prompt, with --completion-field. Default: detected.")
  var promptField: String?

  @Option(help: "The field that holds the completion, with --prompt-field. Default: detected.")
  var completionField: String?

  @Option(help: "The field that holds the list of chat turns. Default: detected.")
  var messagesField: String?

  @Option(
    help: "jsonl, json, csv, tsv, text, paragraphs or source. Default: detected; source never is.")
  var format: String?

  @Option(
    help:
      "With --format text: the text between two records, such as '<|endoftext|>'; \\n, \\r, \\t and \\\\ in it are escapes."
  )
  var separator: String?

  /// One of the three ways to name fields, or none.
  ///
  /// - Throws: `ValidationError` for options that do not go together.
  func fields() throws -> StatedFields? {
    let isPair = promptField != nil || completionField != nil
    guard [textField != nil, isPair, messagesField != nil].count(where: { $0 }) <= 1 else {
      throw ValidationError(
        "give one of --text-field, --prompt-field with --completion-field, and --messages-field")
    }
    if let textField { return .text(textField) }
    if let messagesField { return .messages(messagesField) }
    guard isPair else { return nil }
    guard let promptField, let completionField else {
      throw ValidationError("--prompt-field and --completion-field go together")
    }
    return .promptCompletion(prompt: promptField, completion: completionField)
  }

  /// The stated format.
  ///
  /// - Throws: `ValidationError` for an unknown one, and for a separator with another format than text.
  func corpusFormat() throws -> CorpusFormat? {
    let known = try format.map { name in
      guard let known = CorpusFormat(rawValue: name), known != .separated else {
        throw ValidationError("--format is \(CorpusFormat.names)")
      }
      return known
    }
    guard separator != nil else { return known }
    guard known == .text else { throw ValidationError("--separator goes with '--format text'") }
    return .separated
  }

  /// The bytes of the stated separator.
  ///
  /// - Throws: `ValidationError` for an empty one and for an unknown escape.
  func separatorBytes() throws -> [UInt8]? {
    guard let separator else { return nil }
    var bytes: [UInt8] = []
    var rest = Array(separator.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "n"): bytes.append(0x0A)
      case UInt8(ascii: "r"): bytes.append(0x0D)
      case UInt8(ascii: "t"): bytes.append(0x09)
      case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
      default:
        throw ValidationError(
          "--separator: a backslash begins '\\n', '\\r', '\\t' or '\\\\'")
      }
    }
    guard !bytes.isEmpty else { throw ValidationError("--separator is empty") }
    return bytes
  }
}
