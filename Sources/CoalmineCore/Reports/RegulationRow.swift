// SPDX-License-Identifier: Apache-2.0

/// A text of law, guidance or a standard that a report speaks to.
///
/// It says what of the report speaks to the text and what does not; never that a duty is met.
public struct RegulationRow: Sendable, Equatable {
  /// The text with its edition, `GDPR, Regulation (EU) 2016/679`.
  public let instrument: String
  /// The place in it, `Article 32(1)(d)`.
  public let article: String
  /// What it asks for, in words of the table's author.
  public let asks: String
  /// The parts of a report that speak to it.
  public let speaks: String
  /// What a report does not show of it.
  public let lacks: String
  /// Where its publisher has it, a URL.
  public let source: String
  /// Where it was read, if not there.
  public let readAt: String?
  /// The day on which it was read, `2026-11-27`.
  public let checked: String
  /// Whether it was read at its publisher on that day.
  public let isVerified: Bool

  public init(
    instrument: String, article: String, asks: String, speaks: String, lacks: String,
    source: String, readAt: String? = nil, checked: String, isVerified: Bool
  ) {
    self.instrument = instrument
    self.article = article
    self.asks = asks
    self.speaks = speaks
    self.lacks = lacks
    self.source = source
    self.readAt = readAt
    self.checked = checked
    self.isVerified = isVerified
  }
}

/// Which rows of a table of regulation a report shows.
public enum RegulationChoice: String, Sendable, CaseIterable {
  /// Those that were read at their publisher.
  case verified
  /// All, each with its state.
  case all
}
