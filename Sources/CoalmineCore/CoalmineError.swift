// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// The exit codes of `coalmine`, a contract with scripts and CI.
///
/// Where several hold, the finding wins: ``leak``, then ``inconclusive``, then ``incomplete``.
public enum ExitCode: Int32, Sendable, CaseIterable {
  /// Measured, and every gate passed.
  case success = 0
  /// A gate failed or the primary test found leakage.
  case leak = 1
  /// Some answers are missing, or a cap was reached.
  case incomplete = 3
  /// A control failed or the study is underpowered.
  case inconclusive = 4
  /// A file is not what the ledger says it is.
  case verificationFailed = 5
  /// The command line could not be understood.
  case usage = 64
  /// Input is malformed: a corpus, a kind file, a ledger that is newer than this program.
  case badData = 65
  /// An input file does not exist or cannot be opened.
  case inputMissing = 66
  /// The endpoint cannot be reached or does not answer as its dialect says.
  case endpointUnavailable = 69
  /// A defect in coalmine.
  case internalError = 70
  /// An output file exists already or cannot be created.
  case cannotCreate = 73
  /// Reading or writing failed, or the disk is full.
  case inputOutput = 74
  /// Another process holds the ledger.
  case ledgerLocked = 75
  /// The endpoint refused the key.
  case credentialsRefused = 77
  /// A protocol, probe set or option has a value that cannot be used.
  case badConfiguration = 78
}

/// What went wrong, where, and what to do about it.
///
/// `message` and `details` never hold a secret, a key, or text of a corpus or a model. What is
/// quoted from outside, such as a name from the command line, is made harmless here by
/// ``terminalSafe(_:)``: no error can steer a terminal or begin a line of its own.
public struct CoalmineError: Error, Sendable, Equatable {
  /// A stable slug, `ledger-locked`; scripts may compare it.
  public let code: String
  /// One line in lower case: what happened, with the place (file and line, or URL).
  public let message: String
  /// Further lines, each a fact.
  public let details: [String]
  /// What to do next, true for this run.
  public let help: String?
  /// The exit code of a command that ends with this error.
  public let exit: ExitCode
  /// The dialect that does without what an endpoint refused; `nil` for every other error.
  public let otherDialect: String?

  public init(
    code: String, _ message: String, details: [String] = [], help: String? = nil, exit: ExitCode,
    otherDialect: String? = nil
  ) {
    self.code = code
    self.message = terminalSafe(message)
    self.details = details.map(terminalSafe)
    self.help = help.map(terminalSafe)
    self.exit = exit
    self.otherDialect = otherDialect
  }
}

extension CoalmineError: CustomStringConvertible {
  /// The error as a person reads it: message with the code that `coalmine explain` knows, indented
  /// details, help.
  public var description: String { lines.joined(separator: "\n") }

  /// ``description`` line by line.
  public var lines: [String] {
    ["error: \(message) [\(code)]"] + details.map { "  \($0)" }
      + (help.map { ["  help: \($0)"] } ?? [])
  }
}
