// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineLedger
import CoalmineSeeding

extension CopyRemarks {
  /// What makes the copies of a stored study differ; `nil` where its protocol says that they are alike.
  ///
  /// - Throws: ``CoalmineError`` where the stored protocol or randomness cannot be read.
  init?(of study: StudyRecord) throws(CoalmineError) {
    guard try ProtocolFile.parse(stored: study.protocolText).copies == .varied else { return nil }
    self.init(
      try StudyRandomness(storedRoot: study.root.reveal(), isPredictable: study.predictableSeed),
      canaries: study.canaries)
  }
}
