// SPDX-License-Identifier: Apache-2.0

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

  @Test func `JSON and page show secrets when they are asked for, one a canary`() throws {
    let report = SampleReport(.leak).report()
    let canaries = report.result.canaries.count
    for format in [JSONFormat.self, HTMLFormat.self] as [any ReportFormat.Type] {
      let text = try Rendered.text(format, report, reveal: true)
      #expect(text.ranges(of: Self.secret).count == canaries)
    }
    #expect(try Rendered.html(report, reveal: true).contains("Secrets are shown on request."))
    #expect(try Rendered.html(report).contains("Secrets are redacted."))
    #expect(try Rendered.html(report).ranges(of: "18 bytes, redacted").count == canaries)
  }

  @Test func `revealing adds secrets to the JSON and changes nothing else`() throws {
    let report = SampleReport(.leak).report()
    let hidden = try Rendered.text(JSONFormat.self, report)
    let shown = try Rendered.text(JSONFormat.self, report, reveal: true)
    let without = shown.split(separator: "\n").filter { !$0.contains("\"secret\": ") }
    #expect(without == hidden.split(separator: "\n"))
  }

  @Test func `Markdown goes where many read it and never shows a secret`() throws {
    let text = try Rendered.markdown(SampleReport(.leak).report(), reveal: true)
    #expect(!text.contains(Self.secret))
  }

  @Test func `a secret that is no text is shown repaired`() throws {
    let report = SampleReport(.leak).report()
    let canary = report.result.canaries[0].with(secret: [0x61, 0xFF, 0x62])
    let changed = Report(result: report.result.with(canaries: [canary]), run: report.run)
    #expect(try Rendered.html(changed, reveal: true).contains("<td>a\u{FFFD}b</td>"))
    let root = try Rendered.json(changed, reveal: true)
    #expect(root["result"]?["canaries"]?.elements?.first?["secret"]?.string == "a\u{FFFD}b")
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
