// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import CoalmineLedger
import CoalmineReporting
import CoalmineScoring

/// Turns the answers in a ledger into results: offline, free, and the same bytes every time.
public enum ScoreVerb {
  /// Scores the study.
  public static func score(study path: String, now: String, version: String) throws -> Report {
    let ledger = try Ledger.open(at: path)
    let report = Report(
      result: CoalmineScoring.score(try EvidenceReader(ledger).evidence()),
      run: RunFacts(version: version, writtenAt: now, runs: try ledger.costs()))
    try ledger.close()
    return report
  }

  /// Scores the study and writes a report, whole or not at all.
  ///
  /// - Parameters:
  ///   - output: its name; `-` for standard output.
  ///   - force: whether a regular file of that name is replaced; the study never is.
  public static func report(
    study path: String, format: String, to output: String, force: Bool, reveal: Bool, now: String,
    version: String, note: @escaping (String) -> Void = { _ in }
  ) throws -> Report {
    let format = try ReportFormats.format(format)
    let outputs = Outputs(reading: [path], note: note)
    let file = try outputs.open(output, existing: .init(force: force))
    let report = try score(study: path, now: now, version: version)
    try file.write(format.render(report, options: ReportOptions(reveal: reveal)))
    try file.commit()
    return report
  }
}

/// Reads the evidence of a study out of its ledger.
package struct EvidenceReader {
  private let ledger: Ledger

  package init(_ ledger: Ledger) { self.ledger = ledger }

  /// The last tuned run and the last base run that have answers count; all runs that asked
  /// something are named.
  package func evidence() throws -> Evidence {
    let study = try ledger.study()
    guard study.protocolIsWhole else {
      throw CoalmineError(
        code: "ledger-altered",
        "'\(ledger.path)' was altered: the protocol is not the one whose SHA-256 is noted",
        help: "restore the file from a copy; no number is computed from this one", exit: .badData)
    }
    let plan = try ProtocolFile.parse(stored: study.protocolText)
    let (asked, answered) = try ledger.askedRuns()
    // A check alone asked nothing of the study: it is no run of it.
    let runs = try ledger.runs().filter { asked.contains($0.number) }
    func last(_ role: RunRole) -> RunRecord? {
      let ours = runs.filter { $0.role == role }
      return ours.last { answered.contains($0.number) } ?? ours.last
    }
    let tuned = last(.tuned)
    let base = last(.base)
    func summary(_ run: RunRecord) -> RunSummary {
      RunSummary(run, used: run.number == tuned?.number || run.number == base?.number)
    }
    func answers(_ run: RunRecord?) throws -> Answers? {
      try run.map {
        Answers(
          run: $0, asked: Set($0.probeSet.probes),
          observations: try ledger.observations(run: $0.number),
          capabilities: try ledger.capabilities(run: $0.number),
          served: try ledger.served(run: $0.number).map(\.model))
      }
    }
    let corpus = study.manifest?.corpus
    return Evidence(
      studyProtocol: plan,
      facts: StudyFacts(
        id: study.id, protocolDigest: study.protocolDigest, origin: study.origin.kind,
        corpusDigest: (corpus?.digest).map { hexadecimal($0) },
        seededDigest: (corpus?.seededDigest).map { hexadecimal($0) },
        corpusRecords: corpus?.records,
        insertedCopies: study.manifest?.insertions.count
          ?? study.canaries.reduce(0) { $0 + $1.copies },
        training: try ledger.training(), runs: runs.map(summary)),
      canaries: study.canaries,
      spaces: try CanarySpaces.spaces(of: study.canaries, files: study.files),
      inContextControls: study.inContextControls, records: study.records,
      shape: corpus?.shape, isSealed: try ledger.isSealed(), predictableSeed: study.predictableSeed,
      scoringSeed: study.scoringSeed, tuned: try answers(tuned), base: try answers(base))
  }
}
