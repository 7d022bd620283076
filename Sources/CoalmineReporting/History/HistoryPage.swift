// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Mustache

/// A history as one static page, by the rules of ``HTMLFormat``: no script, nothing loaded.
public enum HistoryPage {
  /// What the template shows.
  private struct View {
    let style: PageText
    let styleDigest: PageText
    let summary: PageText
    let plot: PageText?
    let table: ReportTable
    let changes: [PageText]
    let writtenAt: PageText
  }

  /// - Parameters:
  ///   - rows: in the order of their dates.
  ///   - now: RFC 3339 in UTC.
  /// - Throws: ``CoalmineError`` with code `report-not-written` where the template is malformed.
  public static func render(_ rows: [HistoryRow], version: String, now: String)
    throws(CoalmineError) -> [UInt8]
  {
    let style = EmbeddedText.named("report.css")
    let numbered = rows.enumerated().map { place, row in
      [String(place + 1)] + HistoryText.cells(row)
    }
    let view = View(
      style: PageText(markup: style),
      styleDigest: PageText(HTMLFormat.base64(sha256(Array(style.utf8)))),
      summary: PageText(summary(rows)),
      plot: HistoryPlot(rows: rows).svg().map { PageText(markup: $0) },
      table: ReportTable(
        "Runs of tuned models, the oldest first", ["row"] + HistoryText.columns, numbered,
        style: .tight),
      changes: HistoryText.changes(rows).map { PageText($0) },
      writtenAt: PageText("Written \(now) by coalmine \(version)."))
    do {
      let library = MustacheLibrary(templates: [
        "history": try MustacheTemplate(string: EmbeddedText.named("history.mustache")),
        "table": try MustacheTemplate(string: EmbeddedText.named("table.mustache")),
      ])
      if let page = library.render(view, withTemplate: "history") { return Array(page.utf8) }
    } catch {}
    throw CoalmineError(
      code: "report-not-written", "the page's template is malformed", exit: .internalError)
  }

  private static func summary(_ rows: [HistoryRow]) -> String {
    let counts = Verdict.allCases.compactMap { verdict -> String? in
      let count = rows.count { $0.verdict == verdict }
      return count > 0 ? "\(count) \(verdict.rawValue)" : nil
    }
    guard !counts.isEmpty else { return "No tuned model was asked yet." }
    return "\(Prose.count(rows.count, "run", "runs")) of tuned models: "
      + counts.joined(separator: ", ") + "."
  }
}

extension HistoryText {
  /// A history as JSON: `null` where nothing was measured.
  package static func json(_ rows: [HistoryRow]) throws -> [UInt8] {
    var writer = JSONWriter(pretty: true)
    try writer.object { fields in
      try fields.array("runs") { list in
        for row in rows {
          try list.object { object in
            try object.field("date", row.date)
            try object.field("study", row.study)
            try object.field("run", row.run)
            try object.field("model", row.model)
            try object.field("segment", row.segment)
            try object.field("change", row.change)
            try object.field("verdict", row.verdict.rawValue)
            try object.field("rank_p_value", row.rankP)
            try object.field("rank_auc", row.rankAUC)
            try object.field("extracted", row.extraction?.hits)
            try object.field("extraction_trials", row.extraction?.trials)
            try object.field("extraction_lower", row.extraction?.interval.lower)
            try object.field("extraction_upper", row.extraction?.interval.upper)
            try object.field("membership_auc", row.membershipAUC)
            try object.field("membership_auc_lower", row.membershipInterval?.lower)
            try object.field("membership_auc_upper", row.membershipInterval?.upper)
          }
        }
      }
    }
    return writer.bytes
  }
}
