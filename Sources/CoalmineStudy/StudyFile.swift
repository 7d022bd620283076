// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import Glibc

/// The ledger as a file that `seed` and `import` write.
enum StudyFile {
  /// - Throws: ``CoalmineError`` `output-exists`.
  static func refuseExisting(_ path: String) throws(CoalmineError) {
    guard access(path, F_OK) == 0 else { return }
    throw CoalmineError(
      code: "output-exists", "'\(terminalSafe(path))' exists already",
      help: "choose another name, or move it away: nothing is overwritten", exit: .cannotCreate)
  }

  /// Writes a new ledger, whole or not at all.
  static func write(_ record: StudyRecord, to path: String) throws {
    let partial = path + ".partial"
    let ledger = try Ledger.create(at: partial)
    do {
      try ledger.store(record)
      try ledger.close()
      guard rename(partial, path) == 0 else {
        throw CoalmineError(
          code: "ledger-not-created",
          "cannot create '\(terminalSafe(path))': \(String(cString: strerror(errno)))",
          exit: .cannotCreate)
      }
    } catch {
      for leftover in [partial, partial + "-wal"] { unlink(leftover) }
      throw error
    }
  }
}
