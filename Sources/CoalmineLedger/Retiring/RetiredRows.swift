// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import GRDB

/// Copies the rows of a ledger without what its evidence no longer needs.
///
/// | table | dropped | kept |
/// |---|---|---|
/// | `study` | the root of all randomness, texts of conversations, placeholders | the rest |
/// | `canary`, `in_context_control` | prompt, secret, suffix, their numbers in the space | lengths, roles, copies, bits |
/// | `context`, `removal`, `reply` | every row | |
/// | `record` | text, name of the group | length, membership, which records share a group |
/// | `exchange` | digest of the request, headers, words of an error | questions, times, sizes, digest of the reply |
/// | `observation` | written text, steps of a rank search, words of a reason, digest of the question | probabilities with their places, how a text ended, digest of the reply |
///
/// Bytes that are dropped become as many zeros, so that lengths stay. Digests of requests and questions
/// go too: they would tell whoever guesses a secret that the guess is right.
struct RetiredRows {
  let source: Database
  let rows: SealedWriter
  private(set) var writtenAnswers = 0
  private(set) var rankSearches = 0
  private var groups: [[UInt8]: Int] = [:]

  init(_ source: Database, _ rows: SealedWriter) {
    self.source = source
    self.rows = rows
  }

  /// - Complexity: O(rows of the table).
  mutating func copy(_ table: SealedTable) throws {
    guard table != .context, table != .removal else { return }
    let order = table == .record ? " ORDER BY id" : ""
    let found = try Row.fetchCursor(source, sql: "SELECT * FROM \(table.rawValue)\(order)")
    while let row = try found.next() {
      try rows.insert(table, try table.columns.map { try reduced($0, of: row, in: table) })
    }
  }

  private mutating func reduced(_ column: String, of row: Row, in table: SealedTable) throws
    -> DatabaseValue
  {
    let value: DatabaseValue = row[column] ?? .null
    switch (table, column) {
    case (.study, "value"):
      return try fact(try row.value("key"), value)
    case (.canary, "space_index"), (.canary, "prefix"), (.canary, "separator"), (.canary, "secret"),
      (.canary, "suffix"), (.canary, "reference_indices"), (.inContextControl, "prefix"),
      (.inContextControl, "separator"), (.inContextControl, "given"), (.inContextControl, "decoy"),
      (.inContextControl, "suffix"), (.record, "text"):
      return Self.zeros(value)
    case (.record, "grouped_by"): return group(value)
    case (.exchange, "request_digest"), (.observation, "query"): return Data().databaseValue
    case (.exchange, "headers"): return .null
    case (.exchange, "error"): return value.isNull ? value : "dropped".databaseValue
    case (.observation, "body"):
      return try reduced(status: try row.value("status"), try row.bytes("body")).blob.databaseValue
    default: return value
    }
  }

  private func fact(_ key: String, _ value: DatabaseValue) throws -> DatabaseValue {
    switch StudyKey(rawValue: key) {
    case .root?: return Self.zeros(value)
    case .turns?, .recordTurns?:
      let stored = Data.fromDatabaseValue(value)?.bytes ?? []
      guard let kept = TurnsForm.withoutTexts(stored) else {
        throw CoalmineError(
          code: "ledger-damaged", "the ledger holds conversations that make no sense",
          exit: .badData)
      }
      return kept.blob.databaseValue
    case .placeholders?:
      let stored = Data.fromDatabaseValue(value)?.bytes ?? []
      guard let kept = PlaceholdersForm.withoutTexts(stored) else {
        throw CoalmineError(
          code: "ledger-damaged", "the ledger holds placeholders that make no sense",
          exit: .badData)
      }
      return kept.blob.databaseValue
    default: return value
    }
  }

  /// Groups by number, in the order of the ids of their first records.
  private mutating func group(_ value: DatabaseValue) -> DatabaseValue {
    guard let name = Data.fromDatabaseValue(value)?.bytes else { return .null }
    let number = groups[name] ?? groups.count + 1
    groups[name] = number
    return Array(String(number).utf8).blob.databaseValue
  }

  private mutating func reduced(status: String, _ body: [UInt8]) throws -> [UInt8] {
    guard let outcome = ObservationForm.decode(status: status, body) else {
      throw CoalmineError(
        code: "ledger-damaged", "the ledger holds an observation that makes no sense",
        exit: .badData)
    }
    switch outcome {
    // Places and probabilities hold nothing of a text.
    case .measured(.likelihood), .measured(.choice): return body
    case .measured(.completions(let texts)):
      writtenAnswers += 1
      return ObservationForm.encode(
        .measured(.completions(texts.map { Completion(text: [], ending: $0.ending) })))
    case .measured(.rankTrail(var trail)):
      rankSearches += 1
      trail.steps = []
      return ObservationForm.encode(.measured(.rankTrail(trail)))
    case .notMeasurable(let reason):
      return ObservationForm.encode(.notMeasurable(Reason(reason.slug, "")))
    case .censored(let reason): return ObservationForm.encode(.censored(Reason(reason.slug, "")))
    case .failed(let reason): return ObservationForm.encode(.failed(Reason(reason.slug, "")))
    }
  }

  private static func zeros(_ value: DatabaseValue) -> DatabaseValue {
    Data(count: Data.fromDatabaseValue(value)?.count ?? 0).databaseValue
  }
}
