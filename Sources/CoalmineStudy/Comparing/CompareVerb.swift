// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineScoring

/// Says whether a later model leaks more than an earlier one: offline, from two ledgers or from two
/// runs of one.
public enum CompareVerb {
  /// Compares the run of one study with that of another, or two runs of one study.
  ///
  ///     let found = try CompareVerb.compare("march.coalmine", "april.coalmine")
  ///     print(found.comparison.verdict)
  ///
  /// - Parameters:
  ///   - first: the ledger of model A.
  ///   - second: the ledger of model B; `nil` for two runs of `first`.
  ///   - runs: the number of the run of A and that of B; empty for the latest run of each study.
  ///   - margin: by how much B may be worse.
  /// - Throws: ``CoalmineError``: `compare-runs`, `no-such-run`, `not-comparable`, and what reading a
  ///   ledger throws.
  public static func compare(
    _ first: String, _ second: String? = nil, runs: [Int] = [],
    margin: Comparison.Margin = .init()
  ) throws -> ComparedModels {
    guard runs.isEmpty || runs.count == 2 else {
      throw CoalmineError(
        code: "compare-runs", "'--run' is given \(runs.count == 1 ? "once" : "more than twice")",
        help: "give it twice, first for A and then for B, or leave it out", exit: .usage)
    }
    let other = second == first ? nil : second
    let opened = try OpenStudy(first)
    defer { try? opened.ledger.close() }
    let both = try other.map { try OpenStudy($0) }
    defer { try? both?.ledger.close() }
    if both == nil, runs.count < 2 || runs[0] == runs[1] {
      throw CoalmineError(
        code: "compare-runs", "two different runs of '\(first)' are needed",
        help:
          "its runs of tuned models: \(opened.known); give two of them as '--run A --run B', or "
          + "a second study", exit: .usage)
    }
    let one = try opened.side("A", run: runs.first)
    let two = try (both ?? opened).side("B", run: runs.last)
    try one.match.expectComparable(with: two.match)
    return ComparedModels(
      comparison: Comparison(one.evidence, two.evidence, margin: margin),
      first: .init(study: first, run: one.match.run),
      second: .init(study: other ?? first, run: two.match.run),
      assignment: one.match.assignment)
  }

  /// A study whose ledger is held.
  private struct OpenStudy {
    let ledger: Ledger
    private let reader: EvidenceReader

    init(_ path: String) throws {
      ledger = try StudyArgument.open(path)
      reader = try EvidenceReader(ledger)
    }

    /// The runs of tuned models, for people.
    var known: String {
      let runs = reader.tunedRuns.map { String($0) }
      return runs.isEmpty ? "none" : runs.joined(separator: ", ")
    }

    /// - Parameter run: the latest run without one.
    func side(_ letter: String, run: Int?) throws -> (match: StudyMatch, evidence: Evidence) {
      let evidence = try reader.evidence(run: run ?? reader.tunedRuns.last)
      guard let tuned = evidence.tuned else {
        throw CoalmineError(
          code: "not-comparable", "\(letter) has no run of a tuned model",
          details: ["'\(ledger.path)' holds no answer of one"],
          help: "'coalmine probe' asks it", exit: .badData)
      }
      let match = StudyMatch(
        "\(letter), '\(ledger.path)'", try ledger.study(), evidence.studyProtocol, tuned.run,
        isOfTwoModels: evidence.isOfTwoModels)
      return (match, evidence)
    }
  }
}

/// Two models on the same canaries, with where their answers lie.
public struct ComparedModels: Sendable {
  public let comparison: Comparison
  public let first: Side
  public let second: Side
  /// SHA-256 over the canaries that both were asked about, hexadecimal.
  public let assignment: String

  /// One of the two.
  public struct Side: Sendable {
    /// The ledger's path as it was given.
    public let study: String
    public let run: RunRecord
  }
}
