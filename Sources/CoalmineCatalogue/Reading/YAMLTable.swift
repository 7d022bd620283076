// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Yams

/// A mapping of a YAML file whose keys are texts, each with the place of its value.
struct YAMLTable {
  let source: FileSource
  /// Where it begins.
  let line: Int
  /// The keys in the order of the file.
  let keys: [String]
  private let values: [String: YAMLValue]

  /// - Parameters:
  ///   - known: the keys that may stand here; `nil` where any may.
  ///   - renamed: the present name of each key that had another name before. Studies keep their
  ///     files as text, so the earlier names are read for as long as those studies are.
  /// - Throws: ``CoalmineError`` `yaml-wrong-type`, `yaml-unknown-key` or `yaml-key-twice`.
  init(_ value: YAMLValue, known: [String]?, renamed: [String: String] = [:])
    throws(CoalmineError)
  {
    guard case .mapping(let mapping) = value.node else {
      throw value.error("yaml-wrong-type", "must be a mapping of names to values")
    }
    let source = value.source
    var keys: [String] = []
    var values: [String: YAMLValue] = [:]
    for (key, node) in mapping {
      let line = key.mark?.line ?? value.line
      guard case .scalar(let scalar) = key, scalar.style != .literal, scalar.style != .folded
      else {
        throw source.error("yaml-wrong-type", line: line, "a name must be a plain text")
      }
      let written = scalar.string
      let name = renamed[written] ?? written
      guard values[name] == nil else {
        throw source.error(
          "yaml-key-twice", line: line,
          "'\(terminalSafe(written))' and '\(terminalSafe(name))' are one key; drop one")
      }
      if let known, !known.contains(name) {
        let near = Nearest.name(to: name, among: known)
        throw source.error(
          "yaml-unknown-key", line: line, "unknown key '\(terminalSafe(name))'",
          help: near.map { "did you mean '\($0)'?" }
            ?? "known here: \(known.joined(separator: ", "))")
      }
      keys.append(name)
      values[name] = YAMLValue(node: node, name: written, parentLine: line, source: source)
    }
    self.source = source
    self.line = value.line
    self.keys = keys
    self.values = values
  }

  /// The value under `key`, or `nil`.
  subscript(key: String) -> YAMLValue? { values[key] }

  /// Reads the value under `key`, where there is one.
  func read(_ key: String, _ body: (YAMLValue) throws(CoalmineError) -> Void)
    throws(CoalmineError)
  {
    if let value = values[key] { try body(value) }
  }

  /// The value under `key`.
  func required(_ key: String) throws(CoalmineError) -> YAMLValue {
    guard let value = values[key] else {
      throw source.error("yaml-missing-key", line: line, "the key '\(key)' is missing")
    }
    return value
  }
}
