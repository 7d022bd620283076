// SPDX-License-Identifier: Apache-2.0

/// Who planted the canaries of a study.
public enum StudyOrigin: Sendable, Equatable {
  /// `seed`, into a corpus that it knows byte for byte.
  case seeded(Manifest)
  /// Somebody else, before the study: nothing is known of the corpus.
  case imported(ImportFacts)

  /// The same without what only a ledger needs.
  public var kind: Kind {
    switch self {
    case .seeded: .seeded
    case .imported: .imported
    }
  }

  public enum Kind: String, Codable, Sendable, CaseIterable {
    case seeded
    case imported
  }
}

/// The files that an imported study was read from, and what its importer states.
public struct ImportFacts: Sendable, Equatable {
  /// SHA-256 of the canaries' file, 32 bytes.
  public let canariesDigest: [UInt8]
  /// The same of the records' files; `nil` where no records were imported.
  public let recordDigests: RecordDigests?
  /// Whether the importer states that chance alone decided which canaries were inserted.
  public let assignmentIsRandom: Bool
  /// Whether the importer states that every secret was drawn uniformly from its space.
  public let secretsAreUniform: Bool

  /// SHA-256 of the files of members and non-members, 32 bytes each.
  public struct RecordDigests: Sendable, Equatable {
    public let members: [UInt8]
    public let nonmembers: [UInt8]

    public init(members: [UInt8], nonmembers: [UInt8]) {
      self.members = members
      self.nonmembers = nonmembers
    }
  }

  public init(
    canariesDigest: [UInt8], recordDigests: RecordDigests?, assignmentIsRandom: Bool = false,
    secretsAreUniform: Bool = false
  ) {
    self.canariesDigest = canariesDigest
    self.recordDigests = recordDigests
    self.assignmentIsRandom = assignmentIsRandom
    self.secretsAreUniform = secretsAreUniform
  }
}
