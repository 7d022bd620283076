// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Tails of the binomial distribution.
package enum Binomial {
  /// ln P(X ≥ k) for X ~ Bin(n, p); both tails include `k`.
  ///
  /// - Throws: `invalid_parameter` for n < 0, k outside 0…n + 1, or p outside 0…1.
  package static func logAtLeast(_ k: Int, of n: Int, p: Double) throws(StatisticsError) -> Double {
    try check(k, n, p)
    if k <= 0 { return 0 }
    if k > n { return -.infinity }
    return Beta.logRegularized(Double(k), Double(n - k + 1), at: p).lower
  }

  /// ln P(X ≤ k).
  package static func logAtMost(_ k: Int, of n: Int, p: Double) throws(StatisticsError) -> Double {
    try check(k, n, p)
    if k < 0 { return -.infinity }
    if k >= n { return 0 }
    return Beta.logRegularized(Double(k + 1), Double(n - k), at: p).upper
  }

  private static func check(_ k: Int, _ n: Int, _ p: Double) throws(StatisticsError) {
    guard n >= 0, k >= -1, k <= n + 1 else {
      throw .parameter("a count of \(k) of \(n) is impossible")
    }
    guard p >= 0, p <= 1 else { throw .parameter("a probability must be in 0…1") }
  }
}
