// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import CoalmineStatistics
import Testing

@Suite struct `History` {
  private func row(
    _ day: Int, study: String = "a.coalmine", model: String = "m", segment: Int = 1,
    change: String? = nil, auc: Double? = 0.5, hits: Int? = 1
  ) throws -> HistoryRow {
    HistoryRow(
      date: "2026-01-0\(day)T00:00:00Z", study: study, run: 1, model: model, segment: segment,
      change: change, verdict: .pass, rankP: auc.map { _ in 0.25 }, rankAUC: auc,
      extraction: try hits.map {
        try Rate(hits: $0, trials: 36, interval: clopperPearson($0, of: 36))
      },
      membershipAUC: auc, membershipInterval: Interval(lower: 0.4, upper: 0.6, level: 0.95))
  }

  private func page(_ rows: [HistoryRow]) throws -> String {
    String(
      decoding: try HistoryPage.render(rows, version: "0", now: "2026-01-09T00:00:00Z"),
      as: UTF8.self)
  }

  @Test func `the page loads nothing, runs nothing and escapes every name`() throws {
    let hostile = "<script>alert(1)</script>\u{202E}\"'&"
    let text = try page([
      row(1, study: hostile, model: hostile),
      row(2, study: hostile, model: hostile, segment: 2, change: hostile),
    ])
    #expect(text.contains("default-src 'none'"))
    #expect(!text.contains("<script") && !text.contains("\u{202E}"))
    #expect(
      !text.contains(" style=") && !text.contains("http:") && !text.contains("https:"),
      "nothing but classes")
    #expect(text.contains("&lt;script&gt;"))
    // The only style is the one whose digest the policy names.
    #expect(text.components(separatedBy: "<style>").count == 2)
  }

  @Test func `a row has a mark per panel, and a rule where the model changed`() throws {
    let text = try page([
      row(1), row(2, auc: 0.9, hits: 36), row(3, segment: 2, change: "another build"),
      row(4, segment: 2, auc: nil, hits: nil),
    ])
    #expect(text.ranges(of: "<circle").count == 3)
    #expect(text.ranges(of: "class=\"dot second\"").count == 3)
    #expect(text.ranges(of: "class=\"absent\"").count == 2)
    #expect(text.ranges(of: "rule ceiling").count == 1)
    #expect(text.contains("Segment 2 begins at 2026-01-03T00:00:00Z: another build."))
    #expect(text.contains("36 of 36 (90.2%–100.0%)"))
    #expect(text.contains("Row 4: rank AUC not measured, extraction not measured."))
  }

  @Test func `without a value there is no picture`() throws {
    let text = try page([row(1, auc: nil, hits: nil)])
    #expect(!text.contains("<svg") && text.contains("No change of the model was seen"))
    #expect(try page([]).contains("No tuned model was asked yet."))
  }
}
