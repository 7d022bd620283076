// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Yams

/// A value of a YAML file, with its name and place for messages.
struct YAMLValue {
  let node: Node
  /// The key it stands under; empty for a whole file.
  let name: String
  let line: Int
  let source: FileSource

  init(node: Node, name: String, parentLine: Int, source: FileSource) {
    self.node = node
    self.name = name
    self.line = node.mark?.line ?? parentLine
    self.source = source
  }

  /// A whole file.
  init(file bytes: [UInt8], in source: FileSource) throws(CoalmineError) {
    self.init(node: try source.root(of: bytes), name: "", parentLine: 1, source: source)
  }

  /// An error at this value; `problem` continues "'name' ".
  func error(_ code: String, _ problem: String) -> CoalmineError {
    source.error(
      code, line: line, name.isEmpty ? "the file \(problem)" : "'\(terminalSafe(name))' \(problem)")
  }

  /// A mapping with keys out of `known`, or any; `renamed` gives the present name of earlier keys.
  func table(_ known: [String]?, renamed: [String: String] = [:]) throws(CoalmineError)
    -> YAMLTable
  {
    try YAMLTable(self, known: known, renamed: renamed)
  }

  /// The elements of a list.
  func list() throws(CoalmineError) -> [YAMLValue] {
    guard case .sequence(let sequence) = node else {
      throw error("yaml-wrong-type", "must be a list, as in '\(name): [a, b]'")
    }
    return sequence.map {
      YAMLValue(node: $0, name: name, parentLine: line, source: source)
    }
  }

  /// Whether it is a list.
  var isList: Bool { if case .sequence = node { true } else { false } }

  /// A text that is not empty and holds no control characters; with `lines`, several lines.
  func text(lines: Bool = false) throws(CoalmineError) -> String {
    guard case .scalar(let scalar) = node else {
      throw error("yaml-wrong-type", "must be a text")
    }
    guard !scalar.string.isEmpty else { throw error("yaml-empty-text", "must not be empty") }
    let isClean = scalar.string.unicodeScalars.allSatisfy { scalar in
      scalar.properties.generalCategory != .control || (lines && (scalar == "\n" || scalar == "\t"))
    }
    guard isClean else {
      throw error(
        "control-character",
        lines ? "holds a control character" : "holds a line break or a control character")
    }
    return scalar.string
  }

  /// A text that may be empty.
  func anyText() throws(CoalmineError) -> String {
    if case .scalar(let scalar) = node, scalar.string.isEmpty { return "" }
    return try text()
  }

  /// Lower-case letters and digits in words joined by hyphens, at most 64 characters.
  func slug() throws(CoalmineError) -> String {
    let text = try text()
    guard Slug.isValid(text) else {
      throw error("bad-name", "must be \(Slug.rule)")
    }
    return text
  }

  /// A whole number inside `range`.
  func integer(in range: ClosedRange<Int>) throws(CoalmineError) -> Int {
    guard case .scalar(let scalar) = node, scalar.style == .plain else {
      throw error("yaml-wrong-type", "must be a whole number")
    }
    let digits = scalar.string.drop { $0 == "-" }
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      throw error("yaml-wrong-type", "must be a whole number")
    }
    guard let number = Int(scalar.string), range.contains(number) else {
      throw error(
        "out-of-range", "must be a whole number of \(range.lowerBound)…\(range.upperBound)")
    }
    return number
  }

  /// A finite number for which `allowed` holds; `rule` says which those are.
  func number(_ rule: String, where allowed: (Double) -> Bool) throws(CoalmineError) -> Double {
    guard case .scalar(let scalar) = node, scalar.style == .plain,
      scalar.string.allSatisfy({ $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }),
      let number = Double(scalar.string)
    else { throw error("yaml-wrong-type", "must be a number") }
    guard number.isFinite, allowed(number) else {
      throw error("out-of-range", "must be \(rule)")
    }
    return number
  }

  /// `true` or `false`.
  func truth() throws(CoalmineError) -> Bool {
    guard case .scalar(let scalar) = node, scalar.style == .plain,
      let value = Bool(scalar.string)
    else { throw error("yaml-wrong-type", "must be true or false") }
    return value
  }

  /// One of the words that `Choice` knows.
  func choice<Choice>(_ type: Choice.Type) throws(CoalmineError) -> Choice
  where Choice: RawRepresentable<String> & CaseIterable {
    try choice(type, among: Array(Choice.allCases))
  }

  /// One of some words that `Choice` knows.
  func choice<Choice>(_ type: Choice.Type, among allowed: [Choice]) throws(CoalmineError) -> Choice
  where Choice: RawRepresentable<String> {
    let word = try text()
    let words = allowed.map(\.rawValue)
    guard words.contains(word), let choice = Choice(rawValue: word) else {
      let near = Nearest.name(to: word, among: words).map { "; did you mean '\($0)'?" } ?? ""
      throw error(
        "unknown-word",
        "is '\(terminalSafe(word))', must be one of \(words.joined(separator: ", "))\(near)")
    }
    return choice
  }
}
