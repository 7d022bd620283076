// SPDX-License-Identifier: Apache-2.0

/// The sealed tables of ledger versions 3 and 4, for files that are only read.
extension SealedTable {
  /// The table in an older version that has digests; `nil` where the version has none.
  func form(in version: Int) -> TableForm? {
    switch version {
    case Schema.version: form
    case 4: fourth
    case 3: third
    default: nil
    }
  }

  /// The name of the table in any version.
  func name(in version: Int) -> String {
    version < 4 && self == .inContextControl ? "chain_control" : rawValue
  }

  private var fourth: TableForm {
    guard self == .capability else { return form }
    return TableForm(
      rawValue,
      """
      run INTEGER NOT NULL REFERENCES run, claimed TEXT NOT NULL, verified TEXT NOT NULL,
      noise_nats REAL, repeats INTEGER NOT NULL, context_tokens INTEGER,
      vocabulary_tokens INTEGER
      """, key: ["run"])
  }

  private var third: TableForm {
    switch self {
    case .canary:
      TableForm(
        rawValue,
        """
        id TEXT NOT NULL, kind TEXT NOT NULL, carrier TEXT NOT NULL, role TEXT NOT NULL,
        dose INTEGER NOT NULL, coined INTEGER NOT NULL, space_index BLOB NOT NULL,
        bits REAL NOT NULL, prefix BLOB NOT NULL, separator BLOB NOT NULL,
        secret BLOB NOT NULL, suffix BLOB NOT NULL, reference_indices BLOB NOT NULL
        """, key: ["id"])
    case .inContextControl:
      TableForm(
        name(in: 3),
        """
        kind TEXT NOT NULL, number INTEGER NOT NULL, prefix BLOB NOT NULL,
        separator BLOB NOT NULL, given BLOB NOT NULL, decoy BLOB NOT NULL, suffix BLOB NOT NULL
        """, key: ["kind", "number"])
    case .run:
      TableForm(
        rawValue,
        """
        number INTEGER NOT NULL, role TEXT NOT NULL, model TEXT NOT NULL,
        endpoint TEXT NOT NULL, dialect TEXT NOT NULL, probe_set TEXT NOT NULL,
        probes TEXT NOT NULL, opened_at TEXT NOT NULL, closed_at TEXT
        """, key: ["number"])
    case .exchange:
      TableForm(
        rawValue,
        """
        id INTEGER NOT NULL, run INTEGER NOT NULL REFERENCES run, pack INTEGER NOT NULL,
        attempt INTEGER NOT NULL, state TEXT NOT NULL, request_digest BLOB NOT NULL,
        queries BLOB NOT NULL, sent_at TEXT NOT NULL, http_status INTEGER, headers BLOB,
        body_length INTEGER, elapsed_ms REAL, error TEXT, read INTEGER NOT NULL,
        body_digest BLOB
        """, key: ["id"], more: ["body BLOB"])
    case .observation:
      TableForm(
        rawValue,
        """
        run INTEGER NOT NULL REFERENCES run, probe TEXT NOT NULL, subject TEXT NOT NULL,
        query BLOB NOT NULL, exchange INTEGER NOT NULL REFERENCES exchange,
        status TEXT NOT NULL, body BLOB NOT NULL, reply_digest BLOB NOT NULL
        """, key: ["run", "probe", "subject"])
    case .capability:
      TableForm(
        rawValue,
        """
        run INTEGER NOT NULL REFERENCES run, claimed TEXT NOT NULL, verified TEXT NOT NULL,
        noise_nats REAL, repeats INTEGER NOT NULL, context_tokens INTEGER
        """, key: ["run"])
    // What version 4 left as it was.
    case .study, .file, .context, .insertion, .removal, .record, .training, .capabilityItem:
      form
    }
  }
}
