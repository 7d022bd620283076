// SPDX-License-Identifier: Apache-2.0

/// What was dropped from a study when it was retired, and what still stands for it.
public struct Retirement: Codable, Sendable, Equatable {
  /// RFC 3339 in UTC.
  public let at: String
  /// The version of coalmine that computed the results that are kept.
  public let version: String
  /// Raw replies whose bodies and headers were dropped; the digest and the length of each are kept.
  public let replies: Int
  /// Answers in words that were dropped; of each it is kept how it ended.
  public let writtenAnswers: Int
  /// Rank searches of which the steps were dropped.
  public let rankSearches: Int
  /// Secrets that were dropped: planted, held-out and in-context ones.
  public let secrets: Int
  /// Texts of marked records, and records that were taken out of the corpus.
  public let recordTexts: Int
  /// SHA-256 over the digests of everything in the ledger before, 64 hexadecimal digits: by it a copy of
  /// the whole ledger is known again.
  public let sealDigest: String
  /// The root of the commitment, 64 hexadecimal digits, as 'coalmine commit' gave it.
  public let commitmentRoot: String

  public init(
    at: String, version: String, replies: Int, writtenAnswers: Int, rankSearches: Int, secrets: Int,
    recordTexts: Int, sealDigest: String, commitmentRoot: String
  ) {
    self.at = at
    self.version = version
    self.replies = replies
    self.writtenAnswers = writtenAnswers
    self.rankSearches = rankSearches
    self.secrets = secrets
    self.recordTexts = recordTexts
    self.sealDigest = sealDigest
    self.commitmentRoot = commitmentRoot
  }
}

extension CodingUserInfoKey {
  /// A `@Sendable (String) -> String` that takes out of evidence what must not be stored.
  package static let withholding = CodingUserInfoKey(rawValue: "withholding")!
}

extension Encoder {
  /// Evidence as it may be stored: a server's words can repeat a text that it was sent.
  func withholding(_ evidence: String) -> String {
    (userInfo[.withholding] as? @Sendable (String) -> String)?(evidence) ?? evidence
  }
}
