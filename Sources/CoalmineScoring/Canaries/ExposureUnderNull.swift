// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What sampled exposures look like where nothing leaked.
///
/// Without leakage the rank among `m` references is uniform on `1...m+1`, so the exposure is
/// `log2((m+1) / rank)` with mean `log2(m+1) − (1/(m+1)) Σ log2 r`, 1.44 bits for many references.
/// For canaries with independent references `P(max ≤ x) = Π_k P(exposure_k ≤ x)`, and the median
/// of the maximum is the least `x` at which this reaches one half. Both are sums over the discrete
/// distribution, no approximation.
package enum ExposureUnderNull {
  /// The mean exposure among `references` references, in bits; 0 for none.
  ///
  /// - Complexity: O(references).
  package static func mean(references: Int) -> Double {
    guard references > 0 else { return 0 }
    let places = Double(references) + 1
    var sum = 0.0
    for rank in 1...(references + 1) { sum += log2(places / Double(rank)) }
    return sum / places
  }

  /// The median of the largest of several exposures, in bits.
  ///
  /// - Parameter counts: how many canaries have each number of references.
  /// - Returns: 0 without canaries.
  /// - Complexity: O(kinds of counts · (largest count + log of it)).
  package static func medianMaximum(_ counts: [Int: Int]) -> Double {
    let groups = counts.filter { $0.key > 0 && $0.value > 0 }.sorted { $0.key < $1.key }
    let canaries = groups.reduce(0) { $0 + $1.value }
    guard canaries > 0 else { return 0 }
    // Whether P(max ≤ x) ≥ ½ for the x that rank `rank` among `places` gives. An exposure is at
    // most x exactly where its own rank r has r · places ≥ rank · own places: integers, no
    // rounding.
    func reachesHalf(rank: Int, places: Int) -> Bool {
      var logProbability = 0.0
      for (references, number) in groups {
        let own = UInt128(references) + 1
        let bound = UInt128(rank) * own
        let least = (bound + UInt128(places) - 1) / UInt128(places)
        let share = Double(own - least + 1) / Double(own)
        logProbability += Double(number) * log(share)
      }
      return logProbability >= log(0.5) - 1e-12
    }
    var best = Double.infinity
    for (references, _) in groups {
      let places = references + 1
      // The larger the rank the smaller x: the last rank that still reaches one half.
      var low = 1
      var high = places
      while low < high {
        let middle = low + (high - low + 1) / 2
        if reachesHalf(rank: middle, places: places) { low = middle } else { high = middle - 1 }
      }
      if reachesHalf(rank: low, places: places) {
        best = min(best, log2(Double(places) / Double(low)))
      }
    }
    return best
  }

  /// The line for canaries with a measured exposure; where there is none, for every canary with as
  /// many references as the protocol draws.
  static func line(_ canaries: [CanaryResult], references: Int) -> ChanceBaseline {
    let measured = canaries.compactMap(\.exposure.value?.references)
    let sizes =
      measured.isEmpty ? canaries.map { _ in max(0, references) } : measured
    let counts = sizes.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
    let sum = counts.sorted { $0.key < $1.key }.reduce(0.0) {
      $0 + mean(references: $1.key) * Double($1.value)
    }
    return ChanceBaseline(
      meanBits: sizes.isEmpty ? mean(references: max(0, references)) : sum / Double(sizes.count),
      medianMaximumBits: medianMaximum(counts), canaries: sizes.count)
  }
}
