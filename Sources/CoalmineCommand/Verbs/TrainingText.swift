// SPDX-License-Identifier: Apache-2.0

import Coalmine
import CoalmineCore

/// What `serve` trains its model on: the texts of files, found in the fields in which `seed` finds
/// them.
struct TrainingText {
  /// Of all files.
  var documents: [[UInt8]] = []
  /// What the user should know of files that were read in part.
  var remarks: [String] = []

  /// - Throws: `CoalmineError`: what `CorpusSurvey.shape` throws, and `no-training-text` for a file
  ///   without any text.
  init(
    _ paths: [String], format: CorpusFormat?, fields: StatedFields?, separator: [UInt8]?
  ) throws {
    for path in try format == .source ? CorpusPaths.files(paths, format: format) : paths {
      let (shape, found) = try Self.read(
        path, format: format, fields: fields, separator: separator)
      let name = "'\(terminalSafe(path))'"
      let place = Self.place(of: shape)
      // A tree has empty files too.
      guard !found.documents.isEmpty || format == .source else {
        throw CoalmineError(
          code: "no-training-text",
          found.left == 0
            ? "\(name) holds no text to train on"
            : "none of the \(found.left) records of \(name) holds \(place): there is nothing to "
              + "train on",
          help: found.left == 0
            ? "give a file with one record per line"
            : "name the fields that hold the text: '--text-field', '--prompt-field' with "
              + "'--completion-field', or '--messages-field'", exit: .badData)
      }
      if found.left > 0 {
        remarks.append(
          Prose.count(found.left, "record", "records")
            + " of \(name) without \(place): not trained on")
      }
      documents += found.documents
    }
  }

  private static func read(
    _ path: String, format: CorpusFormat?, fields: StatedFields?, separator: [UInt8]?
  ) throws -> (RecordShape, (documents: [[UInt8]], left: Int)) {
    let shape = try CorpusSurvey.shape(
      of: path, format: format, fields: fields, separator: separator)
    if format != .source, format != .separated, let layout = layout(shape) {
      let bytes = try InputFile.read(path, limit: 1 << 30)
      let found = TrainingFile.read(bytes, layout)
      if !found.documents.isEmpty, !bytes.starts(with: [0x1F, 0x8B]) { return (shape, found) }
    }
    // Every other format, and records that only `seed`'s own reader understands.
    let texts = try CorpusTexts(
      of: path, format: format, fields: fields, separator: separator)
    return (shape, (texts.texts, texts.left))
  }

  private static func layout(_ shape: RecordShape) -> TrainingFile.Layout? {
    switch shape {
    case .plainText: .lines
    case .text(let field): .text(field)
    case .promptCompletion(let prompt, let completion):
      .promptCompletion(prompt: prompt, completion: completion)
    case .messages(let field): .messages(field)
    case .preference: nil
    }
  }

  private static func place(of shape: RecordShape) -> String {
    func quoted(_ field: String) -> String { "'\(terminalSafe(field))'" }
    return switch shape {
    case .plainText: "text"
    case .text(let field): "text in \(quoted(field))"
    case .promptCompletion(let prompt, let completion):
      "text in both \(quoted(prompt)) and \(quoted(completion))"
    case .messages(let field): "a list of turns in \(quoted(field))"
    case .preference(_, let chosen, _): "a chosen answer in \(quoted(chosen))"
    }
  }
}
