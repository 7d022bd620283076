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
    abstract: "Measure how much a language model leaks of the text that it was tuned on.",
    discussion: """
      The order of work: plan, seed, train the model elsewhere, trained, check, probe, score, report. \
      'coalmine demo' runs all of it on this machine, without a key. Exit codes: 0 measured and \
      passed, 1 leak, 3 incomplete, 4 inconclusive, 5 verification failed, 64 and above: errors (see \
      README).
      """,
    version: CoalmineVersion.current,
    subcommands: [
      Plan.self, PreflightCommand.self, Seed.self, Merge.self, Index.self, Import.self,
      Unseed.self,
      Verify.self,
      Commit.self, Disclose.self,
      Trained.self, CheckCommand.self, ProbeCommand.self, Score.self, ReportCommand.self,
      ScanCommand.self, CompareCommand.self, StatusCommand.self, HistoryCommand.self,
      MonitorCommand.self, Retire.self, List.self, Explain.self, Serve.self, Demo.self,
    ])

  static func main() async {
    // A reader that went away must not end the program with a signal.
    signal(SIGPIPE, SIG_IGN)
    openManyFiles()
    var verb: (any ParsableCommand.Type)?
    do {
      var command = try parseAsRoot()
      verb = type(of: command)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let error as CoalmineError {
      Console.error(error)
      Glibc.exit(error.exit.rawValue)
    } catch is CancellationError {
      Glibc.exit(130)
    } catch {
      ParserText.print(
        UsageText.text(error, verb: verb, Array(CommandLine.arguments.dropFirst())),
        isHelp: Program.exitCode(for: error) == .success)
      Glibc.exit(Program.exitCode(for: error).rawValue)
    }
  }
}

extension Program {
  /// A corpus may be thousands of files, each of which is open until all are whole.
  private static func openManyFiles() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 65_536))
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}

/// What the argument parser says, which quotes arguments as they are.
enum ParserText {
  /// Prints help on standard output and errors on standard error, line by line, with the arguments
  /// in it made harmless.
  static func print(_ text: String, isHelp: Bool) {
    let lines = harmless(text, arguments: CommandLine.arguments).split(
      separator: "\n", omittingEmptySubsequences: false)
    for line in lines { isHelp ? Console.result(String(line)) : Console.note(String(line)) }
  }

  /// A line break in an argument would begin a line of the text; so each argument is looked for.
  static func harmless(_ text: String, arguments: [String]) -> String {
    var text = text
    // An option that is joined to its value by `=` is quoted in parts as well.
    let parts =
      arguments
      + arguments.compactMap { argument in
        argument.firstIndex(of: "=").map { String(argument[argument.index(after: $0)...]) }
      }
    for part in parts.sorted(by: { $0.utf8.count > $1.utf8.count })
    where terminalSafe(part) != part {
      text = text.replacing(part, with: terminalSafe(part))
    }
    return text
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
    Console.document(try document(fields))
  }

  /// Prints the same beside an output: on standard error where that output is standard output.
  func print(
    beside output: String, _ lines: [String], json fields: (inout JSONWriter.Object) throws -> Void
  ) throws {
    guard output == "-" else { return try print(lines, json: fields) }
    guard json else {
      for line in lines { Console.note(line) }
      return
    }
    Console.raw(String(decoding: try document(fields), as: UTF8.self) + "\n")
  }

  private func document(_ fields: (inout JSONWriter.Object) throws -> Void) throws -> [UInt8] {
    var writer = JSONWriter(pretty: true)
    try writer.object(fields)
    return writer.bytes
  }
}

/// `--force`, on every verb that writes a file.
struct ForceOption: ParsableArguments {
  @Flag(help: "Replace a regular file of that name. A ledger or an input is never replaced.")
  var force = false
}
