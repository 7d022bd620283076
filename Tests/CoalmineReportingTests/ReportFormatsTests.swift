// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import Testing

/// A format as a test's argument.
struct NamedFormat: Sendable, CustomTestStringConvertible {
  let type: any ReportFormat.Type
  var testDescription: String { type.slug }
  static let all = ReportFormats.all.map { NamedFormat(type: $0) }
  /// Those that show secrets on request.
  static let revealing = all.filter { $0.type.revealed == .secrets }
  /// Those with sentences for people or a flag for them.
  static let warning = all.filter { ["json", "md", "html"].contains($0.type.slug) }
}

@Suite struct `Report formats` {
  @Test(arguments: NamedFormat.all)
  func `a format is found by its name and says what it is`(_ format: NamedFormat) throws {
    #expect(try ReportFormats.format(format.type.slug) == format.type)
    #expect(!format.type.summary.isEmpty && format.type.summary.last != ".")
    #expect(format.type.slug.allSatisfy { $0.isLowercase || $0 == "-" })
  }

  @Test func `names are different`() {
    #expect(Set(ReportFormats.all.map { $0.slug }).count == ReportFormats.all.count)
  }

  @Test(arguments: ["pdf", "HTML", "", "../html", "\u{1B}[31mx"])
  func `an unknown format is refused as a usage error`(_ name: String) throws {
    let error = #expect(throws: CoalmineError.self) { try ReportFormats.format(name) }
    #expect(error?.code == "unknown-format")
    #expect(error?.exit == .usage)
    #expect(
      error?.help == "one of: json, md, html, csv, csv-records, junit, sarif, openmetrics, github")
    #expect(error?.message.unicodeScalars.contains("\u{1B}") == false)
  }

  @Test(arguments: NamedFormat.all, Verdict.allCases)
  func `a file is UTF-8 text and ends with one line feed`(
    _ format: NamedFormat, _ verdict: Verdict
  ) throws {
    let text = try Rendered.text(format.type, SampleReport(verdict).report())
    #expect(text.hasSuffix("\n"))
    #expect(!text.unicodeScalars.contains("\r"))
  }
}
