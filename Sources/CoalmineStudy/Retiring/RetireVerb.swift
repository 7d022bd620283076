// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger

/// Reduces a study to what its evidence needs: secrets, texts and raw replies are dropped for good.
public enum RetireVerb {
  /// Drops them now. Nothing is dropped where this throws.
  ///
  ///     try RetireVerb.retire(study: "study.coalmine", now: "2027-03-01T09:00:00Z", version: "0.1.0")
  ///
  /// - Parameters:
  ///   - unfinished: whether runs with answers missing may stay as they are, or no model was asked;
  ///     they can never go on.
  ///   - note: told what a killed command had left and was removed.
  /// - Throws: ``CoalmineError``: `retire-unfinished`, `retire-waiting`, `study-retired`, and what opening
  ///   and writing a ledger throw.
  /// - Complexity: scores every run of a tuned model, and copies the ledger once.
  @discardableResult
  public static func retire(
    study path: String, unfinished: Bool = false, now: String, version: String,
    note: @escaping (String) -> Void = { _ in }
  ) throws -> Retirement {
    let file = try Outputs(reading: [], note: note).openSuccessor(ofLedger: path)
    let ledger = try Ledger.open(at: path)
    do {
      let study = try ledger.study()
      try expectFinished(ledger, unfinished: unfinished)
      return try ledger.retire(
        into: file,
        Ledger.Retiring(
          at: now, version: version, commitmentRoot: Commitment(study).root,
          results: try StudyScores(ledger).all()))
    } catch {
      try? ledger.close()
      throw error
    }
  }

  /// - Throws: ``CoalmineError`` where the path is no file that could be a ledger.
  public static func expectLedger(_ path: String) throws { _ = try Ledger.isHeld(path) }

  /// Answers that were paid for and not read must not be dropped unread.
  private static func expectFinished(_ ledger: Ledger, unfinished: Bool) throws {
    let (asked, _) = try ledger.askedRuns()
    guard unfinished || !asked.isEmpty else {
      throw CoalmineError(
        code: "retire-unfinished", "no model was asked about this study yet",
        details: ["a retired study cannot be asked any more; nothing was dropped"],
        help: "add '--unfinished' to retire it so; 'coalmine status' says what is next otherwise",
        exit: .badData)
    }
    for run in try ledger.runs() {
      guard try ledger.queued(run: run.number).isEmpty else {
        throw CoalmineError(
          code: "retire-waiting", "run \(run.number) waits for a batch job of the provider",
          details: ["nothing was dropped"],
          help: "fetch its answers first: the same 'coalmine probe' command goes on with it",
          exit: .badData)
      }
      guard unfinished || run.isComplete || !asked.contains(run.number) else {
        throw CoalmineError(
          code: "retire-unfinished", "run \(run.number) has answers missing",
          details: ["a retired study cannot be asked any more; nothing was dropped"],
          help: "add '--unfinished' to keep it so, or finish it with 'coalmine probe'",
          exit: .badData)
      }
    }
  }
}
