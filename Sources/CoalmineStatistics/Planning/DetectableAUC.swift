// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The power of the one-sided test that an AUC exceeds ½.
///
/// Normal approximation with the variances of Hanley and McNeil:
///
///     Q1 = A/(2−A), Q2 = 2A²/(1+A)
///     se² = [A(1−A) + (m−1)(Q1−A²) + (n−1)(Q2−A²)] / (mn),  se0² = (m+n+1) / (12mn)
///     power = Φ((A − ½ − z_α se0) / se)
///
/// - Parameters: `auc` in ½…1; group sizes positive; `alpha` in 0…1 open.
/// - Throws: `invalid_parameter`.
/// Source: Hanley and McNeil 1982.
public func aucPower(auc: Double, members: Int, nonmembers: Int, alpha: Double)
  throws(StatisticsError) -> Double
{
  guard members > 0, nonmembers > 0 else { throw .parameter("both groups need members") }
  guard auc >= 0.5, auc <= 1 else { throw .parameter("an AUC must be in 0.5…1") }
  guard alpha > 0, alpha < 1 else { throw .parameter("alpha must be in 0…1") }
  let m = Double(members)
  let n = Double(nonmembers)
  let q1 = auc / (2 - auc)
  let q2 = 2 * auc * auc / (1 + auc)
  let square = auc * auc
  let variance = (auc * (1 - auc) + (m - 1) * (q1 - square) + (n - 1) * (q2 - square)) / (m * n)
  let null = sqrt((m + n + 1) / (12 * m * n))
  let distance = auc - 0.5 - Normal.quantile(1 - alpha) * null
  if variance <= 0 { return distance > 0 ? 1 : 0 }
  return Normal.cdf(distance / sqrt(variance))
}

/// The smallest AUC that groups of these sizes show with the wanted power.
///
/// - Throws: `invalid_parameter`; `not_reachable` where not even an AUC of 1 would be seen.
/// - Complexity: O(1), sixty halvings.
public func minimumDetectableAUC(
  members: Int, nonmembers: Int, alpha: Double, power: Double
) throws(StatisticsError) -> Double {
  guard power > 0, power < 1 else { throw .parameter("power must be in 0…1") }
  guard try aucPower(auc: 1, members: members, nonmembers: nonmembers, alpha: alpha) >= power
  else {
    throw StatisticsError(
      code: "not_reachable", "groups of \(members) and \(nonmembers) show no AUC with this power")
  }
  var low = 0.5
  var high = 1.0
  for _ in 0..<60 {
    let middle = (low + high) / 2
    if try aucPower(auc: middle, members: members, nonmembers: nonmembers, alpha: alpha) >= power {
      high = middle
    } else {
      low = middle
    }
  }
  return high
}

/// The upper bound of a rate of which nothing was seen in `trials`: 1 − α^(1/n).
public func zeroCountUpperBound(trials: Int, confidence: Double = 0.95) throws(StatisticsError)
  -> Double
{
  try clopperPearsonUpper(0, of: trials, confidence: confidence)
}
