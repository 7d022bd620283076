// SPDX-License-Identifier: Apache-2.0

/// What seeding did to a corpus: enough to check it and to undo it.
public struct Manifest: Sendable, Equatable {
  /// How the corpus holds its records.
  public let corpus: CorpusFacts
  /// Where each copy went, ordered by offset.
  public let insertions: [Insertion]
  /// What was taken out, ordered by offset.
  public let removals: [Removal]

  public init(corpus: CorpusFacts, insertions: [Insertion], removals: [Removal]) {
    self.corpus = corpus
    self.insertions = insertions
    self.removals = removals
  }
}

/// A corpus before and after seeding.
public struct CorpusFacts: Sendable, Equatable {
  public let format: CorpusFormat
  public let shape: RecordShape
  /// Records before seeding; blank lines are none.
  public let records: Int
  /// Bytes before and after.
  public let size: Int64
  public let seededSize: Int64
  /// SHA-256 before and after, 32 bytes.
  public let digest: [UInt8]
  public let seededDigest: [UInt8]
  /// The files one after another; empty for one file without compression, of which everything is
  /// said above. Sizes, digests and places above are those of all their data in one.
  public let parts: [CorpusPart]
  /// What stands between two records of the format `separated`.
  public let separator: [UInt8]?

  public init(
    format: CorpusFormat, shape: RecordShape, records: Int, size: Int64, seededSize: Int64,
    digest: [UInt8], seededDigest: [UInt8], parts: [CorpusPart] = [],
    separator: [UInt8]? = nil
  ) {
    self.format = format
    self.shape = shape
    self.records = records
    self.size = size
    self.seededSize = seededSize
    self.digest = digest
    self.seededDigest = seededDigest
    self.parts = parts
    self.separator = separator
  }
}

/// One file of a corpus before and after seeding.
///
/// A part of a tree of source code that has bytes only before was taken out, and one that has bytes only
/// after was planted.
public struct CorpusPart: Sendable, Equatable {
  /// Its name without the folder, as it was written; of source code its path in the tree.
  public let name: String
  /// Bytes of its data before and after; of what is in it where it is compressed.
  public let size: Int64
  public let seededSize: Int64
  /// SHA-256 of the file that was written, as it lies there, 32 bytes.
  public let storedDigest: [UInt8]

  public init(name: String, size: Int64, seededSize: Int64, storedDigest: [UInt8]) {
    self.name = name
    self.size = size
    self.seededSize = seededSize
    self.storedDigest = storedDigest
  }

  /// Whether it is a file of its own that was planted.
  package var isPlanted: Bool { size == 0 && seededSize > 0 }
  /// Whether it is a file that was taken out.
  package var isRemoved: Bool { size > 0 && seededSize == 0 }
}

/// How a corpus file is cut into records.
public enum CorpusFormat: String, Sendable, CaseIterable {
  /// One JSON object per line.
  case jsonLines = "jsonl"
  /// One JSON array, each element a record.
  case jsonArray = "json"
  /// Comma-separated values with a header (RFC 4180).
  case csv
  /// Tab-separated values with a header.
  case tsv
  /// One record per line.
  case text
  /// Records of plain text with blank lines between them.
  case paragraphs
  /// Records of plain text with a stated text between them.
  case separated
  /// Files of source code, each a record.
  case source

  /// All names for messages: `'jsonl', 'json', … or 'source'`.
  public static var names: String {
    let quoted = allCases.filter { $0 != .separated }.map { "'\($0.rawValue)'" }
    return quoted.dropLast().joined(separator: ", ") + " or " + (quoted.last ?? "")
  }

  /// Whether records have no fields.
  public var isPlain: Bool { [.text, .paragraphs, .separated, .source].contains(self) }
}

/// One copy of one canary in the seeded corpus.
public struct Insertion: Sendable, Equatable {
  public let canary: String
  /// Counted from 1.
  public let copy: Int
  /// How many original records stand before it.
  public let slot: Int
  /// Where it begins in the seeded corpus, and its length with its line ending, in bytes.
  public let offset: Int64
  public let length: Int64

  public init(canary: String, copy: Int, slot: Int, offset: Int64, length: Int64) {
    self.canary = canary
    self.copy = copy
    self.slot = slot
    self.offset = offset
    self.length = length
  }
}

/// One record that was taken out of the corpus, to be a non-member.
public struct Removal: Sendable, Equatable {
  /// Its number in the original corpus, from 0.
  public let record: Int
  /// Where it began in the original corpus, in bytes.
  public let offset: Int64
  /// The bytes, line ending included.
  public let bytes: Secret<[UInt8]>

  public init(record: Int, offset: Int64, bytes: Secret<[UInt8]>) {
    self.record = record
    self.offset = offset
    self.bytes = bytes
  }
}
