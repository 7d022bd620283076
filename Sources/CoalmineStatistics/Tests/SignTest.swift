// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The exact one-sided sign test: P(Bin(n, ½) ≥ positive) with n = positive + negative.
///
/// Zero differences are left out by the caller. No pairs give p = 1.
///
/// - Throws: `invalid_parameter` for a negative count.
public func signTest(positive: Int, negative: Int) throws(StatisticsError) -> Double {
  guard positive >= 0, negative >= 0 else { throw .parameter("a count is negative") }
  return exp(try Binomial.logAtLeast(positive, of: positive + negative, p: 0.5))
}
