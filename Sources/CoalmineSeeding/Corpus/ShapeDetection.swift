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

/// Which fields of a JSON Lines corpus hold the text, found out record by record.
struct ShapeDetection {
  /// How many records each candidate fits.
  private var fits = Array(repeating: 0, count: RecordShape.known.count)
  private(set) var seen = FieldsSeen()

  /// Whether enough records were heard.
  var isComplete: Bool { seen.records >= FieldsSeen.sampleSize }

  /// Takes note of a record.
  mutating func note(_ line: [UInt8]) {
    for (number, shape) in RecordShape.known.enumerated()
    where RecordFields(shape: shape).isUsable(line) {
      fits[number] += 1
    }
    seen.note(line)
  }

  /// The shape that fits most of the records.
  ///
  /// - Throws: ``CoalmineError`` `record-shape-unknown`, with what each field holds.
  func shape(path: String) throws(CoalmineError) -> RecordShape {
    var best: (shape: RecordShape, fits: Int)?
    for (shape, fits) in zip(RecordShape.known, fits) where fits > (best?.fits ?? 0) {
      best = (shape, fits)
    }
    if let best { return best.shape }
    throw CoalmineError(
      code: "record-shape-unknown",
      "no field of a known name holds the text in the first \(seen.records) records of "
        + "'\(terminalSafe(path))'", details: seen.facts, help: seen.help, exit: .badData)
  }
}
