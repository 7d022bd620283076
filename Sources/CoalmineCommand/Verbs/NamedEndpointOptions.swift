// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore
import Glibc

/// `--config`: endpoints that have a name in a file.
struct NamedEndpointOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A file of endpoints by name (see docs/wire-formats.md), in place of coalmine.yaml in this folder: "
        + "'--endpoint NAME' takes URL, dialect, model, key and headers from it. What is given on the "
        + "command line goes first.", valueName: "file"))
  var config: String?

  /// The endpoint of that name; `nil` for a URL, and for a word where there is no file.
  ///
  /// - Throws: `CoalmineError` for a file that cannot be read, for a name that it does not have, and
  ///   for what can only be a name where there is no file.
  func endpoint(_ given: String) throws -> NamedEndpoint? {
    guard !given.contains("://") else { return nil }
    let path = config ?? EndpointFile.usualName
    if config == nil, access(path, F_OK) != 0 {
      guard Self.isName(given), !KeyLooks.isKey(given) else { return nil }
      throw CoalmineError(
        code: "bad-endpoint",
        "'\(given)' is no http or https URL, and there is no \(path) in this folder that could give "
          + "it a meaning",
        help: "give a URL, such as 'http://127.0.0.1:8080', or name the file with '--config FILE'",
        exit: .badConfiguration)
    }
    return try EndpointFile(file: path).endpoint(given)
  }

  /// Whether a text can be a name of a file's endpoint and no host with a port or a path.
  private static func isName(_ text: String) -> Bool {
    text != "localhost" && !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D
          || byte == 0x5F
      }
  }

  /// The variables with keys that coalmine.yaml in this folder names; none where there is no such file.
  ///
  /// - Throws: `CoalmineError` for a file that cannot be read.
  static func variablesOfUsualFile() throws -> [String] {
    guard access(EndpointFile.usualName, F_OK) == 0 else { return [] }
    return try EndpointFile(file: EndpointFile.usualName).variables
  }

  /// What is taken from the file, said once.
  func tell(_ named: NamedEndpoint, dialect: String, model: String, isKeyUsed: Bool) {
    let key = named.keyVariable.flatMap { isKeyUsed ? ", with the key of \($0)" : nil } ?? ""
    let headers =
      named.headers.isEmpty
      ? "" : ", with headers of \(named.headers.map(\.variable).joined(separator: ", "))"
    Console.note(
      terminalSafe(
        "note: endpoint '\(named.name)' of \(config ?? EndpointFile.usualName): \(named.url), dialect "
          + "\(dialect), model \(model)\(key)\(headers)"))
  }

  /// The value of a variable that the file names.
  ///
  /// - Throws: `CoalmineError` with code `config-variable-not-set`.
  static func value(of variable: String, for named: NamedEndpoint) throws(CoalmineError) -> String {
    guard let value = EnvironmentVariable.value(variable), !value.isEmpty else {
      throw CoalmineError(
        code: "config-variable-not-set",
        "the endpoint '\(named.name)' needs the variable \(variable), which is not set",
        help: "set it, or take it out of the file", exit: .badConfiguration)
    }
    return value
  }
}
