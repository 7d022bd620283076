// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Markdown for a job summary or a pull request.
///
/// Everything that comes from outside is escaped, so that it renders as the text it is: no link,
/// no image, no HTML.
public enum MarkdownFormat: ReportFormat {
  public static let slug = "md"
  public static let summary = "Markdown for a job summary or a pull request"
  public static let showsReplies = true

  public static func render(_ report: Report, options: ReportOptions) throws(CoalmineError)
    -> [UInt8]
  {
    let result = report.result
    var page = Page()
    page.heading(1, ReportProse.headline(result))
    if options.reveal { page.paragraph("**\(ReportProse.holdsSecrets)**") }
    page.paragraph(escape(ReportProse.runLine(result.study)) + ".")
    page.paragraph(ReportProse.meaning(result))
    page.list(
      result.findings.map {
        "\(ReportProse.sort($0.sort)): " + escape(FindingText.sentence($0, in: result))
      })
    if let table = ReportTables.runOutcomes(result) { page.table(table) }
    page.paragraph(escape(ReportProse.planted(result)))
    let training = ReportProse.training(result.study.training)
    page.paragraph("Training, as stated: " + escape(training) + ".")
    notMeasured(result, &page)
    page.heading(2, "Caveats")
    page.list(result.caveats.map { "\(code($0.slug)): " + escape($0.evidence) })
    page.heading(2, "What this report does not show")
    page.list(
      ReportProse.limits
        + AttackCoverage.rows(result).map { "\($0.name): \($0.state); \(escape($0.how))" })
    levels(result, &page)
    page.heading(2, "What decides")
    page.table(ReportTables.components(result))
    page.paragraph(
      "False alarms where nothing leaked: " + escape(ComponentText.falseAlarms(result)) + ".")
    page.paragraph(escape(PrivacyText.sentence(result)))
    page.paragraph(escape(PrivacyText.named(result.namedSecrets)))
    if let choice = result.forcedChoice {
      page.heading(2, "Forced choices")
      page.paragraph(escape(ForcedChoiceText.sentence(choice)))
      page.captioned(ForcedChoiceText.table(choice))
    }
    page.heading(2, "Controls")
    page.list(ReportTables.controls(result).map { "\(escape($0.name)). " + escape($0.value) })
    gates(result, &page)
    membership(result, &page)
    endpoints(result, &page)
    transcripts(report.transcripts, options, &page)
    if let table = RegulationTables.table(report.regulations) {
      page.heading(2, "What speaks to which text")
      page.paragraph(RegulationTables.note)
      page.table(table)
    }
    runs(report, &page)
    if options.reveal { secrets(result, &page) }
    return Array(page.text.utf8)
  }

  private static func notMeasured(_ result: StudyResult, _ page: inout Page) {
    page.heading(2, "What was measured, and what was not")
    page.table(ReportTables.coverage(result))
    if !result.notMeasured.isEmpty {
      page.list(
        result.notMeasured.map {
          "\(code($0.slug)): " + escape(FindingText.sentence($0, in: result))
        })
    }
  }

  private static func levels(_ result: StudyResult, _ page: inout Page) {
    page.heading(2, "Leakage by repetition")
    page.table(ReportTables.levels(result))
    if let note = ProcessedTables.note(result.study) { page.paragraph(note) }
    if let table = ProcessedTables.copies(result.study) { page.captioned(table) }
    if let table = ProcessedTables.files(result.study) { page.captioned(table) }
    page.paragraph(ReportProse.chanceBaseline(result.chanceBaseline))
    for table in [
      ReportTables.chanceBaselines(result.chanceBaseline),
      ReportTables.doseResponse(result.doseResponse),
      ReportTables.rateComparisons(result.rateComparisons), ReportTables.recitations(result),
    ] {
      if let table { page.captioned(table) }
    }
    for table in ReportTables.extractionByBudget(result.extractionByBudget) {
      page.captioned(table)
    }
  }

  private static func gates(_ result: StudyResult, _ page: inout Page) {
    guard let table = ReportTables.gates(result.gates) else { return }
    page.heading(2, "Gates")
    page.table(table)
  }

  private static func membership(_ result: StudyResult, _ page: inout Page) {
    guard let table = ReportTables.membership(result.membership) else { return }
    page.heading(2, "Membership of corpus records")
    page.captioned(table)
    for doubt in MembershipProse.doubts(result.membership) { page.paragraph(escape(doubt)) }
    if let tests = ReportTables.membershipTests(result.membership) { page.captioned(tests) }
    page.paragraph("These scores are secondary: they change no verdict.")
  }

  private static func endpoints(_ result: StudyResult, _ page: inout Page) {
    for checked in result.endpoints {
      page.heading(2, "What the endpoint of run \(checked.run) was seen to do")
      page.paragraph(escape(ReportProse.endpoint(checked)))
      page.table(ReportTables.checks(checked))
      if let table = ReportTables.measures(checked) { page.table(table) }
    }
  }

