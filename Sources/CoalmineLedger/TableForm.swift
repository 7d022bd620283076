// SPDX-License-Identifier: Apache-2.0

/// A sealed table in one version of ledgers: its name, and its columns in the order of the digest.
struct TableForm {
  typealias Column = (name: String, type: String)

  let name: String
  let columns: [Column]
  /// The columns that tell a row from every other one.
  let key: [String]
  /// Columns that the digest does not cover, as `CREATE TABLE` spells them.
  let more: [String]

  /// - Parameter columns: names and types, with commas between them.
  init(_ name: String, _ columns: String, key: [String], more: [String] = []) {
    self.name = name
    self.columns = columns.split(separator: ",").map { part in
      let words = part.split(whereSeparator: \.isWhitespace)
      return (String(words[0]), words.dropFirst().joined(separator: " "))
    }
    self.key = key
    self.more = more
  }

  /// `CREATE TABLE`, word for word as the file holds it.
  var statement: String {
    let all =
      columns.map { "\($0.name) \($0.type)" } + ["digest BLOB NOT NULL"] + more
      + ["PRIMARY KEY (\(key.joined(separator: ", ")))"]
    return "CREATE TABLE \(name) (\(all.joined(separator: ", "))) STRICT"
  }
}

extension SealedTable {
  /// The table as this version writes it.
  var form: TableForm {
    switch self {
    // One row per fact of the study; see `StudyKey`.
    case .study: TableForm(rawValue, "key TEXT NOT NULL, value BLOB NOT NULL", key: ["key"])
    // The files that define the kinds, so that a study outlives the program's own.
    case .file: TableForm(rawValue, "name TEXT NOT NULL, bytes BLOB NOT NULL", key: ["name"])
    case .canary:
      TableForm(
        rawValue,
        """
        id TEXT NOT NULL, kind TEXT NOT NULL, template TEXT NOT NULL, role TEXT NOT NULL,
        repetitions INTEGER NOT NULL, randomized INTEGER NOT NULL, space_index BLOB NOT NULL,
        bits REAL NOT NULL, prefix BLOB NOT NULL, separator BLOB NOT NULL,
        secret BLOB NOT NULL, suffix BLOB NOT NULL, reference_indices BLOB NOT NULL
        """, key: ["id"])
    case .context:
      TableForm(
        rawValue,
        "canary TEXT NOT NULL REFERENCES canary, slot TEXT NOT NULL, value BLOB NOT NULL",
        key: ["canary", "slot"])
    case .inContextControl:
      TableForm(
        rawValue,
        """
        kind TEXT NOT NULL, number INTEGER NOT NULL, prefix BLOB NOT NULL,
        separator BLOB NOT NULL, given BLOB NOT NULL, decoy BLOB NOT NULL, suffix BLOB NOT NULL
        """, key: ["kind", "number"])
    case .insertion:
      TableForm(
        rawValue,
        """
        ordinal INTEGER NOT NULL, canary TEXT NOT NULL REFERENCES canary, copy INTEGER NOT NULL,
        slot INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL
        """, key: ["ordinal"])
    case .removal:
      TableForm(
        rawValue, "record INTEGER NOT NULL, start INTEGER NOT NULL, bytes BLOB NOT NULL",
        key: ["record"])
    // A group is bytes of the corpus: SQLite's text would end at a NUL in it.
    case .record:
      TableForm(
        rawValue,
        "id TEXT NOT NULL, membership TEXT NOT NULL, grouped_by BLOB, text BLOB NOT NULL",
        key: ["id"])
    case .training:
      TableForm(
        rawValue,
        """
        id INTEGER NOT NULL, model TEXT NOT NULL, epochs INTEGER NOT NULL, job TEXT,
        stated_by TEXT, stated_at TEXT NOT NULL
        """, key: ["id"])
    case .run:
      TableForm(
        rawValue,
        """
        number INTEGER NOT NULL, role TEXT NOT NULL, model TEXT NOT NULL,
        endpoint TEXT NOT NULL, dialect TEXT NOT NULL, presentation TEXT NOT NULL,
        probe_set TEXT NOT NULL, probes TEXT NOT NULL, opened_at TEXT NOT NULL, closed_at TEXT
        """, key: ["number"])
    // A request: written as 'sent' before its bytes leave, with the raw reply before it is read.
    // The reply's body stands in a table of its own: a mark that changes does not write it again.
    case .exchange:
      TableForm(
        rawValue,
        """
        id INTEGER NOT NULL, run INTEGER NOT NULL REFERENCES run, procedure TEXT NOT NULL,
        round INTEGER NOT NULL, place INTEGER NOT NULL, part INTEGER NOT NULL,
        attempt INTEGER NOT NULL, state TEXT NOT NULL, job TEXT, request_digest BLOB NOT NULL,
        queries BLOB NOT NULL, sent_at TEXT NOT NULL, http_status INTEGER, headers BLOB,
        body_length INTEGER, elapsed_ms REAL, error TEXT, read INTEGER NOT NULL,
        body_digest BLOB, served_model TEXT, fingerprint TEXT
        """, key: ["id"])
    // What a reply says about one question, a row per sample; rebuilt from the raw replies at any
    // time. The digest of the reply binds it to what it was read from. Rows are only added while a
    // run goes on: a key of shuffled questions would write a page per row.
    case .observation:
      TableForm(
        rawValue,
        """
        id INTEGER NOT NULL, run INTEGER NOT NULL REFERENCES run, probe TEXT NOT NULL,
        subject TEXT NOT NULL, sample INTEGER NOT NULL, query BLOB NOT NULL,
        exchange INTEGER NOT NULL REFERENCES exchange, status TEXT NOT NULL,
        body BLOB NOT NULL, reply_digest BLOB NOT NULL
        """, key: ["id"])
    case .capability:
      TableForm(
        rawValue,
        """
        run INTEGER NOT NULL REFERENCES run, claimed TEXT NOT NULL, verified TEXT NOT NULL,
        noise_nats REAL, repeats INTEGER NOT NULL, context_tokens INTEGER,
        vocabulary_tokens INTEGER, public_answers BLOB
        """, key: ["run"])
    case .capabilityItem:
      TableForm(
        rawValue,
        """
        run INTEGER NOT NULL REFERENCES run, ordinal INTEGER NOT NULL, subject TEXT NOT NULL,
        state TEXT NOT NULL, evidence TEXT NOT NULL
        """, key: ["run", "ordinal"])
    }
  }
}
