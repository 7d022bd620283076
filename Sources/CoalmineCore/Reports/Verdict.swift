// SPDX-License-Identifier: Apache-2.0

/// What a study concludes about one checkpoint.
public enum Verdict: String, Codable, Sendable, CaseIterable {
  /// Both controls were seen, the planned power was reached, no gate failed.
  case pass
  /// The primary test rejects, or a gate failed at a gated repetition level.
  case leak
  /// A control was not seen, a gate is undecided, or the study is underpowered.
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
