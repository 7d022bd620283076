// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger

/// The ledger as a file that `seed` and `import` write.
enum StudyFile {
  /// The name of a study that was seeded: 16 hexadecimal digits of its protocol and its corpus.
  static func id(protocolDigest: String, _ corpus: CorpusFacts) -> String {
    String(
      hexadecimal(sha256(Array(protocolDigest.utf8) + corpus.digest + corpus.seededDigest))
        .prefix(16))
  }

  /// Writes a new ledger and gives it its name: complete, with its log copied into it, and
  /// synchronised.
  static func write(_ record: StudyRecord, to file: OutputFile) throws {
    let ledger = try Ledger.create(in: file)
    try ledger.store(record)
    try ledger.close()
    try file.commit()
  }
}
