// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import Foundation
import Testing

/// Whole files as they were reviewed. `COALMINE_REWRITE_GOLDENS=1 swift test` writes them anew:
/// read the difference before keeping it.
@Suite(.serialized) struct `Golden files` {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let report: Report
    let format: any ReportFormat.Type
    var file: String { "\(name).\(format.slug)" }
    var testDescription: String { file }
  }

  static let cases: [Case] =
    Verdict.allCases.flatMap { verdict in
      let report = SampleReport(verdict).report()
      let formats: [any ReportFormat.Type] =
        verdict == .leak ? ReportFormats.all : [MarkdownFormat.self]
      return formats.map { Case(name: verdict.rawValue, report: report, format: $0) }
    }
    + ReportFormats.all.map {
      Case(name: "hostile", report: SampleReport.hostile(HostileText.everything), format: $0)
    }

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Goldens")

  @Test(arguments: cases) func `a report is the reviewed file to the byte`(_ golden: Case) throws {
    let written = try golden.format.render(golden.report, options: ReportOptions())
    let file = Self.folder.appending(path: golden.file)
    if ProcessInfo.processInfo.environment["COALMINE_REWRITE_GOLDENS"] == "1" {
      try Data(written).write(to: file)
    }
    let reviewed = try String(decoding: Data(contentsOf: file), as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    let lines = String(decoding: written, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    for (number, (line, expected)) in zip(lines, reviewed).enumerated() {
      guard Array(line.utf8) == Array(expected.utf8) else {
        Issue.record("\(golden.file) differs first in line \(number + 1):\n\(line)\n\(expected)")
        return
      }
    }
    #expect(lines.count == reviewed.count, "the shorter one is the beginning of the other")
  }

  @Test func `every golden file belongs to a case, and every format has one`() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(Set(files) == Set(Self.cases.map(\.file)))
    #expect(Set(Self.cases.map { $0.format.slug }) == Set(ReportFormats.all.map { $0.slug }))
  }

  @Test(arguments: cases) func `rendering twice gives the same bytes`(_ golden: Case) throws {
    let first = try golden.format.render(golden.report, options: ReportOptions())
    #expect(try golden.format.render(golden.report, options: ReportOptions()) == first)
  }
}
