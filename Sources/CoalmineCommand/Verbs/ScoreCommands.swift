// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore
import Glibc

extension RegulationChoice: ExpressibleByArgument {}

struct Score: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compute the results from the stored replies, offline and at no cost.",
    discussion: """
      Exits 0 for a pass, 1 for a leak, 4 for inconclusive, 3 for incomplete. The verdict belongs to \
      the checkpoint: a leak that any run on it found stands.
      """)

  @Option(help: "The study's ledger.")
  var study: String

  @Option(
    name: .customLong("run"),
    help: "The run of a tuned model to show in detail; the latest without it.")
  var shownRun: Int?

  @Flag(help: "First read all stored replies again, as after an upgrade of coalmine.")
  var reread = false

  @OptionGroup var result: OutputOptions

  func run() async throws {
    if reread {
      let changed = try await Progress.whileWaiting {
        var reread = Reread(study: study)
        reread.progress = $0.report
        return try await reread.replace()
      }
      Console.note("note: \(Prose.count(changed, "observation", "observations")) changed")
    }
    let report = try Progress.during { progress in
      progress.show(WorkDone("scoring"))
      return try ScoreVerb.score(
        study: study, run: shownRun, now: WallClock.now(), version: CoalmineVersion.current,
        showsReplies: result.json)
    }
    if result.json {
      try ReportFormats.format("json").write(report, options: ReportOptions(reveal: false)) {
        Console.piece($0)
      }
      Console.document([])
    } else {
      for line in VerdictText.lines(report.result) { Console.result(line) }
      Console.result(NextLine.after(report.result.verdict, study))
    }
    report.result.verdict.exit.leave()
  }
}

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a report for people, for machines or for a pipeline.",
    discussion: """
      'coalmine list formats' names the formats. json, md, html and csv show the planted secrets with \
      --reveal, all but csv a few replies as they are, csv-records the texts of the marked records; \
      the others never do. In junit, sarif and github a study without a conclusion is an error. The exit \
      codes are those of 'coalmine score'.
      """)

  @Option(help: "The study's ledger.")
  var study: String

  @Option(
    name: .customLong("run"),
    help: "The run of a tuned model to show in detail; the latest without it.")
  var shownRun: Int?

  @Option(
    help:
      "json, md, html, csv, csv-records, junit, sarif, openmetrics or github; several with commas.")
  var format: String

  @Option(name: [.short, .long], help: "The file to write; - for standard output.")
  var output: String?

  @Option(
    help: "A folder for the files, each with its format's name; it is made if it is not there.")
  var outputDir: String?

  @OptionGroup var existing: ForceOption

  @Flag(
    help: "Show planted secrets and replies in the report, or the texts of records in csv-records.")
  var reveal = false

  @Option(
    help: ArgumentHelp(
      "Show which texts of law, guidance and standards the report speaks to: verified or all.",
      discussion: """
        'verified' shows the rows whose text was read at its publisher, 'all' the others as well, each \
        marked. In html, md and json. No row says that a duty is met.
        """, valueName: "rows"))
  var regulations: RegulationChoice?

  @Option(
    help: ArgumentHelp(
      "A table in the form of regulations/regulations.yaml, in place of the one in the program.",
      valueName: "file"))
  var regulationsFile: String?

  @OptionGroup var result: OutputOptions

  private var formats: [String] {
    format.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }

  func validate() throws {
    guard (output == nil) != (outputDir == nil) else {
      throw ValidationError("give one of '--output FILE' and '--output-dir FOLDER'")
    }
    if output != nil, formats.count > 1 {
      throw ValidationError("several formats need '--output-dir FOLDER'")
    }
    if regulationsFile != nil, regulations == nil {
      throw ValidationError(
        "'--regulations-file' needs '--regulations verified' or '--regulations all'")
    }
  }

  func run() throws {
    Interruption.removeUnfinished()
    let (report, files) = try Progress.during { progress in
      progress.show(WorkDone("scoring and writing the report"))
      return try written()
    }
    let verdict = report.result.verdict
    try result.print(
      beside: output ?? "", files.map { "\(verdict.rawValue): \($0)" }
    ) { fields in
      try fields.field("verdict", verdict.rawValue)
      try fields.field("format", format)
      try fields.field("output", output ?? outputDir)
      try fields.array("files") { list in for file in files { try list.value(file) } }
    }
    verdict.exit.leave()
  }

  private func rows() throws -> [RegulationRow]? {
    guard let regulations else { return nil }
    let table = try regulationsFile.map { try RegulationTable(file: $0) } ?? .shipped()
    return table.rows(regulations)
  }

  private func written() throws -> (report: Report, files: [String]) {
    let rows = try rows()
    guard let outputDir else {
      let file = output ?? "-"
      let report = try ScoreVerb.report(
        study: study, run: shownRun, format: format, to: file, force: existing.force,
        reveal: reveal, regulations: rows, now: WallClock.now(),
        version: CoalmineVersion.current, note: Console.remark)
      return (report, [file])
    }
    if mkdir(outputDir, 0o700) != 0, errno != EEXIST {
      throw CoalmineError(
        code: "output-not-created", "cannot create the folder '\(terminalSafe(outputDir))'",
        exit: .cannotCreate)
    }
    return try ScoreVerb.report(
      study: study, run: shownRun, formats: formats, folder: outputDir, force: existing.force,
      reveal: reveal, regulations: rows, now: WallClock.now(), version: CoalmineVersion.current,
      note: Console.remark)
  }
}

/// A result in a few lines for a terminal.
enum VerdictText {
  static func lines(_ result: StudyResult) -> [String] {
    var lines = ["verdict: \(result.verdict.rawValue)"]
    lines += ReportText.findings(result).map { "  \($0)" }
    lines += ReportText.runs(result)
    lines.append("repetitions  canaries  median exposure  greedy extraction")
    for row in result.levels {
      let repetitions = row.role == .heldOut ? "held out" : "\(row.repetitions) x"
      let exposure = row.medianInWords.map { $0 + " bits" } ?? "-"
      let greedy = row.greedy.value.map { "\($0.hits) of \($0.trials)" } ?? "-"
      lines.append(
        [repetitions, String(row.canaries), exposure, greedy].map { pad($0) }.joined(
          separator: "  "))
    }
    return lines
  }

  private static func pad(_ text: String) -> String {
    text + String(repeating: " ", count: max(0, 12 - text.count))
  }
}
