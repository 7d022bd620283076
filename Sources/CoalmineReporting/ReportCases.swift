// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The report as cases that a pipeline can pass or fail: the verdict, each test that decides, each
/// gate. JUnit, SARIF and annotations show the same ones.
///
/// Only a verdict of `pass` passes: a study without a conclusion is an error, never green.
struct ReportCase: Sendable, Equatable {
  /// What became of it.
  enum State: String, Sendable, CaseIterable {
    case passed
    /// A leak was found, or a gate failed.
    case failed
    /// Nothing can be concluded.
    case undecided
    /// It was not measured, or it found nothing in a study that does not pass: the verdict says what
    /// follows.
    case silent
  }

  /// `verdict`, `rank`, `gate-verbatim-secrets-1`.
  let name: String
  let state: State
  /// One line.
  let message: String
  /// What it means, for the verdict; else empty.
  let details: [String]

  static func all(_ result: StudyResult) -> [ReportCase] {
    var cases = [
      ReportCase(
        name: "verdict", state: state(result.verdict), message: ReportProse.headline(result),
        details: [ReportProse.meaning(result)]
          + result.findings.map {
            "\(ReportProse.sort($0.sort)): " + FindingText.sentence($0, in: result)
          })
    ]
    for component in result.decision.components where component.decides {
      cases.append(
        ReportCase(
          name: component.component.rawValue,
          state: component.findsLeak ? .failed : result.verdict == .pass ? .passed : .silent,
          message: ComponentText.name(component.component) + ": "
            + ComponentText.numbers(component, result.decision),
          details: []))
    }
    for gate in result.gates {
      cases.append(
        ReportCase(
          name: "gate-\(gate.gate.measure.rawValue)-\(gate.gate.repetitions)",
          state: state(gate.state), message: GateText.sentence(gate), details: []))
    }
    return cases
  }

  private static func state(_ verdict: Verdict) -> State {
    switch verdict {
    case .pass: .passed
    case .leak: .failed
    case .inconclusive, .incomplete: .undecided
    }
  }

  private static func state(_ gate: GateResult.State) -> State {
    switch gate {
    case .passed: .passed
    case .failed: .failed
    case .open, .notMeasured: .undecided
    }
  }
}
