// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The canaries of each role and repetition level together.
package enum RepetitionLevelTable {
  /// Held-out canaries first as level 0, then the index-only ones, the inserted ones by rising
  /// level, and the controls last.
  package static func rows(_ canaries: [CanaryResult]) -> [RepetitionLevelResult] {
    let groups = Dictionary(grouping: canaries) {
      Group(role: $0.role, repetitions: $0.repetitions)
    }
    return groups.sorted { $0.key < $1.key }.map { row($0.key, $0.value) }
  }

  private struct Group: Hashable, Comparable {
    let role: Role
    let repetitions: Int

    static func < (left: Group, right: Group) -> Bool {
      (left.place, left.repetitions) < (right.place, right.repetitions)
    }

    private var place: Int {
      switch role {
      case .heldOut: 0
      case .indexOnly: 1
      case .inserted: 2
      case .control: 3
      }
    }
  }

  private static func row(_ group: Group, _ canaries: [CanaryResult]) -> RepetitionLevelResult {
    let measured = canaries.compactMap(\.exposure.value)
    let exposures = ExposureGroups.of(measured)
    // With the status of a canary, so that the table and the canaries say the same.
    func missing<Value>() -> Outcome<Value> {
      if exposures.count > 1 { return .notMeasurable(ExposureGroups.severalCeilings(exposures)) }
      return canaries.first { $0.exposure.value == nil }?.exposure.withoutValue()
        ?? .notMeasurable(Reason("no-canaries", "the study has no such canary"))
    }
    let only = exposures.count == 1 ? exposures.first : nil
    return RepetitionLevelResult(
      role: group.role, repetitions: group.repetitions, canaries: canaries.count,
      medianExposureBits: only.map { .measured($0.median.bits) } ?? missing(),
      quartilesBits: only.map {
        .measured($0.firstQuartile.bits...max($0.firstQuartile.bits, $0.thirdQuartile.bits))
      } ?? missing(),
      atCeiling: measured.count { $0.interval.upper.isInfinite }, exposures: exposures,
      greedy: Rates.rate(canaries.map(\.greedy)),
      sampled: Rates.rate(canaries.map { $0.sampled.map { $0.hits > 0 } }),
      defaults: Rates.rate(canaries.map { $0.defaults.map { $0.hits > 0 } }))
  }
}
