// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Foundation
import GRDB

/// That a commitment was made, as a row of `study`.
extension Ledger {
  /// Notes the first commitment; a later one changes nothing, since its file is the same.
  ///
  /// - Returns: what is noted now; `nil` for a ledger of an earlier version, which is only read.
  /// - Throws: ``CoalmineError`` where the file cannot be written.
  public func noteCommitment(_ note: CommitmentNote) throws -> CommitmentNote? {
    if let noted = try commitment() { return noted }
    guard version == Schema.version else { return nil }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let bytes = try encoder.encode(note)
    try change { rows in try rows.insert(.study, [StudyKey.commitment.rawValue, bytes]) }
    return note
  }

  /// The first commitment that was made; `nil` where none was, as far as the ledger knows.
  ///
  /// - Throws: ``CoalmineError`` with code `ledger-damaged`.
  public func commitment() throws -> CommitmentNote? {
    let stored = try read { db in
      let facts = try StudyFactReader(db, path)
      return facts.has(.commitment) ? try facts.bytes(.commitment) : nil
    }
    guard let stored else { return nil }
    guard let note = try? JSONDecoder().decode(CommitmentNote.self, from: stored.blob) else {
      throw damaged("that a commitment was made")
    }
    return note
  }
}
