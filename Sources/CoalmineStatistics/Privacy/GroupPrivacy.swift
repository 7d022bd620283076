// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What (ε, δ)-DP of one record promises for `copies` records that change together.
///
///     (r ε, δ (e^{rε} − 1) / (e^ε − 1))
///
/// δ · r at ε = 0; at most 1.
///
/// - Parameters: ε at least 0, finite; δ in 0…1; copies r at least 1.
/// - Throws: `invalid_parameter`.
/// Source: Vadhan 2017, lemma 2.2.
public func groupPrivacy(epsilon: Double, delta: Double, copies: Int) throws(StatisticsError)
  -> (epsilon: Double, delta: Double)
{
  guard epsilon >= 0, epsilon.isFinite else { throw .parameter("epsilon must be at least 0") }
  guard delta >= 0, delta <= 1 else { throw .parameter("delta must be in 0…1") }
  guard copies >= 1 else { throw .parameter("there must be a copy") }
  let whole = Double(copies) * epsilon
  guard delta > 0, copies > 1 else { return (whole, delta) }
  let factor =
    epsilon == 0
    ? log(Double(copies)) : logOfExpMinusOne(whole) - logOfExpMinusOne(epsilon)
  return (whole, min(1, exp(log(delta) + factor)))
}

/// The epsilon per record that an audit with `copies` copies of each canary shows.
///
/// The audit bounds the group: training is not (ε̂, δ_g)-DP for r records together. So it is not
/// (ε, δ)-DP for one, for any ε with r ε ≤ ε̂ and δ (e^{rε} − 1) / (e^ε − 1) ≤ δ_g; this is the
/// largest. With both deltas 0 it is ε̂ / r. With r = 1 nothing is converted.
///
/// - Parameters:
///   - groupEpsilon: ε̂, at least 0, finite.
///   - groupDelta: the δ_g at which it was audited, in 0…1.
///   - delta: of the claim for one record, in 0…`groupDelta`.
/// - Throws: `invalid_parameter`.
/// - Returns: a number in 0…ε̂ / r; 0 also where `delta` leaves no room: r δ ≥ δ_g.
public func recordEpsilon(
  groupEpsilon: Double, groupDelta: Double, copies: Int, delta: Double
) throws(StatisticsError) -> Double {
  guard groupEpsilon >= 0, groupEpsilon.isFinite else {
    throw .parameter("epsilon must be at least 0")
  }
  guard groupDelta >= 0, groupDelta <= 1, delta >= 0, delta <= groupDelta else {
    throw .parameter("deltas must be in 0…1, that of a record not above that of the group")
  }
  guard copies >= 1 else { throw .parameter("there must be a copy") }
  func fits(_ epsilon: Double) throws(StatisticsError) -> Bool {
    try groupPrivacy(epsilon: epsilon, delta: delta, copies: copies).delta <= groupDelta
  }
  let most = groupEpsilon / Double(copies)
  if try fits(most) { return most }
  guard try fits(0) else { return 0 }
  var low = 0.0
  var high = most
  for _ in 0..<200 {
    let middle = (low + high) / 2
    if middle <= low || middle >= high { break }
    if try fits(middle) { low = middle } else { high = middle }
  }
  return low
}

/// ln(e^x − 1) for x > 0.
private func logOfExpMinusOne(_ x: Double) -> Double {
  x > 40 ? x + log1p(-exp(-x)) : log(expm1(x))
}
