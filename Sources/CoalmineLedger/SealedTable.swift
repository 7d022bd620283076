// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import GRDB

/// A table whose rows carry a digest of themselves; its columns are those of its ``form``.
///
/// In the order in which a copy fills them: a row comes after those that it refers to.
package enum SealedTable: String, CaseIterable {
  case study, file, canary, context
  case inContextControl = "in_context_control"
  case insertion, removal, record, training, run, exchange, observation, capability
  case capabilityItem = "capability_item"

  /// The columns that the digest covers, in its order. The body of a reply is covered by a digest
  /// of its own, so that a check of all rows does not read all bodies.
  var columns: [String] { Self.columnNames[self] ?? [] }

  /// The columns that tell a row from every other one.
  var key: [String] { form.key }

  /// Whether each row belongs to a run, by its column `run`.
  var hasRun: Bool { columns.contains("run") }

  /// Taken apart once: a row is stored per answer.
  private static let columnNames = Dictionary(
    uniqueKeysWithValues: allCases.map { ($0, $0.form.columns.map(\.name)) })

  /// The row in the words of an error; names and numbers only, nothing that was planted.
  func object(_ row: Row) -> String {
    func text(_ column: String) -> String {
      let value: DatabaseValue = row[column] ?? .null
      return terminalSafe(String.fromDatabaseValue(value) ?? "\(value)")
    }
    return switch self {
    case .study: "the study's \(text("key"))"
    case .file: "the file '\(text("name"))'"
    case .canary: "canary '\(text("id"))' with its references"
    case .context: "the context of canary '\(text("canary"))'"
    case .inContextControl: "control \(text("number")) of kind '\(text("kind"))'"
    case .insertion: "insertion \(text("ordinal")) of canary '\(text("canary"))'"
    case .removal: "the removal of record \(text("record"))"
    case .record: "record '\(text("id"))'"
    case .training: "training statement \(text("id"))"
    case .run: "run \(text("number"))"
    case .exchange: "request \(text("id")) of run \(text("run"))"
    case .observation:
      Self.observation(
        text("probe"), of: text("subject"),
        sample: Int.fromDatabaseValue(row["sample"] ?? .null) ?? 0, run: text("run"))
    case .capability: "the endpoint check of run \(text("run"))"
    case .capabilityItem: "result \(text("ordinal")) of the endpoint check of run \(text("run"))"
    }
  }

  /// An observation in the words of an error; the first sample is not named as one.
  static func observation(_ probe: String, of subject: String, sample: Int, run: String) -> String {
    "the observation \(probe) of \(subject)\(sample == 0 ? "" : ", sample \(sample),") in run \(run)"
  }

  /// Many rows of the table, in the words of an error.
  var objects: String {
    switch self {
    case .study: "facts of the study"
    case .file: "files of kinds"
    case .canary: "canaries"
    case .context: "context values of canaries"
    case .inContextControl: "in-context controls"
    case .insertion: "insertions"
    case .removal: "removed records"
    case .record: "records"
    case .training: "training statements"
    case .run: "runs"
    case .exchange: "requests"
    case .observation: "observations"
    case .capability: "endpoint checks"
    case .capabilityItem: "results of endpoint checks"
    }
  }
}
