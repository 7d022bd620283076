// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore
import Glibc

/// `coalmine`.
@main
struct Program: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coalmine",
    abstract: "Measure what a language model leaks of the text it was tuned on.",
    discussion: """
      plan, seed, train elsewhere, check, probe, score, report. 'coalmine demo' shows all of it on \
      this machine, without a key. Exit codes: 0 measured and passed, 1 leak, 3 incomplete, \
      4 inconclusive, 5 verification failed, 64 and above: errors (see README).
      """,
    version: CoalmineVersion.current,
    subcommands: [
      Plan.self, Seed.self, Import.self, Unseed.self, Verify.self, Trained.self, CheckCommand.self,
      ProbeCommand.self, Score.self, ReportCommand.self, List.self, Explain.self, Serve.self,
      Demo.self,
    ])

  static func main() async {
    // A reader that went away must not end the program with a signal.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let error as CoalmineError {
      Console.note(error.description)
      Glibc.exit(error.exit.rawValue)
    } catch is CancellationError {
      Glibc.exit(130)
    } catch {
      exit(withError: error)
    }
  }
}

extension CoalmineCore.ExitCode {
  /// Ends the program with this code.
  func leave() -> Never { Glibc.exit(rawValue) }
}

/// `--json`, on every verb.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print the result as JSON.")
  var json = false

  /// Prints `fields` as JSON, or `lines` for people.
  func print(_ lines: [String], json fields: (inout JSONWriter.Object) throws -> Void) throws {
    guard json else {
      for line in lines { Console.result(line) }
      return
    }
    var writer = JSONWriter(pretty: true)
    try writer.object(fields)
    Console.result(writer.bytes)
  }
}
