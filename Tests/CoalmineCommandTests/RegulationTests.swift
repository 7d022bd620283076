// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// `report --regulations`, by the real program.
@Suite struct `Regulation on request` {
  private static func report(_ small: SmallStudy, _ more: String...) async throws
    -> CoalmineProgram.Outcome
  {
    try await CoalmineProgram.started(
      ["report", "--study", small.study, "--format", "json", "--output", "-"] + more
    ).outcome()
  }

  private static func rows(_ small: SmallStudy, _ more: String...) async throws -> [Bool]? {
    let report = try await CoalmineProgram.started(
      ["report", "--study", small.study, "--format", "json", "--output", "-"] + more
    ).outcome()
    #expect(report.code == 3, "\(report.notes)")
    return (report.json["regulations"] as? [[String: Any]])?.compactMap { $0["verified"] as? Bool }
  }

  @Test func `is off, shows verified rows, shows all, or rows of one's own`() async throws {
    let small = try await SmallStudy(references: 3, samples: 2, defaultSamples: 0)
    #expect(try await Self.rows(small) == nil)
    let verified = try #require(try await Self.rows(small, "--regulations", "verified"))
    #expect(verified.count >= 2 && verified.allSatisfy { $0 })
    let all = try #require(try await Self.rows(small, "--regulations", "all"))
    #expect(all.count > verified.count && all.contains(false))
    let row = """
      regulations:
        - instrument: Our rules
          article: section 4
          asks: a test
          speaks: the verdict
          lacks: all else
          source: https://rules.example/
          checked: 2026-11-27
          verified: true
      """
    let own = try small.folder.write(row, to: "own.yaml")
    #expect(
      try await Self.rows(small, "--regulations", "all", "--regulations-file", own) == [true])
    let bad = try small.folder.write(
      row.replacing("the verdict", with: "we are compliant"), to: "bad.yaml")
    let refused = try await Self.report(
      small, "--regulations", "all", "--regulations-file", bad)
    #expect(refused.code == 78 && refused.notes.contains("bad.yaml"), "\(refused.notes)")
    let alone = try await Self.report(small, "--regulations-file", own)
    #expect(alone.code == 64 && alone.notes.contains("needs '--regulations"), "\(alone.notes)")
    let word = try await Self.report(small, "--regulations", "some")
    #expect(word.code == 64, "\(word.notes)")
  }
}
