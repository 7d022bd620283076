// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger

/// A ledger that a command line names by its place and not by '--study'.
enum StudyArgument {
  /// Opens it and holds it.
  static func open(_ path: String) throws -> Ledger {
    try ofPlace { try Ledger.open(at: path) }
  }

  /// Reads a copy of it.
  static func reading<T>(_ path: String, _ body: (Ledger) throws -> T) throws -> T {
    try ofPlace { try Ledger.reading(path, body) }
  }

  /// Help that speaks of the option is true without it.
  static func ofPlace<T>(_ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as CoalmineError {
      throw CoalmineError(
        code: error.code, error.message, details: error.details,
        help: error.help?.replacing(" with '--study'", with: ""), exit: error.exit)
    }
  }
}
