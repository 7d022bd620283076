// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Yams

// Size, nesting and aliases are limited before a tree is built; the parser itself stops at a depth
// of 1,000.
extension FileSource {
  /// The tree of the one document in `bytes`.
  func root(of bytes: [UInt8]) throws(CoalmineError) -> Node {
    guard bytes.count <= Self.largestSize else {
      throw error(
        "yaml-too-large", line: 1,
        "more than \(Self.largestSize) bytes, the most that is read")
    }
    if Self.isUTF16(bytes) {
      throw error(
        "not-utf8", line: 1, "the file is UTF-16, and UTF-8 is read",
        help: "save it as UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW")
    }
    // Editors on Windows write a byte order mark; it is no part of the text.
    let bytes = Self.withoutMark(bytes)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw error(
        "not-utf8", line: Self.lineOfBadByte(bytes), "the file is not UTF-8",
        help: "save it as UTF-8")
    }
    if let line = Self.lineOfAlias(bytes) {
      throw error(
        "yaml-alias", line: line, "anchors and aliases ('&name', '*name') are not read",
        help: "write the value out; in a text, write '\\x26' and '\\x2A' between double quotes")
    }
    do {
      guard let node = try Parser(yaml: text, encoding: .utf8).singleRoot() else {
        throw error("yaml-empty", line: 1, "the file holds nothing")
      }
      return node
    } catch let failure as CoalmineError {
      throw failure
    } catch {
      throw syntaxError(error)
    }
  }

  /// The bytes after a UTF-8 byte order mark, or all of them.
  static func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
    bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
  }

  /// Whether the file begins with a mark of UTF-16, or with a letter and a zero byte in any order.
  private static func isUTF16(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 2 else { return false }
    return [[0xFF, 0xFE], [0xFE, 0xFF]].contains(Array(bytes.prefix(2)))
      || (bytes[0] == 0) != (bytes[1] == 0)
  }

  private func syntaxError(_ failure: any Error) -> CoalmineError {
    switch failure as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      error("yaml-syntax", line: mark.line, "not YAML: \(terminalSafe(problem))")
    case .duplicatedKeysInMapping(let keys, let context):
      error(
        "yaml-key-twice", line: context.mark.line,
        "'\(terminalSafe(keys.first ?? ""))' is given twice; drop one")
    case .reader(let problem, _, _, _):
      error("yaml-syntax", line: 1, "not YAML: \(terminalSafe(problem))")
    default: error("yaml-syntax", line: 1, "not YAML")
    }
  }

  /// The line of the first thing that could be an anchor or an alias.
  ///
  /// Expanding aliases can take any time and memory, and the parser expands them while it reads, so
  /// they are refused in the raw bytes: `&` or `*` where a value may begin, before a character of
  /// a name. Inside quoted text that is refused too, for to know the quotes is to parse. A whole
  /// line of comment may hold anything.
  private static func lineOfAlias(_ bytes: [UInt8]) -> Int? {
    var line = 1
    var isComment = false
    var onlyBlanks = true
    for (position, byte) in bytes.enumerated() {
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
        if byte == UInt8(ascii: "\n") { line += 1 }
        isComment = false
        onlyBlanks = true
        continue
      }
      if onlyBlanks, byte == UInt8(ascii: "#") { isComment = true }
      if byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t") { onlyBlanks = false }
      // A line break outside ASCII ends a comment for the parser, so it does here.
      if byte >= 0x80 { isComment = false }
      guard !isComment, byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*"),
        position + 1 < bytes.count, isNameByte(bytes[position + 1]),
        position == 0 || mayPrecedeValue(bytes[position - 1])
      else { continue }
      return line
    }
    return nil
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: byte >= 0x80
    }
  }

  private static func mayPrecedeValue(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"),
      UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"),
      UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "?"), UInt8(ascii: "-"),
      UInt8(ascii: "\""), UInt8(ascii: "'"):
      true
    default: byte >= 0x80
    }
  }

  private static func lineOfBadByte(_ bytes: [UInt8]) -> Int {
    var line = 1
    for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      if String(validating: part, as: UTF8.self) == nil { return line }
      line += 1
    }
    return line
  }
}
