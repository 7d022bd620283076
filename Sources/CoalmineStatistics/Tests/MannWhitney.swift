// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The exact one-sided Mann-Whitney test that `first` tends to be larger.
///
/// The null distribution of the rank sum over all assignments of the observed mid-ranks, ties
/// included, by dynamic programming over doubled ranks.
///
/// - Returns: U, the number of pairs in which the first is larger, ties half, and
///   P(U* ≥ U) under random labels.
/// - Throws: `empty_input`, `nan`, `invalid_parameter` for more than 200 values in all.
/// - Complexity: O(min(m, n) · N · N²) for N values.
/// Source: Mann and Whitney 1947; with ties, Streitberg and Röhmel 1986.
public func mannWhitneyExact(_ first: [Double], _ second: [Double]) throws(StatisticsError)
  -> (u: Double, pGreater: Double)
{
  let test = try mannWhitney(first, second)
  return (test.u, test.p.greater)
}

/// The exact Mann-Whitney test in both directions.
///
/// As ``mannWhitneyExact(_:_:)``; two-sided is twice the smaller tail, also with ties, where the
/// null distribution need not be symmetric. Size at 5 % in 2,000 null studies of 12 + 9 values with
/// many ties: 4.8 % one-sided.
///
/// - Throws: `empty_input`, `nan`, `invalid_parameter` for more than 200 values in all.
public func mannWhitney(_ first: [Double], _ second: [Double]) throws(StatisticsError)
  -> (u: Double, p: TailPValues)
{
  let ranks = try pooledRanks(first, second)
  guard ranks.count <= 200 else { throw .parameter("the exact test takes at most 200 values") }
  let doubled = ranks.map { Int(2 * $0) }
  let total = doubled.reduce(0, +)
  let own = doubled[..<first.count].reduce(0, +)
  // The smaller group's rank sum says the same: it is large where the other's is small.
  let swapped = second.count < first.count
  let chosen = min(first.count, second.count)
  let observed = swapped ? total - own : own
  let ways = subsetSums(doubled, size: chosen)
  let all = ways.reduce(0, +)
  let upper = log(ways[observed...].reduce(0, +) / all)
  let lower = log(ways[...observed].reduce(0, +) / all)
  return (
    mannWhitneyU(doubledRankSum: own, count: first.count),
    swapped
      ? TailPValues(logGreater: lower, logLess: upper)
      : TailPValues(logGreater: upper, logLess: lower)
  )
}

/// The Mann-Whitney test by the normal approximation, with the variance corrected for ties.
///
///     var U = mn/12 · (N + 1 − Σ(t³ − t) / (N(N − 1)))
///
/// p = 1 both ways where all values are equal. Size at 5 % in 2,000 null studies of 40 + 30 values:
/// 5.0 % two-sided.
///
/// - Throws: `empty_input`, `nan`.
/// - Complexity: O(N log N).
/// Source: Lehmann 1975.
public func mannWhitneyNormal(
  _ first: [Double], _ second: [Double], correction: ContinuityCorrection = .half
) throws(StatisticsError) -> (u: Double, p: TailPValues) {
  let ranks = try pooledRanks(first, second)
  let m = Double(first.count)
  let n = Double(second.count)
  let count = m + n
  let u = ranks[..<first.count].reduce(0, +) - m * (m + 1) / 2
  let ties = tieCubes(ranks)
  // All equal: exactly 0, which rounding would miss.
  let spread = ties == count * count * count - count ? 0 : count + 1 - ties / (count * (count - 1))
  return (
    u,
    TailPValues(
      difference: u - m * n / 2, variance: m * n / 12 * spread, correction: correction.reach)
  )
}

private func pooledRanks(_ first: [Double], _ second: [Double]) throws(StatisticsError)
  -> [Double]
{
  guard !first.isEmpty, !second.isEmpty else { throw .empty }
  try StatisticsError.refuseNaN(first)
  try StatisticsError.refuseNaN(second)
  return midRanks(first + second)
}

private func mannWhitneyU(doubledRankSum: Int, count: Int) -> Double {
  Double(doubledRankSum) / 2 - Double(count * (count + 1)) / 2
}

/// By sum, how many subsets of the given size have it. At most C(200, 100) ≈ 1e59: no overflow.
private func subsetSums(_ values: [Int], size: Int) -> [Double] {
  let total = values.reduce(0, +)
  let width = total + 1
  let sorted = values.sorted()
  // Ascending, so that the first values taken reach no further than the last ones of that number.
  var ways = [Double](repeating: 0, count: (size + 1) * width)
  ways[0] = 1
  ways.withUnsafeMutableBufferPointer { ways in
    for (index, value) in sorted.enumerated() {
      var largest = 0
      let first = min(size, index + 1)
      for taken in 1...first { largest += sorted[index + 1 - taken] }
      for taken in stride(from: first, through: 1, by: -1) {
        let (to, from) = (taken * width, (taken - 1) * width - value)
        if largest >= value {
          for sum in value...largest { ways[to + sum] += ways[from + sum] }
        }
        largest -= sorted[index + 1 - taken]
      }
    }
  }
  return Array(ways[(size * width)...])
}

/// Σ(t³ − t) over the groups of equal ranks.
func tieCubes(_ ranks: [Double]) -> Double {
  let sorted = ranks.sorted()
  var sum = 0.0
  var start = 0
  while start < sorted.count {
    var end = start + 1
    while end < sorted.count, sorted[end] == sorted[start] { end += 1 }
    let size = Double(end - start)
    sum += size * size * size - size
    start = end
  }
  return sum
}
