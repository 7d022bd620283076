// SPDX-License-Identifier: Apache-2.0

/// What was measured of one marked record of the corpus.
///
///     let loss = report.result.records[0].scores.first { $0.name == "loss" }?.value
public struct RecordResult: Codable, Sendable {
  /// Discloses nothing: `record-000123`.
  public let id: String
  public let membership: CorpusRecord.Membership
  /// The name of its group, as the corpus spells it; it can be a person's.
  public let group: Secret<[UInt8]>?
  /// Which of the study's groups it is, from 1, in the order of the ids of their first records;
  /// `nil` without a group.
  public let groupNumber: Int?
  /// The text; printed only with `--reveal`.
  public let text: Secret<[UInt8]>
  public let tokens: Outcome<Tokens>
  /// One per membership score, in the order of ``StudyResult/membership``; higher means more likely
  /// a member.
  public let scores: [Score]

  /// The tokens that were scored.
  public struct Tokens: Codable, Sendable, Equatable {
    /// Tokens with a log-probability that counts, at least 2.
    public let count: Int
    /// Bytes of the text that the tokens cover, the first one included.
    public let bytes: Int
    /// The sum of the log-probabilities that count, in nats, at most 0; it can be −∞.
    public let nats: Double

    public init(count: Int, bytes: Int, nats: Double) {
      self.count = count
      self.bytes = bytes
      self.nats = nats
    }
  }

  /// One membership score of one record.
  public struct Score: Codable, Sendable, Equatable {
    /// The score's slug, `min-k`.
    public let name: String
    public let value: Outcome<Double>

    public init(name: String, value: Outcome<Double>) {
      self.name = name
      self.value = value
    }
  }

  public init(
    id: String, membership: CorpusRecord.Membership, group: Secret<[UInt8]>?, groupNumber: Int?,
    text: Secret<[UInt8]>, tokens: Outcome<Tokens>, scores: [Score]
  ) {
    self.id = id
    self.membership = membership
    self.group = group
    self.groupNumber = groupNumber
    self.text = text
    self.tokens = tokens
    self.scores = scores
  }
}
