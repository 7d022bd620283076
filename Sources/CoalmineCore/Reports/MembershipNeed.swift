// SPDX-License-Identifier: Apache-2.0

/// What a study must have asked so that a membership score can be taken.
public enum MembershipNeed: String, Codable, Sendable, CaseIterable, Comparable {
  /// The log-probabilities of the records' tokens under the tuned model.
  case scoredText = "scored-text"
  /// The same under the base model.
  case baseRun = "base-run"
  /// The distribution of the next token at every place of a record.
  case nextTokenRows = "next-token-rows"
  /// Questions about other texts than the records themselves.
  case furtherQuestions = "further-questions"

  public static func < (left: MembershipNeed, right: MembershipNeed) -> Bool {
    left.place < right.place
  }

  private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
