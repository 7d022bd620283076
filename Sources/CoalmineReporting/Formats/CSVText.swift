// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// How the tables for spreadsheets spell their cells.
///
/// A text that a spreadsheet would take for a formula gets an apostrophe before it.
/// Source: RFC 4180, <https://www.rfc-editor.org/rfc/rfc4180>; OWASP, CSV Injection,
/// <https://owasp.org/www-community/attacks/CSV_Injection>.
enum CSVText {
  /// `measured`, or the state and the reason: `failed: token-gap`.
  static func status(_ outcome: Outcome<some Sendable>) -> String {
    inert(outcome.status + (outcome.reason.map { ": \($0.slug)" } ?? ""))
  }

  /// Infinite values are written as Python and R read them.
  static func number(_ value: Double) -> String {
    value.isFinite ? "\(value)" : value > 0 ? "inf" : "-inf"
  }

  /// A text that no spreadsheet runs and no log of a pipeline takes for a command, without what could
  /// steer a terminal.
  static func inert(_ text: String) -> String {
    let shown = terminalSafe(text)
    guard let first = shown.unicodeScalars.first, "=+-@|%':#".unicodeScalars.contains(first) else {
      return shown
    }
    return "'" + shown
  }

  static func line(_ cells: [String]) -> String {
    cells.map(quoted).joined(separator: ",") + "\n"
  }

  /// A cell in quotation marks where RFC 4180 needs them.
  static func quoted(_ cell: String) -> String {
    // Quotation mark, comma, semicolon; a cell holds no line end.
    let isPlain = cell.utf8.allSatisfy { $0 != 0x22 && $0 != 0x2C && $0 != 0x3B }
    return isPlain ? cell : "\"" + cell.escaping(["\"": "\"\""]) + "\""
  }
}
