// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// A number that is higher where a record is more likely a member of the training data.
///
/// One file per score and a line in ``MembershipScores``.
package protocol MembershipScore: Sendable {
  /// The name in reports, `min-k`.
  static var slug: String { get }
  /// One line for people.
  static var summary: String { get }
  /// Author, year, section.
  static var source: String { get }
  /// What the study must have asked, so that a report can say why the score is absent.
  static var needs: Set<MembershipNeed> { get }
  /// The score of one record; **higher means more likely a member**.
  static func score(_ record: ScoredRecord) -> Outcome<Double>
}

/// Every membership score.
package enum MembershipScores {
  /// In the order of reports.
  package static let all: [any MembershipScore.Type] = [
    LossScore.self, ZlibScore.self, ZlibTotalScore.self, MinKScore.self, ReferenceScore.self,
    ReferenceRatioScore.self, ErrorZoneScore.self, CorpusCalibratedScore.self,
    RelativeLikelihoodScore.self, LowercaseScore.self, RecallScore.self, MinKPlusPlusScore.self,
    SurprisingTokenScore.self,
  ]
}
