// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What exposures look like where nothing leaked.
///
/// Without leakage the rank among `m` references is uniform on `1...m+1`, so the exposure is
/// `log2((m+1) / rank)` with mean `log2(m+1) − (1/(m+1)) Σ log2 r`, 1.44 bits for many references.
/// An exact rank is uniform on the candidates of the space in the same way; of a search that left
/// some open, the certain lower end is no larger than that. For canaries with independent ranks
/// `P(max ≤ x) = Π_k P(exposure_k ≤ x)`, and the median of the maximum is the least `x` at which
/// this reaches one half.
package enum ExposureUnderNull {
  /// Among what a secret is ranked.
  package enum Ranking: Hashable, Sendable {
    case references(Int)
    /// All candidates of a space, log2 of their number.
    case candidates(bits: Double)

    var ceilingBits: Double {
      switch self {
      case .references(let count): log2(Double(max(0, count)) + 1)
      case .candidates(let bits): bits
      }
    }

    /// P(exposure ≤ x): the share of ranks r with log2(places / r) ≤ x.
    func share(atMost bits: Double) -> Double {
      let places = exp2(ceilingBits)
      // The least rank that is allowed; beyond whole numbers of a Double the share is continuous.
      let least = places * exp2(-bits)
      guard least < 0x1p52 else { return max(0, 1 - exp2(-bits)) }
      let whole = max(1, (least * (1 - 1e-12)).rounded(.up))
      return max(0, (places.rounded() - whole + 1) / places.rounded())
    }

    var isOfReferences: Bool { if case .references = self { true } else { false } }

    /// The lowest ceiling first; among equal ones, references before candidates.
    var order: (Double, Int) { (ceilingBits, isOfReferences ? 0 : 1) }

    var mean: Double {
      switch self {
      case .references(let count): ExposureUnderNull.mean(references: count)
      case .candidates(let bits): ExposureUnderNull.mean(candidateBits: bits)
      }
    }
  }

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

  /// The mean exposure by exact rank in a space, in bits; 0 for a space of one.
  ///
  /// By sum up to 2^16 candidates, then `1/ln 2 − log2(2πn) / (2n)`, whose error is below 1e-11.
  ///
  /// - Complexity: O(candidates), at most 2^16.
  package static func mean(candidateBits bits: Double) -> Double {
    guard bits > 0 else { return 0 }
    if bits <= 16 { return mean(references: max(0, Int(exp2(bits).rounded()) - 1)) }
    let candidates = exp2(bits)
    return 1 / log(2) - log2(2 * Double.pi * candidates) / (2 * candidates)
  }

  /// The median of the largest of several exposures that need not be found alike, in bits.
  ///
  /// With exact ranks among them it is found by bisection, to 1e-9 bits.
  ///
  /// - Parameter counts: how many canaries have each ranking.
  /// - Returns: 0 without canaries.
  package static func medianMaximum(among counts: [Ranking: Int]) -> Double {
    var references: [Int: Int] = [:]
    var others = false
    for (ranking, number) in counts where number > 0 {
      if case .references(let count) = ranking { references[count] = number } else { others = true }
    }
    guard others else { return medianMaximum(references) }
    // In a fixed order, so that the last bit is too.
    let groups = counts.filter { $0.value > 0 }
      .sorted { $0.key.order < $1.key.order }
    func reachesHalf(_ bits: Double) -> Bool {
      groups.reduce(0) { $0 + Double($1.value) * log($1.key.share(atMost: bits)) }
        >= log(0.5) - 1e-12
    }
    var (low, high) = (0.0, groups.map(\.key.ceilingBits).max() ?? 0)
    if reachesHalf(low) { return low }
    while high - low > 1e-10 {
      let middle = (low + high) / 2
      if reachesHalf(middle) { high = middle } else { low = middle }
    }
    return high
  }

  /// The median of the largest of several exposures among references, in bits.
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
  package static func line(_ canaries: [CanaryResult], references: Int) -> ChanceBaseline {
    let measured = canaries.compactMap(\.exposure.value).map { exposure -> Ranking in
      exposure.ranking == .references
        ? .references(exposure.references) : .candidates(bits: exposure.ceilingBits)
    }
    let planned = Ranking.references(max(0, references))
    let rankings = measured.isEmpty ? canaries.map { _ in planned } : measured
    let counts = rankings.reduce(into: [Ranking: Int]()) { $0[$1, default: 0] += 1 }
    let rows = counts.sorted { $0.key.order < $1.key.order }.map { ranking, number in
      ChanceBaseline.Row(
        ranking: ranking.isOfReferences ? .references : .candidates,
        ceilingBits: ranking.ceilingBits, canaries: number, meanBits: ranking.mean,
        medianMaximumBits: medianMaximum(among: [ranking: number]))
    }
    let sum = rows.reduce(0.0) { $0 + $1.meanBits * Double($1.canaries) }
    return ChanceBaseline(
      meanBits: rankings.isEmpty ? planned.mean : sum / Double(rankings.count),
      medianMaximumBits: medianMaximum(among: counts), canaries: rankings.count, rows: rows)
  }
}
