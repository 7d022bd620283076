// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger

/// The ledger as a file that `seed` and `import` write.
enum StudyFile {
  /// Writes a new ledger and gives it its name: complete, with its log copied into it, and
  /// synchronised.
  static func write(_ record: StudyRecord, to file: OutputFile) throws {
    let ledger = try Ledger.create(in: file)
    try ledger.store(record)
    try ledger.close()
    try file.commit()
  }
}
