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

  @Option(help: "jsonl, json, csv, tsv, text or paragraphs. Default: detected.")
  var format: String?

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
  /// - Throws: `ValidationError` for an unknown one.
  func corpusFormat() throws -> CorpusFormat? {
    try format.map {
      guard let known = CorpusFormat(rawValue: $0) else {
        throw ValidationError("--format is \(CorpusFormat.names)")
      }
      return known
    }
  }
}
