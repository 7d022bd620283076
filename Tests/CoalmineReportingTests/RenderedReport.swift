// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineReporting
import Testing

/// Reports as the formats write them.
enum Rendered {
  static func text(_ format: any ReportFormat.Type, _ report: Report, reveal: Bool = false) throws
    -> String
  {
    let bytes = try format.render(report, options: ReportOptions(reveal: reveal))
    return try #require(String(validating: bytes, as: UTF8.self))
  }

  static func html(_ report: Report, reveal: Bool = false) throws -> String {
    try text(HTMLFormat.self, report, reveal: reveal)
  }

  static func markdown(_ report: Report, reveal: Bool = false) throws -> String {
    try text(MarkdownFormat.self, report, reveal: reveal)
  }

  static func json(_ report: Report, reveal: Bool = false) throws -> JSONNode {
    try JSONDocument(
      parsing: JSONFormat.render(report, options: ReportOptions(reveal: reveal))
    ).root
  }
}

extension StudyResult {
  /// The same result with other canaries.
  func with(
    canaries: [CanaryResult], levels: [RepetitionLevelResult]? = nil,
    chanceBaseline: ChanceBaseline? = nil
  )
    -> StudyResult
  {
    StudyResult(
      verdict: verdict, runVerdict: runVerdict, runOutcomes: runOutcomes, findings: findings,
      study: study, decision: decision, checks: checks, answers: answers, gates: gates,
      canaries: canaries, levels: levels ?? self.levels,
      chanceBaseline: chanceBaseline ?? self.chanceBaseline,
      membership: membership,
      offTargetMatches: offTargetMatches, endpoints: endpoints, caveats: caveats,
      notMeasured: notMeasured, doseResponse: doseResponse, rateComparisons: rateComparisons)
  }
}
