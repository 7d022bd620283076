// SPDX-License-Identifier: Apache-2.0

/// The tables of a ledger, of this version and of the older ones that are still read.
///
/// Since version 3, every row carries a digest of itself, see ``SealedTable``. A file of an older
/// version than this one is only read, and ``Ledger/copy(to:)`` makes a new one of it.
enum Schema {
  /// `PRAGMA user_version` of a ledger that this program writes.
  static let version = 5
  /// Added to the version of a ledger that was retired: its tables are those of the version, and an
  /// earlier program, which would take what was dropped for zeros, refuses it.
  static let retired = 100
  /// The first version whose rows have digests.
  static let firstSealed = 3
  /// `PRAGMA application_id`: "coal" in ASCII, so that `file` and we know our own.
  static let applicationID = 0x636F_616C

  /// The tables of this version.
  static let statements = sealed(in: version)

  /// The tables of a version that this program knows.
  static func statements(of version: Int) -> [String]? {
    switch version {
    case 1: first
    case 2: first + second
    case 3: third
    case 4...Self.version: sealed(in: version)
    default: nil
    }
  }

  /// Versions 4 and 5 differ in columns alone.
  private static func sealed(in version: Int) -> [String] {
    SealedTable.allCases.compactMap { $0.form(in: version)?.statement } + [
      "CREATE INDEX exchange_by_key ON exchange (run, procedure, round, place, part)",
      // Replies, compressed; the digest of each stands with its request.
      """
      CREATE TABLE reply (
        exchange INTEGER PRIMARY KEY REFERENCES exchange, body BLOB NOT NULL
      ) STRICT
      """,
      seal,
    ]
  }

  private static let third =
    SealedTable.allCases.compactMap { $0.form(in: 3)?.statement } + [
      "CREATE INDEX exchange_by_run ON exchange (run, pack)", seal,
    ]

  /// How many rows of a table belong to a run, 0 where to none, and the sum of their digests.
  private static let seal = """
    CREATE TABLE seal (
      name TEXT NOT NULL, run INTEGER NOT NULL, rows INTEGER NOT NULL, digest BLOB NOT NULL,
      PRIMARY KEY (name, run)
    ) STRICT, WITHOUT ROWID
    """

  /// What a check saw of the endpoint of a run.
  private static let second = [
    """
    CREATE TABLE capability (
      run INTEGER PRIMARY KEY REFERENCES run, claimed TEXT NOT NULL, verified TEXT NOT NULL,
      noise_nats REAL, repeats INTEGER NOT NULL, context_tokens INTEGER
    ) STRICT
    """,
    """
    CREATE TABLE capability_item (
      run INTEGER NOT NULL REFERENCES capability, ordinal INTEGER NOT NULL, subject TEXT NOT NULL,
      state TEXT NOT NULL, evidence TEXT NOT NULL, PRIMARY KEY (run, ordinal)
    ) STRICT, WITHOUT ROWID
    """,
  ]

  private static let first = [
    // One row a fact of the study; see `StudyKey`.
    "CREATE TABLE study (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT",
    // The files that define the kinds, so that a study outlives the program's own.
    """
    CREATE TABLE file (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT
    """,
    """
    CREATE TABLE canary (
      id TEXT PRIMARY KEY, kind TEXT NOT NULL, carrier TEXT NOT NULL, role TEXT NOT NULL,
      dose INTEGER NOT NULL, coined INTEGER NOT NULL, space_index BLOB NOT NULL,
      bits REAL NOT NULL, prefix BLOB NOT NULL, separator BLOB NOT NULL, secret BLOB NOT NULL,
      suffix BLOB NOT NULL, reference_indices BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE context (
      canary TEXT NOT NULL REFERENCES canary, slot TEXT NOT NULL, value BLOB NOT NULL,
      PRIMARY KEY (canary, slot)
    ) STRICT
    """,
    """
    CREATE TABLE chain_control (
      kind TEXT NOT NULL, number INTEGER NOT NULL, prefix BLOB NOT NULL,
      separator BLOB NOT NULL, given BLOB NOT NULL, decoy BLOB NOT NULL, suffix BLOB NOT NULL,
      PRIMARY KEY (kind, number)
    ) STRICT
    """,
    """
    CREATE TABLE insertion (
      ordinal INTEGER PRIMARY KEY, canary TEXT NOT NULL REFERENCES canary,
      copy INTEGER NOT NULL, slot INTEGER NOT NULL, start INTEGER NOT NULL,
      length INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE removal (
      record INTEGER PRIMARY KEY, start INTEGER NOT NULL, bytes BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE record (
      id TEXT PRIMARY KEY, membership TEXT NOT NULL, grouped_by TEXT, text BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE training (
      id INTEGER PRIMARY KEY, model TEXT NOT NULL, epochs INTEGER NOT NULL, job TEXT,
      stated_by TEXT, stated_at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE run (
      number INTEGER PRIMARY KEY, role TEXT NOT NULL, model TEXT NOT NULL,
      endpoint TEXT NOT NULL, dialect TEXT NOT NULL, probe_set TEXT NOT NULL,
      probes TEXT NOT NULL, opened_at TEXT NOT NULL, closed_at TEXT
    ) STRICT
    """,
    // A request: written as 'sent' before its bytes leave, with the raw reply before it is read.
    """
    CREATE TABLE exchange (
      id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run, pack INTEGER NOT NULL,
      attempt INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('sent', 'answered', 'ambiguous', 'failed')),
      request_digest BLOB NOT NULL, queries BLOB NOT NULL, sent_at TEXT NOT NULL,
      http_status INTEGER, headers BLOB, body BLOB, body_length INTEGER, elapsed_ms REAL,
      error TEXT, read INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    "CREATE INDEX exchange_by_run ON exchange (run, pack)",
    // What a reply says about one query; rebuilt from the raw replies at any time.
    """
    CREATE TABLE observation (
      run INTEGER NOT NULL REFERENCES run, probe TEXT NOT NULL, subject TEXT NOT NULL,
      query BLOB NOT NULL, exchange INTEGER NOT NULL REFERENCES exchange, status TEXT NOT NULL,
      body BLOB NOT NULL, PRIMARY KEY (run, probe, subject)
    ) STRICT, WITHOUT ROWID
    """,
  ]
}
