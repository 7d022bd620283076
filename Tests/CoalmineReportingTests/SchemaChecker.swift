// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// Checks JSON against the part of JSON Schema 2020-12 that the report's schema uses, and refuses a
/// schema that uses more. Stricter than the standard in one way: a member that no `properties`
/// names is a violation, so that no field goes undocumented.
struct SchemaChecker {
  private let schema: JSONNode
  /// What is wrong, each with its place in the document.
  private(set) var violations: [String] = []
  /// Every `properties` entry of the schema that a document had, as `#/$defs/canary/id`.
  private(set) var reached: Set<String> = []
  /// Members of the document, and those of them that some rule names.
  private var present: Set<String> = []
  private var named: Set<String> = []

  init(_ schema: JSONNode) { self.schema = schema }

  mutating func check(_ document: JSONNode) {
    present = []
    named = []
    check(document, schema, at: "", from: "#")
    for path in present.subtracting(named).sorted() { report(path, "is not documented") }
  }

  /// All places of `properties` entries in the schema.
  static func documented(_ schema: JSONNode, at place: String = "#") -> Set<String> {
    var found: Set<String> = []
    for (key, value) in schema.members ?? [] {
      if key == "if" || key == "not" { continue }
      if key == "properties" {
        for (name, member) in value.members ?? [] {
          found.insert("\(place)/\(name)")
          found.formUnion(documented(member, at: "\(place)/\(name)"))
        }
      } else if key == "$defs" {
        for (name, member) in value.members ?? [] {
          found.formUnion(documented(member, at: "#/$defs/\(name)"))
        }
      } else if key == "items" {
        found.formUnion(documented(value, at: place))
      }
    }
    return found
  }

  private mutating func check(
    _ value: JSONNode, _ rule: JSONNode, at path: String, from place: String
  ) {
    for (keyword, argument) in rule.members ?? [] {
      switch keyword {
      case "$schema", "$id", "$defs", "title", "description", "then", "else", "properties": break
      case "$ref":
        if let target = target(argument.string ?? "") {
          check(value, target, at: path, from: argument.string ?? "")
        } else {
          report(path, "the schema refers to nothing at \(argument.string ?? "?")")
        }
      case "if":
        let branch = passes(value, argument) ? "then" : "else"
        if let next = rule[branch] { check(value, next, at: path, from: place) }
      case "not":
        if passes(value, argument) { report(path, "matches what it must not") }
      case "required":
        // The keyword speaks of objects; whether null is allowed is said by the type.
        for name in argument.elements ?? [] where !value.isNull && value[name.string ?? ""] == nil {
          report(path, "has no '\(name.string ?? "")'")
        }
      case "items":
        for (index, element) in (value.elements ?? []).enumerated() {
          check(element, argument, at: "\(path)/\(index)", from: place)
        }
      case "prefixItems":
        for (index, (element, rule)) in zip(value.elements ?? [], argument.elements ?? [])
          .enumerated()
        {
          check(element, rule, at: "\(path)/\(index)", from: place)
        }
      default:
        guard let holds = Self.holds(keyword, argument, value) else {
          report(path, "the schema uses '\(keyword)', which this checker does not know")
          continue
        }
        if !holds { report(path, "breaks '\(keyword)'") }
      }
    }
    checkMembers(of: value, rule, at: path, from: place)
  }

  private mutating func checkMembers(
    of value: JSONNode, _ rule: JSONNode, at path: String, from place: String
  ) {
    for (name, member) in value.members ?? [] {
      present.insert("\(path)/\(name)")
      if let own = rule["properties"]?[name] {
        named.insert("\(path)/\(name)")
        reached.insert("\(place)/\(name)")
        check(member, own, at: "\(path)/\(name)", from: "\(place)/\(name)")
      }
    }
  }

  private func target(_ reference: String) -> JSONNode? {
    let prefix = "#/$defs/"
    guard reference.hasPrefix(prefix) else { return nil }
    return schema["$defs"]?[String(reference.dropFirst(prefix.count))]
  }

  private func passes(_ value: JSONNode, _ rule: JSONNode) -> Bool {
    var other = SchemaChecker(schema)
    other.check(value, rule, at: "", from: "")
    return other.violations.isEmpty
  }

  private mutating func report(_ path: String, _ what: String) {
    violations.append("\(path.isEmpty ? "/" : path) \(what)")
  }

  /// Whether a keyword without subschemas holds; `nil` for one that is not known.
  private static func holds(_ keyword: String, _ argument: JSONNode, _ value: JSONNode) -> Bool? {
    switch keyword {
    case "type":
      let types = argument.elements?.compactMap(\.string) ?? [argument.string ?? ""]
      return types.contains { isOf($0, value) }
    case "enum": return argument.elements?.contains { equal($0, value) } ?? false
    case "const": return equal(argument, value)
    case "minimum": return value.double.map { $0 >= argument.double ?? .nan } ?? true
    case "maximum": return value.double.map { $0 <= argument.double ?? .nan } ?? true
    case "minItems": return value.elements.map { $0.count >= argument.int ?? .max } ?? true
    case "maxItems": return value.elements.map { $0.count <= argument.int ?? -1 } ?? true
    case "minLength":
      return value.string.map { $0.unicodeScalars.count >= argument.int ?? .max } ?? true
    case "pattern":
      guard let text = value.string else { return true }
      guard let pattern = argument.string, let regex = try? Regex(pattern) else { return false }
      return text.contains(regex)
    default: return nil
    }
  }

  private static func isOf(_ type: String, _ value: JSONNode) -> Bool {
    switch (type, value.kind) {
    case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array),
      ("object", .object), ("integer", .integer), ("number", .integer), ("number", .double):
      true
    default: false
    }
  }

  private static func equal(_ left: JSONNode, _ right: JSONNode) -> Bool {
    switch (left.kind, right.kind) {
    case (.null, .null): true
    case (.string, .string): left.stringBytes == right.stringBytes
    case (.bool, .bool): left.bool == right.bool
    case (.integer, .integer), (.double, .double), (.integer, .double), (.double, .integer):
      left.double == right.double
    default: false
    }
  }
}
