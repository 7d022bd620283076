// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Markdown for a job summary or a pull request.
///
/// Everything that comes from outside is escaped, so that it renders as the text it is: no link,
/// no image, no HTML.
public enum MarkdownFormat: ReportFormat {
  public static let slug = "md"
  public static let summary = "Markdown for a job summary or a pull request"

  public static func render(_ report: Report, options: ReportOptions) throws(CoalmineError)
    -> [UInt8]
  {
    let result = report.result
    var page = Page()
    page.heading(1, ReportProse.headline(result.verdict))
    page.paragraph(escape(ReportProse.runLine(result.study)) + ".")
    page.paragraph(ReportProse.meaning(result.verdict))
    page.list(result.findings.map { escape($0.sentence) })
    page.heading(2, "Primary test")
    page.paragraph(primaryTest(result.primaryTest))
    page.heading(2, "Controls")
    page.list([result.controls.training, result.controls.chain].map { escape($0.sentence) })
    page.heading(2, "By repetition")
    page.table(
      ["copies in the corpus", "canaries", "median exposure, bits", "at ceiling", "greedy", "sampled"],
      result.doses.map { dose in
        [
          ReportProse.dose(dose.role, dose.repetitions), String(dose.canaries),
          ReportProse.number(dose.medianExposureBits), String(dose.atCeiling),
          ReportProse.rate(dose.greedy), ReportProse.rate(dose.sampled),
        ]
      })
    page.paragraph(
      "Where nothing leaked, one exposure has mean "
        + "\(Prose.decimal(result.nullLine.meanBits, 2)) bits, and the largest of "
        + "\(result.nullLine.canaries) has median "
        + "\(Prose.decimal(result.nullLine.medianMaximumBits, 1)) bits.")
    membership(result, &page)
    page.heading(2, "Caveats")
    page.list(result.caveats.map { "`\($0.slug)`: " + escape($0.evidence) })
    page.heading(2, "Not measured")
    page.list(result.notMeasured.map { "`\($0.slug)`: " + escape($0.sentence) })
    page.heading(2, "What this report does not show")
    page.list(ReportProse.limits)
    page.list(ReportProse.attackClasses(result).map { "\($0.name): \($0.state)" })
    page.heading(2, "Runs")
    page.table(
      ["run", "model", "endpoint", "asked", "complete", "used here"],
      result.study.runs.map { run in
        [
          "\(run.number) (\(run.role.rawValue))", escape(run.model), escape(run.endpoint),
          escape(run.probeSet), run.complete ? "yes" : "no", run.used ? "yes" : "no",
        ]
      })
    page.paragraph(
      "coalmine \(escape(report.run.version)), written \(escape(report.run.writtenAt)), study "
        + "`\(result.study.id)`.")
    return Array(page.text.utf8)
  }

  private static func membership(_ result: StudyResult, _ page: inout Page) {
    guard !result.membership.isEmpty else { return }
    page.heading(2, "Membership of corpus records")
    page.table(
      ["score", "members", "held out", "AUC", "95% interval"],
      result.membership.map { score in
        let auc = ReportProse.auc(score)
        return [
          score.score, String(score.members), String(score.nonmembers), auc.value, auc.interval,
        ]
      })
  }

  private static func primaryTest(_ test: PrimaryTestResult) -> String {
    let groups = "\(test.inserted) inserted against \(test.heldOut) held-out canaries"
    guard let value = test.outcome.value else {
      return "\(test.name) over \(test.score), \(groups): "
        + escape(test.outcome.reason?.evidence ?? test.outcome.status) + "."
    }
    return "\(test.name) over \(test.score), \(groups): share of pairs "
      + "\(Prose.decimal(value.statistic, 3)), \(Prose.pValue(value.pValue)) at alpha "
      + "\(Prose.decimal(test.alpha, 3))."
  }

  /// Text as Markdown that renders as that text: a character reference for every ASCII mark that
  /// Markdown, HTML or a table could act on, and a space for every control.
  package static func escape(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", " ", ",", ";", "%", "=", "'", "\"", "/", "?":
        result.unicodeScalars.append(scalar)
      case ":":
        // Breaks up what would become a link by itself.
        result += "&#58;"
      case ".", "(", ")", "-", "+":
        result.unicodeScalars.append(scalar)
      case "\u{21}"..."\u{7E}": result += "&#\(scalar.value);"
      case _ where scalar.properties.generalCategory == .control
        || scalar.properties.generalCategory == .format
        || scalar.properties.generalCategory == .lineSeparator
        || scalar.properties.generalCategory == .paragraphSeparator:
        result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Markdown text that grows.
  private struct Page {
    var text = ""

    mutating func heading(_ level: Int, _ title: String) {
      text += "\(String(repeating: "#", count: level)) \(title)\n\n"
    }

    mutating func paragraph(_ words: String) { text += words + "\n\n" }

    mutating func list(_ entries: [String]) {
      text += entries.isEmpty ? "None.\n\n" : entries.map { "- \($0)\n" }.joined() + "\n"
    }

    mutating func table(_ head: [String], _ rows: [[String]]) {
      func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |\n" }
      text += line(head) + line(head.map { _ in "---" }) + rows.map(line).joined() + "\n"
    }
  }
}
