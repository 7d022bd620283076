// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import CoalmineLedger
import CoalmineReporting
import CoalmineScoring

/// Turns the answers in a ledger into results: offline, free, and the same bytes every time.
public enum ScoreVerb {
  /// Scores every run of a tuned model, and the study by them.
  ///
  /// Of a retired study the results are those of then.
  ///
  /// - Parameters:
  ///   - run: the run that is shown in detail; the latest without one.
  ///   - showsReplies: whether the report has examples of replies, which are read for it.
  /// - Throws: ``CoalmineError``, `no-such-run` among them.
  public static func score(
    study path: String, run: Int? = nil, now: String, version: String, showsReplies: Bool = true,
    regulations: [RegulationRow]? = nil
  ) throws -> Report {
    let ledger = try Ledger.open(at: path)
    let scores = try StudyScores(ledger)
    let shown = run ?? scores.tunedRuns.last
    let report = Report(
      result: try scores.result(run: shown),
      run: RunFacts(
        version: version, writtenAt: now, runs: try ledger.costs(),
        retired: try ledger.retirement()),
      transcripts: showsReplies ? try scores.transcripts(run: shown) : nil, regulations: regulations
    )
    try ledger.close()
    return report
  }

  /// Scores the study and writes a report, whole or not at all.
  ///
  /// - Parameters:
  ///   - run: the run that is shown in detail; the latest without one.
  ///   - output: its name; `-` for standard output.
  ///   - force: whether a regular file of that name is replaced; the study never is.
  ///   - regulations: rows of a table of regulation, shown beside the results; none without it.
  public static func report(
    study path: String, run: Int? = nil, format: String, to output: String, force: Bool,
    reveal: Bool, regulations: [RegulationRow]? = nil, now: String, version: String,
    note: @escaping (String) -> Void = { _ in }
  ) throws -> Report {
    try reports(
      study: path, run: run, to: [(try ReportFormats.format(format), output)], force: force,
      reveal: reveal, regulations: regulations, now: now, version: version, note: note)
  }

  /// Scores the study once and writes a report in several formats, each under its own name in a
  /// folder.
  ///
  /// Every file is whole or not there. A format that is named twice is refused as `format-twice`.
  ///
  /// - Returns: the report, and the names of the files in the order of `formats`.
  public static func report(
    study path: String, run: Int? = nil, formats: [String], folder: String, force: Bool,
    reveal: Bool, regulations: [RegulationRow]? = nil, now: String, version: String,
    note: @escaping (String) -> Void = { _ in }
  ) throws -> (report: Report, files: [String]) {
    let found = try formats.map { try ReportFormats.format($0) }
    for (place, slug) in formats.enumerated() where formats[..<place].contains(slug) {
      throw CoalmineError(
        code: "format-twice", "the format '\(slug)' is named twice", exit: .usage)
    }
    let files = found.map { "\(folder)/\($0.fileName)" }
    let report = try reports(
      study: path, run: run, to: Array(zip(found, files)), force: force, reveal: reveal,
      regulations: regulations, now: now, version: version, note: note)
    return (report, files)
  }

  private static func reports(
    study path: String, run: Int?, to named: [(any ReportFormat.Type, String)], force: Bool,
    reveal: Bool, regulations: [RegulationRow]?, now: String, version: String,
    note: @escaping (String) -> Void
  ) throws -> Report {
    let outputs = Outputs(reading: [path], note: note)
    let files = try named.map { try outputs.open($0.1, existing: .init(force: force)) }
    let report = try score(
      study: path, run: run, now: now, version: version,
      showsReplies: named.contains { $0.0.showsReplies }, regulations: regulations)
    if reveal, let retired = report.run.retired {
      throw CoalmineError(
        code: "study-retired",
        "'\(path)' was retired on \(retired.at.prefix(10)): it holds nothing that could be revealed",
        help: "ask for the report without secrets", exit: .badData)
    }
    for ((format, _), file) in zip(named, files) {
      try format.write(report, options: ReportOptions(reveal: reveal)) {
        (piece: [UInt8]) throws(CoalmineError) in try file.write(piece)
      }
    }
    for file in files { try file.commit() }
    return report
  }
}
