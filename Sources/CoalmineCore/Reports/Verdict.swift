// SPDX-License-Identifier: Apache-2.0

/// What a study concludes about one checkpoint.
public enum Verdict: String, Sendable, CaseIterable {
  /// Both controls were seen, the planned power was reached, no gate failed.
  case pass
  /// The primary test rejects, or a gate failed at a gated dose.
  case leak
  /// A control was not seen, a gate stayed open, or the study is too small.
  case inconclusive
  /// Answers are missing.
  case incomplete

  /// The exit code that goes with it.
  public var exit: ExitCode {
    switch self {
    case .pass: .success
    case .leak: .leak
    case .inconclusive: .inconclusive
    case .incomplete: .incomplete
    }
  }
}

/// One reason for a verdict, or one fact beside it.
public struct Finding: Sendable, Equatable {
  /// A stable slug, `primary-test-rejects`.
  public let slug: String
  /// What was found, in one plain sentence.
  public let sentence: String

  public init(_ slug: String, _ sentence: String) {
    self.slug = slug
    self.sentence = sentence
  }
}
