// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation

/// A copy of the tiny model whose file names marks of a gap.
///
/// Three tokens get the names of marks: two that its training never met, and one word. The weights stay. It
/// was not taught what a mark means, so what it writes is of no use; what a server makes of a request is.
/// Source of the form of the file: ggml, `docs/gguf.md`.
struct GapModel {
  /// The marks of a family of models: before the text, before what follows the gap, and, where the family
  /// has one, before the gap.
  struct Marks: Sendable {
    let names: [String]

    static let qwen = Marks(names: ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"])
    static let codestral = Marks(names: ["[PREFIX]", "[SUFFIX]", "[MIDDLE]"])
  }

  /// The tokens that become marks, in the order of the names.
  static let tokens = [1, 2, 1_535]
  private static let renamed = ["<|im_start|>", "<|im_end|>", "Who"]
  private static let keys = ["pre", "suf", "mid"]
  /// What the beginning of the weights is a multiple of, where a file names nothing else.
  private static let alignment = 32

  private let folder: TemporaryFolder
  var path: String { folder.file("gap.gguf") }

  init(_ marks: Marks) throws {
    folder = try TemporaryFolder()
    var file = try Data(contentsOf: LlamaCpp.fixtures.appendingPathComponent("tiny-f32.gguf"))
    let length = file.count
    for (old, new) in zip(Self.renamed, marks.names) {
      let found = try Self.place(of: Self.text(old), in: file)
      file.replaceSubrange(found, with: Self.text(new))
    }
    // The types of tokens: a list (9) of 32-bit numbers (5) behind its length; 3 is a mark.
    let types = try Self.place(of: Self.text("tokenizer.ggml.token_type"), in: file).upperBound
    for token in Self.tokens {
      let place = types + 16 + 4 * token
      file.replaceSubrange(place..<place + 4, with: Self.number(UInt32(3)))
    }
    // The keys with their numbers (4), and a text (8) that fills up to the alignment.
    var added = Data()
    for (key, token) in zip(Self.keys, Self.tokens) {
      added += Self.text("tokenizer.ggml.fim_\(key)_token_id")
      added += Self.number(UInt32(4)) + Self.number(UInt32(token))
    }
    added += Self.text("general.description") + Self.number(UInt32(8))
    let open = (file.count - length + added.count + 8) % Self.alignment
    added += Self.text(String(repeating: ".", count: (Self.alignment - open) % Self.alignment))
    // Behind 'GGUF', the version and the number of tensors stands the number of keys.
    let count = file[16..<24].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    file.replaceSubrange(16..<24, with: Self.number(count + 4))
    file.insert(contentsOf: added, at: 24)
    try folder.write(file, to: "gap.gguf")
  }

  /// A text behind its length.
  private static func text(_ text: String) -> Data {
    number(UInt64(text.utf8.count)) + Data(text.utf8)
  }

  private static func number(_ value: some FixedWidthInteger) -> Data {
    withUnsafeBytes(of: value.littleEndian) { Data($0) }
  }

  private static func place(of part: Data, in file: Data) throws -> Range<Int> {
    guard let first = file.range(of: part),
      file.range(of: part, in: first.upperBound..<file.endIndex) == nil
    else { throw LlamaCpp.Missing(description: "the tiny model has other tokens") }
    return first
  }
}
