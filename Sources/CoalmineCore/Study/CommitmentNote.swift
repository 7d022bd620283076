// SPDX-License-Identifier: Apache-2.0

/// That a commitment was made, as the ledger noted it when 'coalmine commit' first ran.
///
/// The time is that of the machine's own clock: it shows nothing to others. What does is the date that a
/// third party noted for the file.
public struct CommitmentNote: Codable, Sendable, Equatable {
  /// RFC 3339 in UTC.
  public let at: String
  /// The version of coalmine that made it.
  public let version: String
  /// The root of the tree over canaries and controls, 64 hexadecimal digits.
  public let root: String
  /// SHA-256 of the commitment's file, 64 hexadecimal digits.
  public let fileDigest: String
  /// Whether a statement about the training was in the ledger already.
  public let trainingWasStated: Bool
  /// How many runs had asked a model something of the study already.
  public let runs: Int

  public init(
    at: String, version: String, root: String, fileDigest: String, trainingWasStated: Bool,
    runs: Int
  ) {
    self.at = at
    self.version = version
    self.root = root
    self.fileDigest = fileDigest
    self.trainingWasStated = trainingWasStated
    self.runs = runs
  }

  /// Whether neither a training was recorded nor a model asked, as far as the ledger knows.
  public var cameFirst: Bool { !trainingWasStated && runs == 0 }
}
