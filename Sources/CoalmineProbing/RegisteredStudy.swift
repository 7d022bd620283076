// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineLedger

/// A study as it was seeded: what was planted, what its protocol says, and the secrets' spaces.
package struct RegisteredStudy: Sendable {
  package let record: StudyRecord
  package let studyProtocol: StudyProtocol
  /// The space of each canary, by its identifier, to spell its references.
  package let spaces: [String: RandomnessSpace]

  package init(
    _ record: StudyRecord, _ studyProtocol: StudyProtocol, spaces: [String: RandomnessSpace]
  ) {
    self.record = record
    self.studyProtocol = studyProtocol
    self.spaces = spaces
  }

  /// - Throws: ``CoalmineError`` where the ledger's protocol or files cannot be read.
  init(_ ledger: Ledger) throws {
    let record = try ledger.study()
    self.init(
      record,
      try ProtocolFile.parse(stored: record.protocolText),
      spaces: try CanarySpaces.spaces(of: record.canaries, files: record.files))
  }
}
