// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineScoring

/// The results of a study, run by run: computed from its answers, or kept where it was retired.
struct StudyScores {
  private let ledger: Ledger
  private let reader: EvidenceReader

  /// The numbers of the runs of tuned models, oldest first.
  var tunedRuns: [Int] { reader.tunedRuns }

  init(_ ledger: Ledger) throws {
    self.ledger = ledger
    reader = try EvidenceReader(ledger, kept: true)
  }

  /// - Throws: ``CoalmineError`` with code `no-such-run`.
  func run(_ number: Int) throws -> RunRecord { try reader.tuned(number) }

  /// The result with one run in detail, and the verdict over all runs on its checkpoint.
  ///
  /// - Parameter shown: a run of a tuned model; `nil` where none was asked.
  /// - Throws: ``CoalmineError`` with code `no-such-run`.
  /// - Complexity: scores every run of a tuned model.
  func result(run shown: Int?) throws -> StudyResult {
    if let shown { _ = try reader.tuned(shown) }
    if ledger.isRetired { return try kept(shown) }
    return try all(shown.map { [$0] }).last?.result ?? score(try reader.evidence(run: nil))
  }

  /// Examples of what a run was asked and what came back.
  ///
  /// - Parameter shown: a run of a tuned model; `nil` where none was asked.
  func transcripts(run shown: Int?) throws -> Transcripts {
    try TranscriptChoice.transcripts(reader, run: shown)
  }

  /// Every run with its result, or the one of a study without any.
  func all() throws -> [(run: Int?, result: StudyResult)] {
    if ledger.isRetired {
      return try tunedRuns.isEmpty ? [(nil, kept(nil))] : tunedRuns.map { ($0, try kept($0)) }
    }
    let all = try all(nil)
    return all.isEmpty ? [(nil, score(try reader.evidence(run: nil)))] : all
  }

  /// - Parameter wanted: the runs whose results are given; all without them.
  private func all(_ wanted: [Int]?) throws -> [(run: Int?, result: StudyResult)] {
    var results: [(run: Int, result: StudyResult)] = []
    var outcomes: [RunOutcome] = []
    for number in tunedRuns {
      let result = score(try reader.evidence(run: number))
      outcomes += result.outcome.map { [$0] } ?? []
      if wanted?.contains(number) ?? true { results.append((number, result)) }
    }
    return results.map {
      ($0.run, $0.result.ofCheckpoint(reader.checkpoint(of: $0.run), among: outcomes))
    }
  }

  private func kept(_ run: Int?) throws -> StudyResult {
    guard let result = try ledger.retiredResult(run: run) else {
      throw CoalmineError(
        code: "ledger-damaged",
        "'\(ledger.path)' was retired and lacks a result that it should keep",
        exit: .badData)
    }
    return result
  }
}
