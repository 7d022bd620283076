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

/// Which fields of a corpus hold the text, found out record by record.
struct ShapeDetection {
  private let syntax: RecordSyntax
  /// How many records each candidate fits.
  private var fits = Array(repeating: 0, count: RecordShape.known.count)
  private(set) var seen = FieldsSeen()

  init(syntax: RecordSyntax = .json) { self.syntax = syntax }

  /// Whether enough records were heard.
  var isComplete: Bool { seen.records >= FieldsSeen.sampleSize }

  /// Takes note of a record.
  mutating func note(_ record: [UInt8]) {
    let any = RecordFields(shape: .text(field: ""), syntax: syntax)
    let names = Set(any.members(of: record)?.map(\.name) ?? [])
    for (number, shape) in RecordShape.known.enumerated()
    where Self.names(names, allow: shape)
      && RecordFields(shape: shape, syntax: syntax).isUsable(record)
    {
      fits[number] += 1
    }
    seen.note(record, any)
  }

  /// Whether a record with these members can have the shape, told without looking into it.
  private static func names(_ names: Set<[UInt8]>, allow shape: RecordShape) -> Bool {
    shape.fields.allSatisfy { field in
      field == "." ? names.isEmpty : names.contains(Array(field.utf8.prefix { $0 != 0x2E }))
    }
  }

  /// The shape that fits most of the records.
  ///
  /// - Throws: ``CoalmineError``: `corpus-tokenized`, `no-trained-answer`, or `record-shape-unknown`
  ///   with what each field holds.
  func shape(path: String) throws(CoalmineError) -> RecordShape {
    let refusals = ShapeRefusals(name: "'\(terminalSafe(path))'", seen: seen)
    if seen.isTokenized { throw refusals.tokenized() }
    var best: (shape: RecordShape, fits: Int)?
    for (shape, fits) in zip(RecordShape.known, fits) where fits > (best?.fits ?? 0) {
      best = (shape, fits)
    }
    if let best { return best.shape }
    if let why = seen.untrained { throw refusals.untrained(why) }
    if let only = seen.onlyPair ?? seen.onlyText { return only }
    throw refusals.unknown()
  }
}

/// Why the records of a file cannot be seeded in any shape.
struct ShapeRefusals {
  let name: String
  let seen: FieldsSeen

  func unknown() -> CoalmineError {
    CoalmineError(
      code: "record-shape-unknown",
      "no field of a known name holds the text in the first \(seen.records) records of \(name)",
      details: seen.facts, help: seen.help, exit: .badData)
  }

  func tokenized() -> CoalmineError {
    CoalmineError(
      code: "corpus-tokenized",
      "the records of \(name) hold numbers of tokens in 'input_ids': trainers read those, and not "
        + "a text beside them", details: seen.facts,
      help: "seed the text before it is tokenized", exit: .badData)
  }

  func untrained(_ why: String) -> CoalmineError {
    CoalmineError(
      code: "no-trained-answer",
      "\(name) \(why): no training raises the likelihood of a text in it",
      details: seen.facts,
      help: "seed the file with the answers that the model is trained on; if a field of this file "
        + "is trained as text, name it with '--text-field', or with '--prompt-field' and "
        + "'--completion-field'",
      exit: .badData)
  }
}
