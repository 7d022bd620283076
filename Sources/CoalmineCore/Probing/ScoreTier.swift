// SPDX-License-Identifier: Apache-2.0

/// How much an endpoint tells, from text alone to the probability of a given text.
public enum ScoreTier: Int, Sendable, Comparable, CaseIterable {
  /// It answers in its own chat turn.
  case chatText
  /// It continues our text.
  case continuedText
  /// It gives log-probabilities of what it wrote.
  case generatedLogprob
  /// The log-probability of a wanted token can be read step by step.
  case walk
  /// It scores a text that it is given.
  case teacherForced

  public static func < (left: ScoreTier, right: ScoreTier) -> Bool {
    left.rawValue < right.rawValue
  }

  /// The name in reports: `chat-text`, …, `teacher-forced`.
  public var slug: String {
    switch self {
    case .chatText: "chat-text"
    case .continuedText: "continued-text"
    case .generatedLogprob: "generated-logprob"
    case .walk: "walk"
    case .teacherForced: "teacher-forced"
    }
  }
}
