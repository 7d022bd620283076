// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Fields named on the command line in place of those found in the corpus.
public enum StatedFields: Sendable, Equatable {
  /// `--text-field`.
  case text(String)
  /// `--prompt-field` and `--completion-field`.
  case promptCompletion(prompt: String, completion: String)
  /// `--messages-field`.
  case messages(String)

  var shape: RecordShape {
    switch self {
    case .text(let field): .text(field: field)
    case .promptCompletion(let prompt, let completion):
      .promptCompletion(prompt: prompt, completion: completion)
    case .messages(let field): .messages(field: field)
    }
  }
}

/// Which fields of a JSON Lines corpus hold the text.
enum ShapeDetection {
  /// How many records have a say.
  static let sampleSize = 100

  /// Candidates in order of preference: where two fit equally many records, the earlier one.
  static let candidates: [RecordShape] =
    [.messages(field: "messages")]
    + [
      ("prompt", "completion"), ("prompt", "response"), ("instruction", "output"),
      ("instruction", "response"), ("question", "answer"), ("input", "output"),
    ].map { .promptCompletion(prompt: $0.0, completion: $0.1) }
    + ["text", "content", "body"].map { .text(field: $0) }

  /// The shape that fits most of `lines`.
  ///
  /// - Throws: ``CoalmineError`` `record-shape-unknown`, with the fields that were seen.
  static func shape(of lines: [[UInt8]], path: String) throws(CoalmineError) -> RecordShape {
    var best: (shape: RecordShape, fits: Int)?
    for shape in candidates {
      let fields = RecordFields(shape: shape)
      let fits = lines.count { fields.isUsable($0) }
      if fits > (best?.fits ?? 0) { best = (shape, fits) }
    }
    if let best { return best.shape }
    var seen: Set<String> = []
    for line in lines {
      for member in JSONSpans.members(ofObjectAt: 0, in: line) ?? [] {
        seen.insert(String(decoding: JSONSpans.name(of: member, in: line), as: UTF8.self))
      }
    }
    let names = seen.sorted().prefix(12).map { "'\(terminalSafe($0))'" }
    throw CoalmineError(
      code: "record-shape-unknown",
      "no known text field in the first \(lines.count) records of '\(terminalSafe(path))'",
      details: names.isEmpty ? [] : ["fields seen: \(names.joined(separator: ", "))"],
      help: "name it: '--text-field NAME', '--prompt-field NAME --completion-field NAME' or "
        + "'--messages-field NAME'", exit: .badData)
  }
}