  /// With ``ReportOptions/reveal`` code spans hold the texts as they are.
  private static func transcripts(
    _ transcripts: Transcripts?, _ options: ReportOptions, _ page: inout Page
  ) {
    guard let transcripts else { return }
    page.heading(2, "Examples of replies")
    page.paragraph(escape(TranscriptProse.note(transcripts, options)))
    for outcome in Transcript.Class.allCases {
      let examples = transcripts.examples.filter { $0.outcome == outcome }
      guard !examples.isEmpty else { continue }
      page.heading(3, TranscriptProse.title(outcome))
      for example in examples {
        page.paragraph(escape(TranscriptProse.which(example)))
        page.list(
          example.prompt.map { "\(escape($0.role)): \(span($0.text, options))" }
            + ["**\(TranscriptProse.boundary)** \(span(example.reply, options))"])
      }
    }
    if let absent = TranscriptProse.absent(transcripts) { page.paragraph(absent) }
  }

  private static func span(_ text: TranscriptText, _ options: ReportOptions) -> String {
    let words = TranscriptProse.text(text, options)
    return options.reveal ? MarkdownCode.span(words) : escape(words)
  }

  private static func runs(_ report: Report, _ page: inout Page) {
    page.heading(2, "Runs")
    page.table(ReportTables.runs(report))
    page.paragraph(
      "coalmine \(escape(report.run.version)), written \(escape(report.run.writtenAt)), study "
        + "\(code(report.result.study.id)).")
    if let retired = ReportProse.retired(report.run) { page.paragraph(escape(retired) + ".") }
    page.heading(2, "Evidence")
    page.list(EvidenceText.rows(report).map { "\($0.name): \(escape($0.value))" })
  }

  /// A list and no table: a table acts on marks inside code, too.
  private static func secrets(_ result: StudyResult, _ page: inout Page) {
    page.heading(2, "Planted secrets")
    page.list(
      result.canaries.map { canary in
        "\(escape(canary.id)), \(ReportProse.level(canary.role, canary.repetitions)): "
          + MarkdownCode.span(ReportProse.clear(canary.secret))
      })
  }

  /// A slug as code. Character references mean nothing inside a code span, so what is no slug is
  /// written as text.
  private static func code(_ slug: String) -> String {
    let isSlug =
      !slug.isEmpty
      && slug.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
    return isSlug ? "`\(slug)`" : escape(slug)
  }

  /// Text as Markdown that renders as that text: a character reference for every ASCII mark that
  /// Markdown, HTML or a table could act on, and a space for every control.
  ///
  /// Three things act after references are decoded or without any mark: an `@`, which notifies
  /// people and makes mail links, gets an invisible space behind it; `www.`, which makes a link,
  /// gets its stop as a reference; so does the mark after leading digits, which makes a list.
  ///
  /// - Parameter inCell: whether the text stands in a table, where no list begins.
  package static func escape(_ text: String, inCell: Bool = false) -> String {
    var result = ""
    var onlyDigits = !inCell
    let scalars = Array(text.unicodeScalars)
    for (place, scalar) in scalars.enumerated() {
      switch scalar {
      case _ where result.isEmpty && (scalar == " " || steers(scalar)):
        // Four spaces before a text would make it a code block.
        continue
      case "@": result += "&#64;&#8203;"
      case ".", ")", "-", "+":
        let endsMarker = onlyDigits
        result += endsMarker || isAfterWWW(scalars, place) ? "&#\(scalar.value);" : String(scalar)
      case ":":
        // A colon before a space is punctuation; any other could begin a link.
        let isPunctuation = place + 1 < scalars.count && scalars[place + 1] == " "
        result += isPunctuation ? ":" : "&#58;"
      case "a"..."z", "A"..."Z", "0"..."9", " ", ",", ";", "%", "=", "'", "\"", "/", "?", "(":
        result.unicodeScalars.append(scalar)
      case "\u{21}"..."\u{7E}": result += "&#\(scalar.value);"
      case _ where steers(scalar): result += " "
      default: result.unicodeScalars.append(scalar)
      }
      onlyDigits = onlyDigits && (scalar == " " || ("0"..."9").contains(scalar))
    }
    return result
  }

  private static func isAfterWWW(_ scalars: [Unicode.Scalar], _ place: Int) -> Bool {
    place >= 3
      && scalars[(place - 3)..<place].allSatisfy { $0 == "w" || $0 == "W" }
  }

  /// Controls, invisible format characters and separators.
  private static func steers(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
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

    /// A table below the line that explains it.
    mutating func captioned(_ table: ReportTable) {
      paragraph(MarkdownFormat.escape(table.plain.caption) + ".")
      self.table(table)
    }

    mutating func table(_ table: ReportTable) {
      func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |\n" }
      let (_, columns, rows) = table.plain
      text += line(columns) + line(columns.map { _ in "---" })
      text += rows.map { line($0.map { MarkdownFormat.escape($0, inCell: true) }) }.joined() + "\n"
    }
  }
}
