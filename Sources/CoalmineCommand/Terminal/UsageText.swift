// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

/// What is said of a command line that cannot be used.
enum UsageText {
  /// - Parameters:
  ///   - verb: the verb that refused a value; `nil` where the command line was not understood.
  ///   - arguments: the command line without the program's name.
  static func text(_ error: any Error, verb: (any ParsableCommand.Type)?, _ arguments: [String])
    -> String
  {
    if let verb, let error = error as? ValidationError {
      return "error: \(error.message)\n\(usage(of: verb))"
    }
    guard Program.exitCode(for: error) != .success else { return Program.fullMessage(for: error) }
    let names = Program.configuration.subcommands.map(name)
    if let first = arguments.first, !first.hasPrefix("-"), !names.contains(first) {
      let near = Nearest.name(to: first, among: names).map { "; did you mean '\($0)'?" } ?? ""
      return "error: coalmine has no verb '\(first)'\(near)\n"
        + "The verbs are: \(names.joined(separator: ", ")).\n"
        + "  See 'coalmine --help' for more information."
    }
    if let verb = Program.configuration.subcommands.first(where: { name($0) == arguments.first }),
      let option = keyOption(verb, arguments)
    {
      return "error: there is no option '\(option)': other users can read arguments\n"
        + "  help: put the key into COALMINE_API_KEY, or into a file that '--key-file' names\n"
        + usage(of: verb)
    }
    let text = Program.fullMessage(for: error)
    return text.hasPrefix("Error: ") ? "error: " + text.dropFirst("Error: ".count) : text
  }

  private static func name(_ verb: any ParsableCommand.Type) -> String {
    verb.configuration.commandName ?? String(describing: verb).lowercased()
  }

  private static func usage(of verb: any ParsableCommand.Type) -> String {
    "Usage: \(Program.usageString(for: verb))\n"
      + "  See 'coalmine \(name(verb)) --help' for more information."
  }

  /// The name under which somebody gave a key as an argument, where the verb needs one.
  private static func keyOption(_ verb: any ParsableCommand.Type, _ arguments: [String]) -> String?
  {
    guard verb == ProbeCommand.self || verb == CheckCommand.self else { return nil }
    let names = ["key", "api-key", "apikey", "token", "api-token"].map { "--" + $0 }
    return arguments.lazy.compactMap { argument in
      argument.split(separator: "=", maxSplits: 1).first.map(String.init)
    }.first(where: names.contains)
  }
}
