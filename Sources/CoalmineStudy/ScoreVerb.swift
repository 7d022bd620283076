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
  /// - Parameter run: the run that is shown in detail; the latest without one.
  /// - Throws: ``CoalmineError``, `no-such-run` among them.
  public static func score(study path: String, run: Int? = nil, now: String, version: String)
    throws -> Report
  {
    let ledger = try Ledger.open(at: path)
    let reader = try EvidenceReader(ledger)
    let shown = run ?? reader.tunedRuns.last
    let result = CoalmineScoring.score(try reader.evidence(run: shown))
    var outcomes: [RunOutcome] = []
    for number in reader.tunedRuns {
      let one =
        number == shown
        ? result : CoalmineScoring.score(try reader.evidence(run: number))
      outcomes += one.outcome.map { [$0] } ?? []
    }
    let report = Report(
      result: shown.map { result.ofCheckpoint(reader.checkpoint(of: $0), among: outcomes) }
        ?? result,
      run: RunFacts(version: version, writtenAt: now, runs: try ledger.costs()))
    try ledger.close()
    return report
  }

  /// Scores the study and writes a report, whole or not at all.
  ///
  /// - Parameters:
  ///   - run: the run that is shown in detail; the latest without one.
  ///   - output: its name; `-` for standard output.
  ///   - force: whether a regular file of that name is replaced; the study never is.
  public static func report(
    study path: String, run: Int? = nil, format: String, to output: String, force: Bool,
    reveal: Bool, now: String, version: String, note: @escaping (String) -> Void = { _ in }
  ) throws -> Report {
    let format = try ReportFormats.format(format)
    let outputs = Outputs(reading: [path], note: note)
    let file = try outputs.open(output, existing: .init(force: force))
    let report = try score(study: path, run: run, now: now, version: version)
    try file.write(format.render(report, options: ReportOptions(reveal: reveal)))
    try file.commit()
    return report
  }
}
