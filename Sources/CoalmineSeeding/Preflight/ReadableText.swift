// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension RecordFields {
  /// The text of a record as a pipeline reads it: prompt and answer do not run into each other.
  ///
  /// Where no white space stands between the two fields, a line break does, as templates of trainers
  /// put one there. `nil` where the record has no text.
  func readableText(of record: [UInt8]) -> [UInt8]? {
    switch shape {
    case .plainText, .text, .messages, .preference(nil, _, _): return text(of: record)
    case .promptCompletion, .preference:
      guard let whole = text(of: record) else { return nil }
      guard let said = exchange(of: record), whole == said.prompt + said.answer,
        let last = said.prompt.last, let first = said.answer.first,
        !CompletionJoin.isWhite(last), !CompletionJoin.isWhite(first)
      else { return whole }
      return said.prompt + [0x0A] + said.answer
    }
  }
}
