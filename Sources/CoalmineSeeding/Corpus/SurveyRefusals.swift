// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Why a corpus that was read to its end cannot be seeded as it was asked for.
struct SurveyRefusals {
  let path: String
  let records: Int
  let setAside: RecordsSetAside
  let seen: FieldsSeen

  private var name: String { "'\(terminalSafe(path))'" }

  func empty() -> CoalmineError {
    CoalmineError(code: "corpus-empty", "\(name) holds no record", exit: .badData)
  }

  /// No record can be the model of a planted one.
  func noUsableRecord(_ shape: RecordShape) -> CoalmineError {
    if setAside.notUTF8.count == records {
      return CoalmineError(
        code: "corpus-not-utf8",
        "\(name) is not UTF-8, and a corpus must be: none of its \(records) records is",
        details: setAside.reasons, help: Self.converting, exit: .badData)
    }
    // Where no record was sound, nothing can be said about the fields.
    let isUnread = seen.records == 0
    return CoalmineError(
      code: "no-usable-record",
      isUnread
        ? "none of the \(records) records of \(name) can be used"
        : "none of the \(records) records of \(name) holds \(Self.need(of: shape))",
      details: setAside.reasons + seen.facts,
      help: !isUnread
        ? seen.help
        : setAside.notUTF8.count > 0
          ? Self.converting
          : "correct the records: a lone surrogate is half a character, write '\\ufffd' for it; "
            + "'null' for NaN and Infinity",
      exit: .badData)
  }

  /// The stated separator stands between no two records.
  func noSeparator(_ separator: [UInt8]) -> CoalmineError {
    CoalmineError(
      code: "bad-corpus-option",
      "'\(terminalSafe(String(decoding: separator, as: UTF8.self)))' stands between no two records "
        + "of \(name)",
      help: "'--separator' states the bytes between two records; '\\n' in it is a line break",
      exit: .usage)
  }

  /// `--hold-out-by` names a field that no record has.
  func noGroup(_ field: String) -> CoalmineError {
    CoalmineError(
      code: "hold-out-field-unknown",
      "no sound record of \(name) holds a text, a number, true or false in "
        + "'\(terminalSafe(field))', the field of '--hold-out-by'", details: seen.facts,
      help: "name the field by which records belong together, or leave '--hold-out-by' out",
      exit: .badData)
  }

  func tooSmall(
    wanted: Int, _ sampler: RecordSampler, besides grafts: [Graft], inGroups: Bool
  ) -> CoalmineError {
    let possible = sampler.possibleTexts(besides: grafts)
    let texts = sampler.availableTexts(besides: grafts)
    return CoalmineError(
      code: "corpus-too-small",
      "\(wanted) records cannot be taken out and as many marked as members: \(name) has "
        + "\(texts) distinct text\(texts == 1 ? "" : "s")" + (inGroups ? " in whole groups" : "")
        + (grafts.isEmpty ? "" : " beside those that give contexts"),
      details: setAside.reasons,
      help: possible > 0
        ? "say '--hold-out N' with N of \(possible) or less; 0 leaves the membership measures out"
        : "say '--hold-out 0', which leaves the membership measures out",
      exit: .badData)
  }

  /// Fewer records than canaries have a beginning that can be a context.
  func tooFewContexts(_ draw: GraftedRecords, inGroups: Bool) -> CoalmineError {
    let (canaries, givers, what): (String, String, String)
    if let language = draw.language {
      canaries = "\(draw.wanted) canaries in files of \(language.rawValue)"
      givers = "distinct files of it in"
      what =
        language == .json
        ? "a context is the beginning of a JSON object: whole members of \(JSONOpening.length.lowerBound) to "
          + "\(JSONOpening.length.upperBound) bytes"
        : "a context is the beginning of a file: \(CodeOpening.length.lowerBound) to "
          + "\(CodeOpening.length.upperBound) bytes up to a blank line outside brackets, texts and comments"
    } else {
      canaries = "\(draw.wanted) canaries"
      givers = inGroups ? "groups of" : "distinct records of"
      what =
        "a context is the beginning of a record: \(RecordOpening.length.lowerBound) to "
        + "\(RecordOpening.length.upperBound) bytes up to the end of a sentence or a line"
    }
    return CoalmineError(
      code: "contexts-too-few",
      "\(canaries) need a context each, and \(draw.available) \(givers) \(name) can give one",
      details: [what] + setAside.reasons,
      help:
        "plan fewer canaries, take a larger corpus, or leave 'contexts: grafted' out of the protocol",
      exit: .badData)
  }

  private static let converting =
    "convert it: iconv -f LATIN1 -t UTF-8 FILE > NEW, with its own encoding in place of LATIN1"

  static func need(of shape: RecordShape) -> String {
    func quoted(_ field: String) -> String { "'\(terminalSafe(field))'" }
    return switch shape {
    case .plainText: "text"
    case .text(let field): "text in \(quoted(field))"
    case .promptCompletion(let prompt, let completion):
      "text in both \(quoted(prompt)) and \(quoted(completion))"
    case .messages(field: "."): "turns of a user and then an assistant"
    case .messages(let field):
      "turns of a user and then an assistant in \(quoted(field))"
    case .preference(let prompt, let chosen, let rejected):
      "a prompt" + (prompt.map { " in \(quoted($0))" } ?? "") + ", and answers in "
        + "\(quoted(chosen)) and \(quoted(rejected))"
    }
  }
}

extension CorpusSurvey.Options {
  /// Refuses options that this corpus cannot follow.
  ///
  /// - Throws: ``CoalmineError`` `bad-corpus-option`.
  func check(_ format: CorpusFormat, _ path: String) throws(CoalmineError) {
    guard separator == nil || format == .separated else {
      throw Self.refusal(
        "a separator is stated, but '\(terminalSafe(path))' is read as '\(format.rawValue)'",
        help: "leave '--separator' out, or say '--format text'")
    }
    if format.isPlain, fields != nil || groupField != nil {
      throw Self.refusal(
        "\(fields == nil ? "'--hold-out-by' names a field" : "fields are named"), but "
          + "'\(terminalSafe(path))' is read as plain text",
        help: self.format?.isPlain == true
          ? "leave that option out, or '--format \(format.rawValue)' if the corpus is JSON Lines"
          : "leave that option out, or say '--format jsonl' if the corpus is JSON Lines")
    }
    let names: [String] =
      switch fields {
      case nil: []
      case .text(let field), .messages(let field): [field]
      case .promptCompletion(let prompt, let completion): [prompt, completion]
      }
    guard names.allSatisfy({ !$0.isEmpty }) else {
      throw Self.refusal("a field's name is empty", help: "name a field of the records")
    }
    guard case .promptCompletion(let prompt, let completion) = fields else { return }
    guard prompt != completion else {
      throw Self.refusal(
        "prompt and completion are one field, '\(terminalSafe(prompt))'",
        help: "name two fields, or say '--text-field NAME'")
    }
    // The ledger writes both names with a comma between them.
    guard !prompt.contains(",") else {
      throw Self.refusal(
        "the name of the prompt's field, '\(terminalSafe(prompt))', holds a comma",
        help: "give the field another name in the corpus")
    }
  }

  private static func refusal(_ message: String, help: String) -> CoalmineError {
    CoalmineError(code: "bad-corpus-option", message, help: help, exit: .usage)
  }
}
