// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// A local program that answers in place of a server: one JSON object per line in, one per line out.
///
/// No shell reads the words. They are stored with the run and shown in reports, so nothing that looks
/// like a key gets in.
///
/// ```swift
/// try LocalCommand(["python3", "adapter.py"]).url  // "command:python3 adapter.py"
/// ```
public struct LocalCommand: Sendable, Equatable {
  /// The program, as it is looked for in `PATH` or found by its path.
  public let program: String
  public let arguments: [String]
  /// Variables with keys that the program may see although coalmine reads them.
  public let passed: [String]
  /// Variables that it does not see, but for those of ``passed``.
  private let withheld: [String]

  /// What an endpoint that is a command begins with, where URLs have their scheme.
  static let scheme = "command:"

  /// - Parameters:
  ///   - words: the program and its arguments.
  ///   - passed: names of variables that the program needs, of ``usuallyWithheld`` and `further`.
  ///   - further: more variables with keys, such as those that a file of endpoints names.
  /// - Throws: ``CoalmineError`` with code `bad-command`: no program, a byte that no argument can
  ///   hold, an argument that looks like a key, a name that is no variable with a key.
  public init(
    _ words: [String], passing passed: [String] = [], withholding further: [String] = []
  ) throws(CoalmineError) {
    let withheld = Self.usuallyWithheld + further.filter { !Self.usuallyWithheld.contains($0) }
    guard let program = words.first, !program.isEmpty else {
      throw Self.refusal("it names no program", "write it as '--command PROGRAM ARGUMENT…', last")
    }
    guard words.allSatisfy({ !$0.utf8.contains(0) }) else {
      throw Self.refusal("an argument holds the byte 0", nil)
    }
    if let place = Self.keyPlace(words) {
      throw Self.refusal(
        "argument \(place) looks like a key: arguments are stored and shown",
        "put the key into a variable that the program reads; one that coalmine reads itself, such as "
          + "OPENAI_API_KEY, is passed on by '--command-variable NAME'")
    }
    if let other = passed.first(where: { !withheld.contains($0) }) {
      throw Self.refusal(
        "the variable '\(terminalSafe(other))' needs no '--command-variable'",
        "the program sees every variable but those with keys that coalmine reads: "
          + withheld.joined(separator: ", "))
    }
    self.program = program
    arguments = Array(words.dropFirst())
    self.passed = passed
    self.withheld = withheld
  }

  /// What stands for the program where other endpoints have a URL: its words as a shell would read
  /// them.
  public var url: String {
    let words = [program] + arguments
    return Self.scheme
      + words.map { terminalSafe(ShellWord.argument($0)) }.joined(separator: " ")
  }

  /// The variables that a program does not see unless it is asked for: those with keys that coalmine
  /// reads.
  public static let usuallyWithheld =
    ["COALMINE_API_KEY", "COALMINE_HEADERS"] + ProviderKeys.allVariables

  /// The program's variables.
  ///
  /// - Parameter all: those of this process, as `NAME=VALUE`.
  package func environment(of all: [String]) -> [String] {
    let hidden = Set(withheld).subtracting(passed)
    return all.filter { !hidden.contains(String($0.prefix { $0 != "=" })) }
  }

  private static func refusal(_ why: String, _ help: String?) -> CoalmineError {
    CoalmineError(
      code: "bad-command", "the command cannot be used: \(why)", help: help,
      exit: .badConfiguration)
  }

  /// Which argument looks like a key, from 1; `nil` where none does.
  private static func keyPlace(_ words: [String]) -> Int? {
    for (place, word) in words.enumerated().dropFirst() {
      let name = word.prefix { $0 != "=" }
      let isJoined = name.count < word.count
      let value = isJoined ? String(word.dropFirst(name.count + 1)) : word
      if EndpointQuery.looksLikeKey("", value) { return place }
      if isJoined, namesKey(String(name)) { return place }
      // The option, and the key as the next word.
      if place > 1, words[place - 1].hasPrefix("-"), !words[place - 1].contains("="),
        !word.hasPrefix("-"), namesKey(words[place - 1])
      {
        return place
      }
    }
    return nil
  }

  /// Whether an option of that name takes a key itself, and not the name of its place.
  private static func namesKey(_ option: String) -> Bool {
    let words = option.lowercased().split { !$0.isLetter }
    let places: Set<Substring> = ["file", "env", "variable", "var", "name", "path", "header"]
    return places.isDisjoint(with: words) && EndpointQuery.looksLikeKey(option, "")
  }
}

extension ShellWord {
  /// An argument as one word: as it is where that is one word, else quoted.
  fileprivate static func argument(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.utf8.allSatisfy { EndpointQuery.isUnreserved($0) || "/+,@=:%".utf8.contains($0) }
    return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
