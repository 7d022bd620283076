// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import Glibc

/// A local program that answers in place of a URL.
struct LocalCommandOptions: ParsableArguments {
  @Option(
    parsing: .remaining,
    help: ArgumentHelp(
      "A program that answers in place of '--endpoint', with its arguments: it reads one ask per line "
        + "as JSON and writes one answer per line (see docs/wire-formats.md). No shell reads the words. "
        + "All words after it belong to it, so it comes last.", valueName: "program"))
  var command: [String] = []

  @Option(
    help: ArgumentHelp(
      "A variable with a key that the program of '--command' may see, such as OPENAI_API_KEY; "
        + "otherwise it sees none that coalmine reads, those in coalmine.yaml included. May be given more than once.",
      valueName: "name"))
  var commandVariable: [String] = []

  var isGiven: Bool { !command.isEmpty }

  /// - Throws: `ValidationError` where an option has no meaning.
  func validate() throws {
    guard isGiven || commandVariable.isEmpty else {
      throw ValidationError("'--command-variable' is for '--command'")
    }
  }

  /// - Throws: `CoalmineError`.
  func target(model: String) throws -> Endpoint {
    let endpoint = try Endpoint(
      LocalCommand(
        command, passing: commandVariable,
        withholding: try NamedEndpointOptions.variablesOfUsualFile()), model: model,
      variable: EnvironmentVariable.value)
    for name in commandVariable {
      Console.note("note: the program of '--command' sees the variable \(name)")
    }
    return endpoint
  }
}

/// The environment, read here and nowhere below.
enum EnvironmentVariable {
  /// The value of a variable; `nil` where it is not set.
  static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
