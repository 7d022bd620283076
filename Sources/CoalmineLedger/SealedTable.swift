// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import GRDB

/// A table whose rows carry a digest of themselves, with its columns in the order of the digest.
///
/// In the order in which a copy fills them: a row comes after those that it refers to.
package enum SealedTable: String, CaseIterable {
  case study, file, canary, context
  case chainControl = "chain_control"
  case insertion, removal, record, training, run, exchange, observation, capability
  case capabilityItem = "capability_item"

  /// The columns that the digest covers. The body of a reply is covered by its own digest, so that
  /// a check of all rows does not read all bodies.
  var columns: [String] { definition.columns.map(\.name) }

  /// The columns that tell a row from every other one.
  var key: [String] { definition.key }

  /// Whether each row belongs to a run, by its column `run`.
  var hasRun: Bool { columns.contains("run") }

  /// `CREATE TABLE`, word for word as the file holds it.
  var statement: String {
    let (columns, key, more) = definition
    let all =
      columns.map { "\($0.name) \($0.type)" } + ["digest BLOB NOT NULL"] + more
      + ["PRIMARY KEY (\(key.joined(separator: ", ")))"]
    return "CREATE TABLE \(rawValue) (\(all.joined(separator: ", "))) STRICT"
  }

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
    case .chainControl: "control \(text("number")) of kind '\(text("kind"))'"
    case .insertion: "insertion \(text("ordinal")) of canary '\(text("canary"))'"
    case .removal: "the removal of record \(text("record"))"
    case .record: "record '\(text("id"))'"
    case .training: "training statement \(text("id"))"
    case .run: "run \(text("number"))"
    case .exchange: "request \(text("id")) of run \(text("run"))"
    case .observation:
      "the observation \(text("probe")) of \(text("subject")) in run \(text("run"))"
    case .capability: "the endpoint check of run \(text("run"))"
    case .capabilityItem: "result \(text("ordinal")) of the endpoint check of run \(text("run"))"
    }
  }

  /// Many rows of the table, in the words of an error.
  var objects: String {
    switch self {
    case .study: "facts of the study"
    case .file: "files of kinds"
    case .canary: "canaries"
    case .context: "context values of canaries"
    case .chainControl: "in-context controls"
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

  private typealias Column = (name: String, type: String)

  private var definition: (columns: [Column], key: [String], more: [String]) {
    func columns(_ text: String) -> [Column] {
      text.split(separator: ",").map { part in
        let words = part.split(whereSeparator: \.isWhitespace)
        return (String(words[0]), words.dropFirst().joined(separator: " "))
      }
    }
    return switch self {
    // One row per fact of the study; see `StudyKey`.
    case .study: (columns("key TEXT NOT NULL, value BLOB NOT NULL"), ["key"], [])
    // The files that define the kinds, so that a study outlives the program's own.
    case .file: (columns("name TEXT NOT NULL, bytes BLOB NOT NULL"), ["name"], [])
    case .canary:
      (
        columns(
          """
          id TEXT NOT NULL, kind TEXT NOT NULL, carrier TEXT NOT NULL, role TEXT NOT NULL,
          dose INTEGER NOT NULL, coined INTEGER NOT NULL, space_index BLOB NOT NULL,
          bits REAL NOT NULL, prefix BLOB NOT NULL, separator BLOB NOT NULL,
          secret BLOB NOT NULL, suffix BLOB NOT NULL, reference_indices BLOB NOT NULL
          """), ["id"], []
      )
    case .context:
      (
        columns("canary TEXT NOT NULL REFERENCES canary, slot TEXT NOT NULL, value BLOB NOT NULL"),
        ["canary", "slot"], []
      )
    case .chainControl:
      (
        columns(
          """
          kind TEXT NOT NULL, number INTEGER NOT NULL, prefix BLOB NOT NULL,
          separator BLOB NOT NULL, given BLOB NOT NULL, decoy BLOB NOT NULL, suffix BLOB NOT NULL
          """), ["kind", "number"], []
      )
    case .insertion:
      (
        columns(
          """
          ordinal INTEGER NOT NULL, canary TEXT NOT NULL REFERENCES canary, copy INTEGER NOT NULL,
          slot INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL
          """), ["ordinal"], []
      )
    case .removal:
      (
        columns("record INTEGER NOT NULL, start INTEGER NOT NULL, bytes BLOB NOT NULL"),
        ["record"], []
      )
    // A group is bytes of the corpus: SQLite's text would end at a NUL in it.
    case .record:
      (
        columns(
          "id TEXT NOT NULL, membership TEXT NOT NULL, grouped_by BLOB, text BLOB NOT NULL"),
        ["id"], []
      )
    case .training:
      (
        columns(
          """
          id INTEGER NOT NULL, model TEXT NOT NULL, epochs INTEGER NOT NULL, job TEXT,
          stated_by TEXT, stated_at TEXT NOT NULL
          """), ["id"], []
      )
    case .run:
      (
        columns(
          """
          number INTEGER NOT NULL, role TEXT NOT NULL, model TEXT NOT NULL,
          endpoint TEXT NOT NULL, dialect TEXT NOT NULL, probe_set TEXT NOT NULL,
          probes TEXT NOT NULL, opened_at TEXT NOT NULL, closed_at TEXT
          """), ["number"], []
      )
    // A request: written as 'sent' before its bytes leave, with the raw reply before it is read.
    // The body stands last: reading the rest of a row does not read it.
    case .exchange:
      (
        columns(
          """
          id INTEGER NOT NULL, run INTEGER NOT NULL REFERENCES run, pack INTEGER NOT NULL,
          attempt INTEGER NOT NULL, state TEXT NOT NULL, request_digest BLOB NOT NULL,
          queries BLOB NOT NULL, sent_at TEXT NOT NULL, http_status INTEGER, headers BLOB,
          body_length INTEGER, elapsed_ms REAL, error TEXT, read INTEGER NOT NULL,
          body_digest BLOB
          """), ["id"], ["body BLOB"]
      )
    // What a reply says about one query; rebuilt from the raw replies at any time. The digest of
    // the reply binds it to what it was read from.
    case .observation:
      (
        columns(
          """
          run INTEGER NOT NULL REFERENCES run, probe TEXT NOT NULL, subject TEXT NOT NULL,
          query BLOB NOT NULL, exchange INTEGER NOT NULL REFERENCES exchange,
          status TEXT NOT NULL, body BLOB NOT NULL, reply_digest BLOB NOT NULL
          """), ["run", "probe", "subject"], []
      )
    case .capability:
      (
        columns(
          """
          run INTEGER NOT NULL REFERENCES run, claimed TEXT NOT NULL, verified TEXT NOT NULL,
          noise_nats REAL, repeats INTEGER NOT NULL, context_tokens INTEGER
          """), ["run"], []
      )
    case .capabilityItem:
      (
        columns(
          """
          run INTEGER NOT NULL REFERENCES run, ordinal INTEGER NOT NULL, subject TEXT NOT NULL,
          state TEXT NOT NULL, evidence TEXT NOT NULL
          """), ["run", "ordinal"], []
      )
    }
  }
}
