// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How few of `randomized` canaries a fair coin per canary may insert: the smallest count that at
/// least a share `level` of assignments does not exceed.
///
/// A plan that holds for so few inserted canaries holds for all but 5 % of assignments. Taken per kind
/// and added up it is rarer than that: of four kinds with 18 canaries each, 24 or fewer of 72 are
/// inserted in 0.3 % of assignments.
///
///     try assignmentQuantile(randomized: 72)  // 29
///
/// - Parameters:
///   - randomized: canaries whose coin is thrown, at least 0.
///   - level: in 0…1 open.
/// - Returns: 0…`randomized`.
/// - Throws: `nan`, `invalid_parameter`.
/// - Complexity: O(log n) tails.
public func assignmentQuantile(randomized: Int, level: Double = 0.05) throws(StatisticsError) -> Int
{
  if level.isNaN { throw .nan }
  guard randomized >= 0, level > 0, level < 1 else {
    throw .parameter("a number of canaries is negative or a level is not in 0…1")
  }
  var (low, high) = (-1, randomized)
  while high - low > 1 {
    let middle = low + (high - low) / 2
    // A chance may fall short of an equal level by rounding only.
    if try Binomial.logAtMost(middle, of: randomized, p: 0.5) >= log(level) - 1e-12 {
      high = middle
    } else {
      low = middle
    }
  }
  return high
}
