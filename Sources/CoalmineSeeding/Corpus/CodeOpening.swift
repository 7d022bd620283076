// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The beginning of a text of source code, cut where whole lines of the same language can follow: at a blank
/// line outside brackets, texts in quotes and comments, before a line that is not indented.
///
/// ```
/// import os
///                                 ← here
/// def main():
///     run("""                     ← in brackets and in quotes: not here
///
/// """)
///                                 ← here
/// ```
///
/// The lines up to there are a program or a file of settings as far as syntax goes. Where the scan meets
/// what it does not understand (a text that goes on in the next lines by other rules), it takes nothing
/// behind that.
enum CodeOpening {
  /// In bytes, the blank line not counted.
  static let length = 32...600

  /// The bytes up to the last such place within ``length``, the blank line included; `nil` where there is
  /// none.
  ///
  /// - Complexity: O(bytes up to the longest opening).
  static func bytes(of code: [UInt8], _ language: CodeLanguage) -> [UInt8]? {
    guard language != .json, language != .php || code.starts(with: Array("<?php".utf8)) else {
      return nil
    }
    let lines = code.prefix(length.upperBound + 256).split(
      separator: 0x0A, omittingEmptySubsequences: false)
    var scan = CodeScan(language)
    var end: Int?
    var last: ArraySlice<UInt8> = []
    for (place, line) in lines.enumerated().dropLast() {
      let stop = line.endIndex + 1
      let bare = line.last == 0x0D ? line.dropLast() : line
      guard stop <= length.upperBound + 2, scan.understands(bare) else { break }
      let isBlank = bare.allSatisfy { $0 == 0x20 || $0 == 0x09 }
      if isBlank, scan.isOutside, line.startIndex >= length.lowerBound,
        ![UInt8(ascii: "\\"), UInt8(ascii: ",")].contains(last.last ?? 0),
        let next = lines[(place + 1)...].first(where: { !isWhite($0) }), let first = next.first,
        first != 0x20, first != 0x09, first != UInt8(ascii: "}"), first != UInt8(ascii: ")")
      {
        end = stop
      }
      scan.read(bare)
      if !isBlank { last = bare }
    }
    guard let end else { return nil }
    let opening = Array(code[..<end])
    guard !opening.contains(where: { $0 < 0x20 && !isWhite([$0]) || $0 == 0x7F }),
      holdsStatements(of: language, opening)
    else { return nil }
    return opening
  }

  private static func isWhite<Bytes: Sequence>(_ bytes: Bytes) -> Bool
  where Bytes.Element == UInt8 {
    bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }
  }

  /// Whether own lines can follow what stands at the left edge.
  private static func holdsStatements(of language: CodeLanguage, _ opening: [UInt8]) -> Bool {
    let lines = opening.split(separator: 0x0A)
    switch language {
    case .yaml:
      // A mapping; a list cannot go on with a name.
      let keys = lines.filter { line in
        guard let first = line.first else { return false }
        return first != 0x20 && first != UInt8(ascii: "#") && !line.starts(with: Array("---".utf8))
          && !isWhite(line)
      }
      return !keys.isEmpty
        && keys.allSatisfy { $0.contains(UInt8(ascii: ":")) && $0.first != UInt8(ascii: "-") }
    case .ini:
      return lines.contains { $0.first == UInt8(ascii: "[") }
    default: return true
    }
  }
}

/// Where a line of code ends: how deep in brackets, and in which text or comment.
private struct CodeScan {
  private let language: CodeLanguage
  private var depth = 0
  /// What ends the text or the comment that goes on in the next line.
  private var open: [UInt8]?

  init(_ language: CodeLanguage) { self.language = language }

  /// Whether a statement could begin in the next line.
  var isOutside: Bool { depth == 0 && open == nil }

  /// Whether the line holds nothing that goes on by rules that are not known here.
  func understands(_ line: ArraySlice<UInt8>) -> Bool {
    let foreign: [String] =
      switch language {
      case .ruby: ["<<", "=begin", "__END__", "%q", "%Q", "%w"]
      case .shell: ["<<", "case "]
      case .php: ["<<<", "?>"]
      case .rust: ["r#", "macro_rules"]
      case .swift: ["#\""]
      case .c: ["R\"", "#if", "#else"]
      case .csharp: ["@\"", "$\"", "#if"]
      default: []
      }
    let bytes = Array(line)
    return foreign.allSatisfy { ByteSearch.firstRange(of: Array($0.utf8), in: bytes) == nil }
  }

  mutating func read(_ line: ArraySlice<UInt8>) {
    var rest = line
    while let byte = rest.first {
      if let end = open {
        if rest.starts(with: end) {
          rest = rest.dropFirst(end.count)
          open = nil
        } else {
          rest = rest.dropFirst(byte == UInt8(ascii: "\\") && end != Self.commentEnd ? 2 : 1)
        }
        continue
      }
      if let comment = language.lineComment, rest.starts(with: Array(comment.utf8)) { break }
      if language == .php || language == .ini || language == .toml,
        byte == UInt8(ascii: language == .ini ? ";" : "#") || language == .ini && byte == 0x23
      {
        break
      }
      if let (start, end) = opening(at: rest) {
        rest = rest.dropFirst(start.count)
        open = end
        continue
      }
      switch byte {
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      default: break
      }
      rest = rest.dropFirst()
    }
    // A text in single quotes ends with its line in languages that have no others; an apostrophe in a
    // comment of settings begins none.
    if let end = open, end.count == 1, end != [UInt8(ascii: "`")], !keepsTexts { open = nil }
  }

  private static let commentEnd = Array("*/".utf8)

  /// Whether a text in plain quotes goes on in the next line.
  private var keepsTexts: Bool {
    switch language {
    case .shell, .php, .ruby, .sql, .rust, .dotenv, .yaml: true
    default: false
    }
  }

  /// A text or a comment of several lines that begins here, and what ends it.
  private func opening(at rest: ArraySlice<UInt8>) -> (start: [UInt8], end: [UInt8])? {
    func begins(_ text: String) -> Bool { rest.starts(with: Array(text.utf8)) }
    switch language {
    case .c, .csharp, .golang, .java, .javascript, .kotlin, .php, .rust, .swift, .sql:
      if begins("/*") { return (Array("/*".utf8), Self.commentEnd) }
    default: break
    }
    switch language {
    case .python, .toml, .java, .kotlin, .swift, .csharp:
      for mark in ["\"\"\"", "'''"] where begins(mark) {
        return (Array(mark.utf8), Array(mark.utf8))
      }
    default: break
    }
    guard let first = rest.first else { return nil }
    switch (first, language) {
    // Its values have no quotes, and an apostrophe is one.
    case (_, .ini): return nil
    // A lifetime.
    case (UInt8(ascii: "'"), .rust): return nil
    case (UInt8(ascii: "\""), _), (UInt8(ascii: "'"), _): return ([first], [first])
    case (UInt8(ascii: "`"), .javascript), (UInt8(ascii: "`"), .golang): return ([first], [first])
    default: return nil
    }
  }
}
