// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The canaries of each role and repetition level together.
package enum RepetitionLevelTable {
  /// Held-out canaries first as level 0, then the index-only ones, the inserted ones by rising
  /// level, and the controls last.
  static func rows(_ canaries: [CanaryResult]) -> [RepetitionLevelResult] {
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
    let exposures = canaries.compactMap(\.exposure.value)
    let bits = exposures.map(\.bits).sorted()
    // With the status of a canary, so that the table and the canaries say the same.
    func missing<Value>() -> Outcome<Value> {
      canaries.first?.exposure.withoutValue()
        ?? .notMeasurable(Reason("no-canaries", "the study has no such canary"))
    }
    func quantile(_ share: Double) -> Outcome<Double> {
      Self.quantile(of: bits, share).map { .measured($0) } ?? missing()
    }
    let quartiles: Outcome<ClosedRange<Double>> =
      if let low = quantile(0.25).value, let high = quantile(0.75).value {
        .measured(low...max(low, high))
      } else {
        missing()
      }
    return RepetitionLevelResult(
      role: group.role, repetitions: group.repetitions, canaries: canaries.count,
      medianExposureBits: quantile(0.5), quartilesBits: quartiles,
      atCeiling: exposures.count { $0.rank == 1 }, greedy: Rates.rate(canaries.map(\.greedy)),
      sampled: Rates.rate(canaries.map { $0.sampled.map { $0.hits > 0 } }),
      defaults: Rates.rate(canaries.map { $0.defaults.map { $0.hits > 0 } }))
  }

  /// The value at `share` of the way through `sorted`, linear between neighbours: place
  /// `share · (n − 1)`, counted from 0. `nil` of an empty list.
  package static func quantile(of sorted: [Double], _ share: Double) -> Double? {
    guard let last = sorted.indices.last else { return nil }
    let place = share * Double(last)
    let below = min(last, max(0, Int(place)))
    let above = min(last, below + 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }
}
