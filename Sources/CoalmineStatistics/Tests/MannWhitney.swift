// SPDX-License-Identifier: Apache-2.0

/// The exact one-sided Mann-Whitney test that `first` tends to be larger.
///
/// The null distribution of the rank sum over all assignments of the observed mid-ranks, ties
/// included, by dynamic programming over doubled ranks.
///
/// - Returns: U, the number of pairs in which the first is larger, ties half, and
///   P(U* ≥ U) under random labels.
/// - Throws: `empty_input`, `nan`, `invalid_parameter` for more than 200 values in all.
/// - Complexity: O(m · N · N²) for N values, m of them in the first group.
/// Source: Mann and Whitney 1947; with ties, Streitberg and Röhmel 1986.
public func mannWhitneyExact(_ first: [Double], _ second: [Double]) throws(StatisticsError)
  -> (u: Double, pGreater: Double)
{
  guard !first.isEmpty, !second.isEmpty else { throw .empty }
  try StatisticsError.refuseNaN(first)
  try StatisticsError.refuseNaN(second)
  let total = first.count + second.count
  guard total <= 200 else { throw .parameter("the exact test takes at most 200 values") }
  let doubled = midRanks(first + second).map { Int(2 * $0) }
  let observed = doubled[..<first.count].reduce(0, +)
  let largest = doubled.reduce(0, +)
  let chosen = first.count
  // ways[j][s]: the share of all subsets of size j with doubled rank sum s, scaled at each step so
  // that no count overflows.
  var ways = [[Double]](
    repeating: [Double](repeating: 0, count: largest + 1), count: chosen + 1)
  ways[0][0] = 1
  for (index, rank) in doubled.enumerated() {
    for size in stride(from: min(chosen, index + 1), through: 1, by: -1) {
      for sum in stride(from: largest, through: rank, by: -1) {
        ways[size][sum] += ways[size - 1][sum - rank]
      }
    }
  }
  let all = ways[chosen].reduce(0, +)
  let upper = ways[chosen][observed...].reduce(0, +)
  let u = Double(observed) / 2 - Double(chosen * (chosen + 1)) / 2
  return (u, min(1, upper / all))
}
