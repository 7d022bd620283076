// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Exposures put together with those that can reach the same largest value: a quantile over
/// different ceilings would say how many canaries have which ceiling.
package enum ExposureGroups {
  /// By ceiling, the lowest first; among equal ones, references before candidates.
  package static func of(_ exposures: [Exposure]) -> [ExposureGroup] {
    let groups = Dictionary(grouping: exposures) {
      Key(ceilingBits: $0.ceilingBits, ranking: $0.ranking)
    }
    return groups.sorted { $0.key < $1.key }.map { key, own in
      let lows = own.map(\.bits).sorted()
      let highs = own.map(\.highestBits).sorted()
      func at(_ share: Double) -> ExposureGroup.Quantile {
        let low = quantile(of: lows, share) ?? 0
        let high = quantile(of: highs, share) ?? low
        return ExposureGroup.Quantile(bits: low, isLowerBound: high > low + 1e-9)
      }
      return ExposureGroup(
        ranking: key.ranking, ceilingBits: key.ceilingBits, canaries: own.count, median: at(0.5),
        firstQuartile: at(0.25), thirdQuartile: at(0.75))
    }
  }

  /// What canaries of one kind of rank can reach.
  struct Key: Hashable, Comparable {
    let ceilingBits: Double
    let ranking: ExposureGroup.Ranking

    static func < (left: Key, right: Key) -> Bool {
      left.ceilingBits != right.ceilingBits
        ? left.ceilingBits < right.ceilingBits
        : left.ranking == .references && right.ranking != .references
    }
  }

  /// Why several groups have no median together.
  static func severalCeilings(_ groups: [ExposureGroup]) -> Reason {
    let ceilings = groups.map { Prose.decimal($0.ceilingBits, 1) }
    let shown = ceilings.prefix(4).joined(separator: ", ")
    return Reason(
      "ceilings-differ",
      "exposures of this level are ranked among different numbers, with ceilings of \(shown)"
        + (ceilings.count > 4 ? " and other" : "") + " bits")
  }

  /// The value at `share` of the way through `sorted`, linear between neighbours: place
  /// `share · (n − 1)`, counted from 0. `nil` of an empty list. Infinite values come last.
  package static func quantile(of sorted: [Double], _ share: Double) -> Double? {
    guard let last = sorted.indices.last else { return nil }
    let place = share * Double(last)
    let below = min(last, max(0, Int(place)))
    let above = min(last, below + 1)
    let rest = place - Double(below)
    // A neighbour that counts nothing may be infinite.
    guard rest > 0, sorted[below].isFinite else { return sorted[below] }
    return sorted[below] + rest * (sorted[above] - sorted[below])
  }
}
