// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// A file of words, one per line; lines that begin with `#` are comments.
enum WordList {
  /// The words in the order of the file.
  ///
  /// - Throws: ``CoalmineError`` with the line of a word that is empty, padded or there before.
  static func parse(_ file: CatalogueFile) throws(CoalmineError) -> [String] {
    let source = FileSource(path: file.path, exit: .badData)
    guard file.bytes.count <= FileSource.largestSize else {
      throw source.error(
        "list-too-large", line: 1,
        "more than \(FileSource.largestSize) bytes, the most that is read")
    }
    var words: [String] = []
    var lines: [String: Int] = [:]
    let bytes = FileSource.withoutMark(file.bytes)
    let content = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
    let parts = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (number, bytes) in zip(1..., parts) {
      guard let word = String(validating: bytes, as: UTF8.self) else {
        throw source.error("not-utf8", line: number, "the line is not UTF-8")
      }
      if word.hasPrefix("#") { continue }
      guard let first = word.first, let last = word.last, !first.isWhitespace, !last.isWhitespace,
        word.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
      else {
        throw source.error(
          "bad-word", line: number,
          "a word must not be empty, begin or end with a space, or hold a control character")
      }
      if let earlier = lines.updateValue(number, forKey: word) {
        throw source.error(
          "word-twice", line: number,
          "'\(terminalSafe(word))' stands in line \(earlier) already; drop one")
      }
      words.append(word)
    }
    guard !words.isEmpty else { throw source.error("no-options", line: 1, "the list is empty") }
    return words
  }
}
