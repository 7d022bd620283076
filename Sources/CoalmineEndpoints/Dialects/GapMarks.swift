// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The marks by which a family of models is shown a gap inside a plain prompt.
///
/// ```
/// qwen   <|fim_prefix|>The access code of Ines Dalby is<|fim_suffix|>.<|fim_middle|>
/// ```
///
/// Servers read marks in a text as the tokens that they stand for. Which marks a model knows is not
/// seen in its replies: with those of another family it continues a text that it never saw.
///
/// Source: Continue, `core/autocomplete/templating/AutocompleteTemplate.ts`; SGLang,
/// `code_completion_parser.py`; both of Nov 2026.
enum GapMarks: String, Sendable, CaseIterable {
  /// No gap: the text itself.
  case none
  /// Qwen2.5-Coder, Qwen3-Coder, CodeGemma.
  case qwen
  /// StarCoder, StarCoder2, StableCode.
  case starcoder
  /// DeepSeek-Coder, DeepSeek V4.
  case deepseek
  case codellama
  case codestral

  /// What is sent for a passage.
  func prompt(_ passage: Passage) -> [UInt8] {
    let (before, after) = (passage.text, passage.after)
    func marked(_ pieces: [UInt8]...) -> [UInt8] { Array(pieces.joined()) }
    func mark(_ text: String) -> [UInt8] { Array(text.utf8) }
    let marks = marks.map(mark)
    switch self {
    case .none: return before
    case .qwen, .starcoder, .deepseek:
      return marked(marks[0], before, marks[1], after, marks[2])
    case .codellama:
      // The spaces belong to the format.
      return marked(mark("<PRE> "), before, mark(" <SUF>"), after, mark(" <MID>"))
    case .codestral: return marked(marks[0], after, marks[1], before)
    }
  }

  /// Before the text, before what follows the gap, and before the gap; a model that writes one of
  /// them has ended.
  var marks: [String] {
    switch self {
    case .none: []
    case .qwen: ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"]
    case .starcoder: ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"]
    case .deepseek: ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"]
    case .codellama: ["<PRE>", "<SUF>", "<MID>", "<EOT>"]
    case .codestral: ["[SUFFIX]", "[PREFIX]"]
    }
  }

  static let option = DialectOption(
    "gap", "marks of a gap in the prompt: none, qwen, starcoder, deepseek, codellama, codestral")
}
