// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// One row per canary, for a spreadsheet or a data frame (RFC 4180, lines end with a line feed).
///
/// A value that is not there is an empty cell, and the cell beside it says why: it is never 0. With
/// `reveal` there is a column `secret`.
///
/// - Complexity: O(canaries).
/// Source: RFC 4180, <https://www.rfc-editor.org/rfc/rfc4180>.
public enum CSVFormat: ReportFormat {
  public static let slug = "csv"
  public static let summary = "one row per canary, for a spreadsheet or a data frame"

  public static func render(_ report: Report, options: ReportOptions) throws(CoalmineError)
    -> [UInt8]
  {
    try joined(report, options)
  }

  public static func write(
    _ report: Report, options: ReportOptions,
    to output: @escaping ([UInt8]) throws(CoalmineError) -> Void
  ) throws(CoalmineError) {
    let columns = Self.columns.filter { $0.isShown(options) }
    try output(Array(CSVText.line(columns.map(\.name)).utf8))
    for canary in report.result.canaries {
      try output(Array(CSVText.line(columns.map { $0.value(canary) }).utf8))
    }
  }

  private struct Column: Sendable {
    let name: String
    var isSecret = false
    let value: @Sendable (CanaryResult) -> String

    func isShown(_ options: ReportOptions) -> Bool { options.reveal || !isSecret }
  }

  private static let columns: [Column] = [
    Column(name: "id") { CSVText.inert($0.id) },
    Column(name: "kind") { CSVText.inert($0.kind) },
    Column(name: "role") { $0.role.rawValue },
    Column(name: "repetitions") { String($0.repetitions) },
    Column(name: "secret", isSecret: true) {
      CSVText.inert(String(decoding: $0.secret.reveal(), as: UTF8.self))
    },
    Column(name: "secret_bits") { CSVText.number($0.secretBits) },
    Column(name: "secret_logprob_status") { CSVText.status($0.secretLogProbability) },
    Column(name: "secret_logprob_nats") { $0.secretLogProbability.value.map(CSVText.number) ?? "" },
    Column(name: "tuned_minus_base_status") { CSVText.status($0.tunedMinusBase) },
    Column(name: "tuned_minus_base_nats") { $0.tunedMinusBase.value.map(CSVText.number) ?? "" },
    Column(name: "exposure_status") { CSVText.status($0.exposure) },
    Column(name: "exposure_bits") { $0.exposure.value.map { CSVText.number($0.bits) } ?? "" },
    Column(name: "exposure_lower_bits") {
      $0.exposure.value.map { CSVText.number($0.interval.lower) } ?? ""
    },
    Column(name: "exposure_upper_bits") {
      $0.exposure.value.map { CSVText.number($0.interval.upper) } ?? ""
    },
    Column(name: "exposure_ceiling_bits") {
      $0.exposure.value.map { CSVText.number($0.ceilingBits) } ?? ""
    },
    Column(name: "exposure_method") { $0.exposure.value?.method.rawValue ?? "" },
    Column(name: "exposure_p_value") { $0.exposure.value?.pValue.map(CSVText.number) ?? "" },
    Column(name: "greedy_status") { CSVText.status($0.greedy) },
    Column(name: "greedy_extracted") { $0.greedy.value.map { $0 ? "1" : "0" } ?? "" },
    Column(name: "sampled_status") { CSVText.status($0.sampled) },
    Column(name: "sampled_hits") { $0.sampled.value.map { String($0.hits) } ?? "" },
    Column(name: "sampled_samples") { $0.sampled.value.map { String($0.samples) } ?? "" },
    Column(name: "defaults_status") { CSVText.status($0.defaults) },
    Column(name: "defaults_hits") { $0.defaults.value.map { String($0.hits) } ?? "" },
    Column(name: "defaults_samples") { $0.defaults.value.map { String($0.samples) } ?? "" },
    Column(name: "recitation_withheld") { $0.recited.map { String($0.withheld) } ?? "" },
    Column(name: "recitation_marked") { $0.recited.map { String($0.marked) } ?? "" },
    Column(name: "replies") { $0.recited.map { String($0.replies) } ?? "" },
    Column(name: "caveats") { $0.caveats.map { CSVText.inert($0.slug) }.joined(separator: " ") },
  ]
}
