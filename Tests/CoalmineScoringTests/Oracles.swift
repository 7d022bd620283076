// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The slow and obvious way to each number.
enum Oracle {
  /// P(X ≥ hits) for X binomial, summed term by term.
  static func upperTail(_ hits: Int, of trials: Int, _ rate: Double) -> Double {
    guard hits <= trials else { return 0 }
    var sum = 0.0
    for count in max(0, hits)...trials {
      var term = 1.0
      for index in 0..<count { term *= Double(trials - index) / Double(count - index) * rate }
      for _ in count..<trials { term *= 1 - rate }
      sum += term
    }
    return sum
  }

  /// The rate at which `hits` or more have probability `tail`, by bisection.
  static func lowerBound(_ hits: Int, of trials: Int, tail: Double) -> Double {
    guard hits > 0 else { return 0 }
    return bisect { upperTail(hits, of: trials, $0) < tail }
  }

  /// The rate at which `hits` or fewer have probability `tail`, by bisection.
  static func upperBound(_ hits: Int, of trials: Int, tail: Double) -> Double {
    guard hits < trials else { return 1 }
    return bisect { 1 - upperTail(hits + 1, of: trials, $0) > tail }
  }

  /// P(Z > z) of a standard normal.
  static func normalTail(_ z: Double) -> Double { erfc(z / 2.0.squareRoot()) / 2 }

  private static func bisect(_ isBelow: (Double) -> Bool) -> Double {
    var low = 0.0
    var high = 1.0
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if isBelow(middle) { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The share of pairs in which the first is higher, ties half.
  static func auc(_ firsts: [Double], _ seconds: [Double]) -> Double {
    var wins = 0.0
    for first in firsts {
      for second in seconds {
        wins += abs(first - second) <= 1e-9 ? 0.5 : first > second ? 1 : 0
      }
    }
    return wins / Double(firsts.count * seconds.count)
  }

  /// The pooled statistic of scored, labelled strata: wins and halves over pairs.
  static func pooled(
    _ strata: [[(first: Bool, score: Double)]], tieEpsilon: Double = 1e-9
  ) -> Double? {
    var wins = 0.0
    var pairs = 0
    for stratum in strata {
      for one in stratum where one.first {
        for other in stratum where !other.first {
          pairs += 1
          let difference = one.score - other.score
          wins += abs(difference) <= tieEpsilon ? 0.5 : difference > 0 ? 1 : 0
        }
      }
    }
    return pairs == 0 ? nil : wins / Double(pairs)
  }

  /// The share of all relabellings that keep each stratum's counts whose statistic is at least the
  /// one seen, the one seen among them.
  static func exactPermutation(
    _ strata: [[(first: Bool, score: Double)]], tieEpsilon: Double = 1e-9
  ) -> Double {
    let seen = pooled(strata, tieEpsilon: tieEpsilon) ?? 0
    var total = 0
    var atLeast = 0
    func walk(_ done: [[(first: Bool, score: Double)]], _ rest: [[(first: Bool, score: Double)]]) {
      guard let next = rest.first else {
        total += 1
        if (pooled(done, tieEpsilon: tieEpsilon) ?? 0) >= seen - 1e-12 { atLeast += 1 }
        return
      }
      let wanted = next.count { $0.first }
      for mask in 0..<(1 << next.count) where mask.nonzeroBitCount == wanted {
        let relabelled = next.indices.map { (first: mask >> $0 & 1 == 1, score: next[$0].score) }
        walk(done + [relabelled], Array(rest.dropFirst()))
      }
    }
    walk([], strata)
    return Double(atLeast) / Double(total)
  }
}
