// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import CoalmineSeeding

/// Writes the canaries that are for the index of an endpoint, and for no training record.
///
///     try IndexVerb.write(study: "s.coalmine", to: "for-the-index")  // 18
public enum IndexVerb {
  /// Writes one file for each of them, named after the canary, in a new folder. The files hold secrets.
  ///
  /// - Parameter folder: a name that does not exist, or an empty folder.
  /// - Returns: how many files were written.
  /// - Throws: ``CoalmineError``: `no-index-only-canaries`, `study-retired`, an error of the ledger; with
  ///   exit code 73 where the folder cannot be created. Nothing stands under its name then.
  public static func write(study: String, to folder: String) throws -> Int {
    let output = try TreeOutput(folder, reading: [study])
    let ledger = try Ledger.open(at: study)
    try ledger.expectWhole()
    let canaries = try ledger.canaries().filter { $0.role == .indexOnly }
    try ledger.close()
    guard !canaries.isEmpty else {
      throw CoalmineError(
        code: "no-index-only-canaries",
        "the study '\(terminalSafe(study))' has no canaries for an index",
        help: "'coalmine plan --retrieval' plans them, before seeding", exit: .badData)
    }
    try UnfinishedFiles.undisturbed {
      do {
        for canary in canaries {
          try output.begin(canary.id + "." + (canary.codeLanguage?.endings.first ?? "txt"))
          try output.write(canary.revealedText() + [0x0A])
        }
        try output.commit()
      } catch {
        output.discard()
        throw error
      }
    }
    return canaries.count
  }
}
