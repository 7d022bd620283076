// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension Endpoint {
  /// A local program that answers in place of a server.
  ///
  /// - Parameters:
  ///   - model: what the program is told to ask.
  ///   - variable: the value of a variable of the environment.
  /// - Throws: ``CoalmineError``: `bad-endpoint` for a model without a name, `bad-command` where a
  ///   variable that is to be passed on is not set.
  public init(
    _ command: LocalCommand, model: String, variable: (String) -> String?
  ) throws(CoalmineError) {
    guard !model.isEmpty else {
      throw CoalmineError(
        code: "bad-endpoint", "the endpoint cannot be used: the model's name is empty",
        help: "name it with '--model'", exit: .badConfiguration)
    }
    var passed: [Secret<String>] = []
    for name in command.passed {
      guard let value = variable(name), !value.isEmpty else {
        throw CoalmineError(
          code: "bad-command", "the command is to be passed \(name), which is not set",
          help: "set it, or leave out '--command-variable \(name)'", exit: .badConfiguration)
      }
      passed.append(Secret(value))
    }
    self.init(commandURL: command.url, model: model, command, passed: passed)
  }

  /// The host's name, in lower case; `nil` for a local program.
  public var host: String? {
    guard !isCommand, let start = base.firstRange(of: "://")?.upperBound else { return nil }
    let authority = base[start...].prefix { $0 != "/" }
    return authority.hasPrefix("[")
      ? String(authority.prefix { $0 != "]" }) + "]"
      : authority.prefix { $0 != ":" }.lowercased()
  }

  /// Whether it is this machine's own, which nobody bills.
  public var isLocal: Bool {
    guard !isCommand, let start = base.firstRange(of: "://")?.upperBound else { return isCommand }
    return Self.isLoopback(String(base[start...].prefix { $0 != "/" }))
  }

  /// Whether a local program answers, now or when the run was made.
  package var isCommand: Bool { base.hasPrefix(LocalCommand.scheme) }
}
