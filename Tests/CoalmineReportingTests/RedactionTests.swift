// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineReporting
import Foundation
import Testing

@Suite struct `Redaction` {
  private static let secret = SampleCanaries.secret

  @Test(arguments: NamedFormat.all)
  func `no report holds a secret that nobody asked for`(_ format: NamedFormat) throws {
    let text = try Rendered.text(format.type, SampleReport(.leak).report())
    #expect(!text.contains(Self.secret))
    // Nor one of its parts.
    for part in Self.secret.split(separator: "-") { #expect(!text.contains(part)) }
  }

  @Test(arguments: NamedFormat.all)
  func `a format that cannot hold secrets is the same file when they are asked for`(
    _ format: NamedFormat
  ) throws {
    let report = SampleReport(.leak).report()
    let hidden = try Rendered.text(format.type, report)
    #expect(
      try (Rendered.text(format.type, report, reveal: true) == hidden)
        == (format.type.revealed == .nothing))
  }

  @Test(arguments: NamedFormat.revealing)
  func `every format shows every secret when they are asked for`(_ format: NamedFormat) throws {
    for verdict in Verdict.allCases {
      let report = SampleReport(verdict).report()
      let text = try Rendered.text(format.type, report, reveal: true)
      #expect(text.ranges(of: Self.secret).count == report.result.canaries.count)
    }
  }

  @Test(arguments: NamedFormat.all)
  func `texts of records and names of groups stand in the table of records alone, on request`(
    _ format: NamedFormat
  ) throws {
    let report = SampleReport(.leak).report()
    for reveal in [false, true] {
      let text = try Rendered.text(format.type, report, reveal: reveal)
      let shows = reveal && format.type.revealed == .recordTexts
      let expected = shows ? report.result.records.count : 0
      #expect(text.ranges(of: SampleMembership.text).count == expected)
      #expect(text.contains("customer Orlovsky") == shows)
    }
  }

  @Test(arguments: NamedFormat.warning)
  func `a report with secrets says so before anything else, and no other does`(
    _ format: NamedFormat
  ) throws {
    let report = SampleReport(.leak).report()
    let warning =
      format.type.slug == "json" ? "\"holds_secrets\": true" : "holds the planted secrets in clear"
    let shown = try Rendered.text(format.type, report, reveal: true)
    let place = try #require(shown.range(of: warning))
    let first = try #require(shown.range(of: SampleReport(.leak).firstSentence))
    #expect(place.lowerBound < first.lowerBound)
    #expect(try !Rendered.text(format.type, report).contains(warning))
  }

  @Test func `the page says of every secret whether it is shown`() throws {
    let report = SampleReport(.leak).report()
    let canaries = report.result.canaries.count
    #expect(try Rendered.html(report, reveal: true).contains("Secrets are shown on request."))
    #expect(try Rendered.html(report).contains("Secrets are redacted."))
    #expect(try Rendered.html(report).ranges(of: "18 bytes, redacted").count == canaries)
  }

  @Test func `revealing adds secrets to the JSON and changes nothing else`() throws {
    let report = SampleReport(.leak).report()
    let hidden = try Rendered.text(JSONFormat.self, report)
    let shown = try Rendered.text(JSONFormat.self, report, reveal: true)
    let without = shown.replacing("\"holds_secrets\": true", with: "\"holds_secrets\": false")
      .split(separator: "\n").filter {
        !$0.contains("\"secret\": ") && !$0.contains("\"clear\": ")
      }
    #expect(without == hidden.split(separator: "\n"))
  }

  @Test(arguments: HostileText.all)
  func `a secret stands in each format as the text it is`(_ hostile: HostileText.Sample) throws {
    let report = SampleReport(.leak).report()
    let canary = report.result.canaries[0].with(secret: Array(hostile.text.utf8))
    let changed = Report(result: report.result.with(canaries: [canary]), run: report.run)
    // Controls and invisible characters are shown in the two that people read.
    let shown = terminalSafe(hostile.text)
    let page = PageStructure(try Rendered.html(changed, reveal: true))
    #expect(PageStructure.decoded(page.text).contains(shown))
    let list = try Rendered.markdown(changed, reveal: true).components(
      separatedBy: "## Planted secrets\n\n- ")
    #expect(MarkdownReader.spans(try #require(list.last)) == [shown])
    let root = try Rendered.json(changed, reveal: true)
    let secret = root["result"]?["canaries"]?.elements?.first?["secret"]
    #expect(secret?.stringBytes == Array(hostile.text.utf8))
  }

  @Test func `a secret that is no text is shown repaired`() throws {
    let report = SampleReport(.leak).report()
    let canary = report.result.canaries[0].with(secret: [0x61, 0xFF, 0x62])
    let changed = Report(result: report.result.with(canaries: [canary]), run: report.run)
    #expect(try Rendered.html(changed, reveal: true).contains("<td>a\u{FFFD}b</td>"))
    let root = try Rendered.json(changed, reveal: true)
    #expect(root["result"]?["canaries"]?.elements?.first?["secret"]?.string == "a\u{FFFD}b")
    #expect(try Rendered.markdown(changed, reveal: true).contains(": `a\u{FFFD}b`\n"))
  }
}

extension CanaryResult {
  /// The same canary with another secret.
  func with(secret: [UInt8]) -> CanaryResult {
    CanaryResult(
      id: id, kind: kind, role: role, repetitions: repetitions, secretBits: secretBits,
      secret: Secret(secret), secretLogProbability: secretLogProbability,
      tunedMinusBase: tunedMinusBase, exposure: exposure, massBoundBits: massBoundBits,
      greedy: greedy, sampled: sampled, defaults: defaults, caveats: caveats)
  }
}
