// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// One row per canary, for a spreadsheet or a data frame (RFC 4180, lines end with a line feed).
///
/// A value that is not there is an empty cell, and the cell beside it says why: it is never 0. A text
/// that a spreadsheet would take for a formula gets an apostrophe before it. With `reveal` there is a
/// column `secret`.
///
/// - Complexity: O(canaries).
/// Source: RFC 4180; OWASP, CSV Injection.
public enum CSVFormat: ReportFormat {
  public static let slug = "csv"
  public static let summary = "one row per canary, for a spreadsheet or a data frame"

  public static func render(_ report: Report, options: ReportOptions) throws(CoalmineError)
    -> [UInt8]
  {
    let columns = Self.columns.filter { $0.isShown(options) }
    var text = line(columns.map(\.name))
    for canary in report.result.canaries { text += line(columns.map { $0.value(canary) }) }
    return Array(text.utf8)
  }

  private struct Column: Sendable {
    let name: String
    var isSecret = false
    let value: @Sendable (CanaryResult) -> String

    func isShown(_ options: ReportOptions) -> Bool { options.reveal || !isSecret }
  }

  private static let columns: [Column] = [
    Column(name: "id") { inert($0.id) },
    Column(name: "kind") { inert($0.kind) },
    Column(name: "role") { $0.role.rawValue },
    Column(name: "repetitions") { String($0.repetitions) },
    Column(name: "secret", isSecret: true) {
      inert(String(decoding: $0.secret.reveal(), as: UTF8.self))
    },
    Column(name: "secret_bits") { number($0.secretBits) },
    Column(name: "secret_logprob_status") { status($0.secretLogProbability) },
    Column(name: "secret_logprob_nats") { $0.secretLogProbability.value.map(number) ?? "" },
    Column(name: "tuned_minus_base_status") { status($0.tunedMinusBase) },
    Column(name: "tuned_minus_base_nats") { $0.tunedMinusBase.value.map(number) ?? "" },
    Column(name: "exposure_status") { status($0.exposure) },
    Column(name: "exposure_bits") { $0.exposure.value.map { number($0.bits) } ?? "" },
    Column(name: "exposure_lower_bits") {
      $0.exposure.value.map { number($0.interval.lower) } ?? ""
    },
    Column(name: "exposure_upper_bits") {
      $0.exposure.value.map { number($0.interval.upper) } ?? ""
    },
    Column(name: "exposure_ceiling_bits") {
      $0.exposure.value.map { number($0.ceilingBits) } ?? ""
    },
    Column(name: "exposure_method") { $0.exposure.value?.method.rawValue ?? "" },
    Column(name: "exposure_p_value") { $0.exposure.value?.pValue.map(number) ?? "" },
    Column(name: "greedy_status") { status($0.greedy) },
    Column(name: "greedy_extracted") { $0.greedy.value.map { $0 ? "1" : "0" } ?? "" },
    Column(name: "sampled_status") { status($0.sampled) },
    Column(name: "sampled_hits") { $0.sampled.value.map { String($0.hits) } ?? "" },
    Column(name: "sampled_samples") { $0.sampled.value.map { String($0.samples) } ?? "" },
    Column(name: "defaults_status") { status($0.defaults) },
    Column(name: "defaults_hits") { $0.defaults.value.map { String($0.hits) } ?? "" },
    Column(name: "defaults_samples") { $0.defaults.value.map { String($0.samples) } ?? "" },
    Column(name: "caveats") { $0.caveats.map { inert($0.slug) }.joined(separator: " ") },
  ]

  /// `measured`, or the state and the reason: `failed: token-gap`.
  private static func status(_ outcome: Outcome<some Sendable>) -> String {
    inert(outcome.status + (outcome.reason.map { ": \($0.slug)" } ?? ""))
  }

  /// Infinite values are written as Python and R read them.
  private static func number(_ value: Double) -> String {
    value.isFinite ? "\(value)" : value > 0 ? "inf" : "-inf"
  }

  /// A text that no spreadsheet runs and no log of a pipeline takes for a command, without what could
  /// steer a terminal.
  private static func inert(_ text: String) -> String {
    let shown = terminalSafe(text)
    guard let first = shown.unicodeScalars.first, "=+-@|%':#".unicodeScalars.contains(first) else {
      return shown
    }
    return "'" + shown
  }

  private static func line(_ cells: [String]) -> String {
    cells.map(quoted).joined(separator: ",") + "\n"
  }

  /// A cell in quotation marks where RFC 4180 needs them.
  private static func quoted(_ cell: String) -> String {
    // Quotation mark, comma, semicolon; a cell holds no line end.
    let isPlain = cell.utf8.allSatisfy { $0 != 0x22 && $0 != 0x2C && $0 != 0x3B }
    return isPlain ? cell : "\"" + cell.escaping(["\"": "\"\""]) + "\""
  }
}
