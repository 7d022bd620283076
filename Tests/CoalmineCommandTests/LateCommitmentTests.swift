// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What a report says of a commitment that came late, or never, by the real program.
@Suite struct `A commitment in reports` {
  private static func page(_ small: SmallStudy) async throws -> String {
    let report = try await CoalmineProgram.run(
      "report", "--study", small.study, "--format", "md", "--output", "-")
    #expect(report.code == 3, "\(report.notes)")
    return report.text
  }

  @Test func `is missing, then late: the report says so and how to check it`() async throws {
    let small = try await SmallStudy(references: 3, samples: 2, defaultSamples: 0)
    let none = try await Self.page(small)
    #expect(none.contains("commitment: none is noted: nobody else can check"))
    #expect(!none.contains("commitment, root"))
    let trained = try await CoalmineProgram.run(
      "trained", "--study", small.study, "--model", "m", "--epochs", "1")
    #expect(trained.code == 0, "\(trained.notes)")
    let commit = try await CoalmineProgram.run(
      "commit", "--study", small.study, "--output", small.folder.file("commitment.json"), "--json")
    #expect(commit.code == 0, "\(commit.notes)")
    let late = try await Self.page(small)
    #expect(late.contains("commitment, root: \(commit.json["root"] as? String ?? "-")"))
    #expect(late.contains("after a training was recorded"))
    #expect(late.contains("it shows nothing about what was fixed before."))
    #expect(late.contains("coalmine verify --commitment FILE --study STUDY"))
    #expect(!late.contains("none is noted"))
  }
}
