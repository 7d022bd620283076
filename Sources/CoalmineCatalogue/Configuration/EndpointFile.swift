// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// An endpoint that has a name in a file of endpoints.
public struct NamedEndpoint: Sendable, Equatable {
  public let name: String
  public let url: String
  /// With its options, as on the command line; `nil` for the usual one.
  public let dialect: String?
  public let model: String?
  /// Parts of the query, `NAME=VALUE`.
  public let query: [String]
  /// The variable that holds the key, without `$`.
  public let keyVariable: String?
  /// The header that carries the key alone.
  public let keyHeader: String?
  /// Headers by name, each with the variable that holds its value.
  public let headers: [(name: String, variable: String)]

  public static func == (left: NamedEndpoint, right: NamedEndpoint) -> Bool {
    left.name == right.name && left.url == right.url && left.dialect == right.dialect
      && left.model == right.model && left.query == right.query
      && left.keyVariable == right.keyVariable && left.keyHeader == right.keyHeader
      && left.headers.elementsEqual(right.headers) { $0 == $1 }
  }
}

/// A file of endpoints, `coalmine.yaml`, which holds no secret.
///
/// ```yaml
/// endpoints:
///   tuned:
///     url: https://api.openai.com
///     dialect: openai-chat
///     options: {n: 4}
///     model: "ft:gpt-4.1-mini:acme::1"
///     key: $OPENAI_API_KEY
///     headers: {x-team: $TEAM_TOKEN}
/// ```
public struct EndpointFile: Sendable {
  /// The file's usual name, in the folder in which a command runs.
  public static let usualName = "coalmine.yaml"

  /// In the order of the file.
  public let endpoints: [NamedEndpoint]
  private let path: String

  /// - Throws: ``CoalmineError`` with file and line.
  public init(file path: String) throws(CoalmineError) {
    try self.init(try CatalogueFolder.contents(of: path), path: path)
  }

  /// - Parameter path: the file as it stands in messages.
  /// - Throws: ``CoalmineError`` (exit `badConfiguration`) with file and line; `config-secret` for a
  ///   key or a header that is written out. It never repeats one.
  public init(_ bytes: [UInt8], path: String) throws(CoalmineError) {
    self.path = path
    let source = FileSource(path: path, exit: .badConfiguration)
    let table = try YAMLValue(file: bytes, in: source).table(["endpoints"])
      .required("endpoints").table(nil)
    var endpoints: [NamedEndpoint] = []
    for name in table.keys {
      let value = try table.required(name)
      guard Slug.isValid(name) else {
        throw value.error("bad-name", "must have a name that is \(Slug.rule)")
      }
      endpoints.append(try Self.endpoint(name, value))
    }
    self.endpoints = endpoints
  }

  private static func endpoint(_ name: String, _ value: YAMLValue) throws(CoalmineError)
    -> NamedEndpoint
  {
    let table = try value.table([
      "url", "dialect", "options", "model", "query", "key", "key-header", "headers",
    ])
    func text(_ key: String) throws(CoalmineError) -> String? {
      try table[key].map(Self.shown)
    }
    var dialect = try text("dialect")
    if let options = table["options"] {
      guard let plain = dialect else {
        throw options.error("yaml-missing-key", "needs the 'dialect' that it belongs to")
      }
      let pairs = try options.table(nil)
      var words = plain
      for key in pairs.keys { words += ",\(key)=\(try shown(try pairs.required(key)))" }
      dialect = words
    }
    var headers: [(name: String, variable: String)] = []
    if let pairs = try table["headers"]?.table(nil) {
      for key in pairs.keys { headers.append((key, try variable(try pairs.required(key)))) }
    }
    var query: [String] = []
    if let parts = try table["query"]?.table(nil) {
      for key in parts.keys { query.append("\(key)=\(try shown(try parts.required(key)))") }
    }
    var keyVariable: String?
    if let key = table["key"] { keyVariable = try variable(key) }
    return NamedEndpoint(
      name: name, url: try table.required("url").text(), dialect: dialect,
      model: try text("model"), query: query, keyVariable: keyVariable,
      keyHeader: try text("key-header"), headers: headers)
  }

  /// A text that messages and studies repeat: no key, then.
  private static func shown(_ value: YAMLValue) throws(CoalmineError) -> String {
    let text = try value.text()
    guard !KeyLooks.isKey(text) else {
      throw value.error(
        "config-secret",
        "looks like a key, and is stored and shown: a key stands in a variable, named by 'key: $NAME'"
      )
    }
    return text
  }

  /// The variables with keys that the file names, each once.
  public var variables: [String] {
    var found: [String] = []
    for one in endpoints {
      for name in (one.keyVariable.map { [$0] } ?? []) + one.headers.map(\.variable)
      where !found.contains(name) { found.append(name) }
    }
    return found
  }

  /// The variable that `$NAME` or `${NAME}` names.
  private static func variable(_ value: YAMLValue) throws(CoalmineError) -> String {
    var name = try value.text()[...]
    let isReference = name.hasPrefix("$")
    name = name.dropFirst()
    if name.hasPrefix("{"), name.hasSuffix("}") { name = name.dropFirst().dropLast() }
    let isName =
      name.first.map { !$0.isNumber } == true
      && name.utf8.allSatisfy {
        (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0)
          || $0 == 0x5F
      }
    guard isReference, isName else {
      throw value.error(
        "config-secret",
        "is written out: name the variable of the environment that holds it, as '$NAME'")
    }
    return String(name)
  }

  /// - Throws: ``CoalmineError`` `unknown-endpoint`, with the names that there are.
  public func endpoint(_ name: String) throws(CoalmineError) -> NamedEndpoint {
    if let found = endpoints.first(where: { $0.name == name }) { return found }
    throw CoalmineError(
      code: "unknown-endpoint",
      "'\(terminalSafe(path))' has no endpoint '\(terminalSafe(name))'",
      help: endpoints.isEmpty
        ? "it names none" : "it has: \(endpoints.map(\.name).joined(separator: ", "))",
      exit: .badConfiguration)
  }
}
