// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Tails of the binomial distribution.
package enum Binomial {
  /// ln P(X ≥ k) for X ~ Bin(n, p); both tails include `k`.
  ///
  /// A k below 0 or above n is legal and gives a sure or an impossible event.
  ///
  /// - Throws: `nan` for p; `invalid_parameter` for n < 0 or p outside 0…1.
  package static func logAtLeast(_ k: Int, of n: Int, p: Double) throws(StatisticsError) -> Double {
    try check(n, p)
    if k <= 0 { return 0 }
    if k > n { return -.infinity }
    return Beta.logRegularized(Double(k), Double(n - k + 1), at: p).lower
  }

  /// ln P(X ≤ k).
  package static func logAtMost(_ k: Int, of n: Int, p: Double) throws(StatisticsError) -> Double {
    try check(n, p)
    if k < 0 { return -.infinity }
    if k >= n { return 0 }
    return Beta.logRegularized(Double(k + 1), Double(n - k), at: p).upper
  }

  private static func check(_ n: Int, _ p: Double) throws(StatisticsError) {
    guard n >= 0 else { throw .parameter("a number of trials is negative") }
    if p.isNaN { throw .nan }
    guard p >= 0, p <= 1 else { throw .parameter("a probability must be in 0…1") }
  }
}
