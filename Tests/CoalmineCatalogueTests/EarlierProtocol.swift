// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// A protocol as `plan` wrote it before version 2, without its comments.
enum EarlierProtocol {
  static let text = """
    version: 1
    kinds:
      - access-code
      - email
    target:
      repetitions: 1
      randomized: 72
    repetition-levels:
      levels: [2, 4, 8, 16, 32]
      canaries-per-level: 8
    controls:
      canaries: 8
      repetitions: 64
    references: 255
    primary-test:
      score: best-available
      alpha: 0.05
      permutations: 9999
      detectable-auc: 0.7
      power: 0.8
    gates:
      - measure: greedy-extraction-rate
        repetitions: 1
        limit: 0.15
    decoding:
      samples: 16
      default-samples: 16
    non-member-records: 100

    """

  /// What it says: the coin alone decides.
  static var value: StudyProtocol {
    get throws {
      StudyProtocol(
        edition: .first, kinds: ["access-code", "email"], targetRepetitions: 1, randomized: 72,
        repetitionLevels: StudyProtocol.RepetitionLevels(
          levels: [2, 4, 8, 16, 32], canariesPerLevel: 8),
        controls: StudyProtocol.Controls(canaries: 8, repetitions: 64), references: 255,
        decision: StudyProtocol.Decision(
          score: .best, alpha: 0.05, weights: try ComponentWeights([.coin: 1]),
          permutations: 9_999, power: 0.8, denseAUC: 0.7),
        gates: [Gate(measure: .greedyExtraction, repetitions: 1, limit: 0.15)],
        decoding: StudyProtocol.Decoding(samples: 16, defaultSamples: 16), nonMemberRecords: 100)
    }
  }
}
