// SPDX-License-Identifier: Apache-2.0

/// How many copies of each canary a processed corpus holds, and what follows from that.
///
/// Scores keep every canary in the group that it was drawn for, whatever is found here.
public struct ProcessedFindings: Codable, Sendable, Equatable {
  /// One file that was read.
  public struct File: Codable, Sendable, Equatable {
    /// Its name without the folder.
    public let name: String
    /// SHA-256 of the file as it lies there, 64 lower-case hexadecimal digits.
    public let digest: String

    public init(name: String, digest: String) {
      self.name = name
      self.digest = digest
    }
  }

  /// One canary in the processed corpus.
  public struct Presence: Codable, Sendable, Equatable {
    public let canary: String
    public let role: Role
    /// Copies that `seed` wrote; of a held-out canary those with a placeholder for the secret.
    public let planned: Int
    /// Copies with prompt and secret, or, where placeholders were planted, with prompt and placeholder.
    public let intact: Int
    /// Copies whose prompt is there and whose secret, or placeholder, is not.
    public let changed: Int
    /// Copies with the secret of a held-out canary whose copies have placeholders; they are among
    /// ``changed``. `nil` for every other canary, and in results that earlier versions kept.
    public let revealed: Int?

    public init(
      canary: String, role: Role, planned: Int, intact: Int, changed: Int, revealed: Int? = nil
    ) {
      self.canary = canary
      self.role = role
      self.planned = planned
      self.intact = intact
      self.changed = changed
      self.revealed = revealed
    }

    /// Whether the copies that were planned have placeholders.
    public var hasPlaceholders: Bool { role == .heldOut && planned > 0 }

    /// Copies with prompt and secret.
    public var withSecret: Int { hasPlaceholders ? revealed ?? 0 : intact }

    /// Whether the files hold the canary as it was drawn: with every copy, or, held out, with none.
    public var isAsDrawn: Bool {
      planned > 0 ? intact >= planned && (revealed ?? 0) == 0 : intact == 0
    }

    /// Planned copies of which not even the prompt is there.
    public var missing: Int { max(0, planned - intact - changed) }
  }

  /// What follows for the study.
  public enum Conclusion: String, Codable, Sendable, CaseIterable {
    /// Every copy is there and intact, and nothing is there that was kept out.
    case complete
    /// Canaries are there in other numbers than planned.
    case repetitionsChanged = "repetitions-changed"
    /// Held-out canaries or non-members are in the file: nothing is left to compare with.
    case controlsLost = "controls-lost"
    /// No planted canary is there.
    case notThisCorpus = "not-this-corpus"
  }

  /// In the order in which they were read.
  public let files: [File]
  /// Records that were read.
  public let records: Int
  /// In the order of the study.
  public let canaries: [Presence]
  /// Records of the study that were kept out, and those of them that are in the file.
  public let nonmembers: Int
  public let foundNonmembers: Int
  /// Records of the study that were left in, and those of them that are in the file.
  public let members: Int
  public let foundMembers: Int

  public init(
    files: [File], records: Int, canaries: [Presence], nonmembers: Int, foundNonmembers: Int,
    members: Int, foundMembers: Int
  ) {
    self.files = files
    self.records = records
    self.canaries = canaries
    self.nonmembers = nonmembers
    self.foundNonmembers = foundNonmembers
    self.members = members
    self.foundMembers = foundMembers
  }

  /// Held-out canaries whose secret is in the file.
  public var foundHeldOut: [String] { found(.heldOut) }

  /// Canaries of an index alone whose secret is in the file.
  public var foundIndexOnly: [String] { found(.indexOnly) }

  private func found(_ role: Role) -> [String] {
    canaries.filter { $0.role == role && $0.withSecret > 0 }.map(\.canary)
  }

  public var planned: Int { canaries.reduce(0) { $0 + $1.planned } }
  /// Intact copies of canaries that were planted.
  public var intact: Int { canaries.reduce(0) { $0 + ($1.planned > 0 ? $1.intact : 0) } }

  public var conclusion: Conclusion {
    guard canaries.contains(where: { $0.planned > 0 && $0.withSecret > 0 && $0.role != .heldOut })
    else { return .notThisCorpus }
    if !foundHeldOut.isEmpty || !foundIndexOnly.isEmpty || foundNonmembers > 0 {
      return .controlsLost
    }
    let isComplete = canaries.allSatisfy { $0.intact == $0.planned && $0.changed == 0 }
    return isComplete ? .complete : .repetitionsChanged
  }

  /// Canaries with one planned number of copies.
  public struct Level: Codable, Sendable, Equatable {
    public let planned: Int
    public let canaries: Int
    /// Intact copies of all of them, the fewest and the most of one.
    public let found: Int
    public let fewest: Int
    public let most: Int
    /// Canaries without any intact copy.
    public let absent: Int
  }

  /// Planned copies that are not there intact.
  public var lost: Int { canaries.reduce(0) { $0 + max(0, $1.planned - $1.intact) } }
  /// Intact copies of planted canaries beyond the planned ones.
  public var added: Int {
    canaries.reduce(0) { $0 + ($1.planned > 0 ? max(0, $1.intact - $1.planned) : 0) }
  }

  /// Planned and found repetitions, rising.
  public var levels: [Level] {
    Self.levels(canaries.filter { $0.planned > 0 && !$0.hasPlaceholders })
  }

  /// The same of held-out canaries whose copies have placeholders.
  public var placeholderLevels: [Level] { Self.levels(canaries.filter(\.hasPlaceholders)) }

  private static func levels(_ canaries: [Presence]) -> [Level] {
    Dictionary(grouping: canaries, by: \.planned)
      .sorted { $0.key < $1.key }
      .map { planned, canaries in
        let counts = canaries.map(\.intact)
        return Level(
          planned: planned, canaries: canaries.count, found: counts.reduce(0, +),
          fewest: counts.min() ?? 0, most: counts.max() ?? 0, absent: counts.count { $0 == 0 })
      }
  }
}
