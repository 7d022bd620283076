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
    self.init(
      by: try ProtocolFile.parse(stored: study.protocolText),
      try StudyRandomness(storedRoot: study.root.reveal(), isPredictable: study.predictableSeed),
      study.canaries)
  }

  /// What makes the copies of a study differ; `nil` where its protocol says that they are alike.
  init?(by plan: StudyProtocol, _ randomness: StudyRandomness, _ canaries: [Canary]) {
    guard plan.copies == .varied else { return nil }
    self.init(randomness, canaries: canaries)
  }
}
