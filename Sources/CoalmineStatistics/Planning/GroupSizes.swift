// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The standard errors of an AUC as planned for.
///
/// Source: Hanley and McNeil 1982.
public struct AUCErrors: Sendable, Equatable {
  /// At the AUC itself; Q1 and Q2 as in ``aucPower(auc:members:nonmembers:alpha:)``.
  public let error: Double
  /// At ½: √((m + n + 1)/(12mn)).
  public let nullError: Double

  /// - Parameters: `auc` in 0…1; group sizes positive.
  /// - Throws: `nan`, `invalid_parameter`.
  public init(auc: Double, members: Int, nonmembers: Int) throws(StatisticsError) {
    if auc.isNaN { throw .nan }
    guard members > 0, nonmembers > 0 else { throw .parameter("both groups need members") }
    guard auc >= 0, auc <= 1 else { throw .parameter("an AUC must be in 0…1") }
    let m = Double(members)
    let n = Double(nonmembers)
    let square = auc * auc
    let first = auc / (2 - auc) - square
    let second = 2 * square / (1 + auc) - square
    error = max(0, (auc * (1 - auc) + (m - 1) * first + (n - 1) * second) / (m * n)).squareRoot()
    nullError = ((m + n + 1) / (12 * m * n)).squareRoot()
  }
}

/// The fewest records in each of two equal groups that show an AUC above ½ with the wanted power.
///
/// - Throws: `nan`, `invalid_parameter` for an AUC outside ½…1 open; `not_reachable` above 2^30.
/// - Complexity: O(log n).
/// Source: Hanley and McNeil 1982.
public func groupSizeForAUC(_ auc: Double, alpha: Double, power: Double) throws(StatisticsError)
  -> Int
{
  try StatisticsError.refuseNaN([auc, alpha, power])
  guard auc > 0.5, auc < 1, power > 0, power < 1 else {
    throw .parameter("an AUC must be in 0.5…1 and power in 0…1")
  }
  var high = 1
  while try aucPower(auc: auc, members: high, nonmembers: high, alpha: alpha) < power {
    high *= 2
    guard high <= 1 << 30 else {
      throw StatisticsError(code: "not_reachable", "no group size shows this AUC")
    }
  }
  var low = high / 2
  while high - low > 1 {
    let middle = low + (high - low) / 2
    if try aucPower(auc: auc, members: middle, nonmembers: middle, alpha: alpha) < power {
      low = middle
    } else {
      high = middle
    }
  }
  return high
}

/// Which test a paired comparison is planned for.
public enum PairedTest: Sendable {
  case student
  /// Wilcoxon's signed ranks, which need π/3 times as many pairs where differences are normal.
  case wilcoxon
}

/// The pairs needed to see a mean change, two-sided: n = (z_α/2 + z_β)² sd² / Δ².
///
/// - Parameters:
///   - change: Δ, not 0; in the unit of the deviation.
///   - deviation: of the paired differences, from a pilot; positive.
/// - Throws: `nan`, `invalid_parameter`, `not_reachable`.
/// Source: normal approximation; Pitman 1949 for π/3.
public func pairsForChange(
  _ change: Double, deviation: Double, alpha: Double, power: Double, test: PairedTest = .student
) throws(StatisticsError) -> Int {
  try StatisticsError.refuseNaN([change, deviation, alpha, power])
  guard change != 0, change.isFinite, deviation > 0, deviation.isFinite, alpha > 0, alpha < 1,
    power > 0, power < 1
  else { throw .parameter("a change, deviation, alpha or power is out of range") }
  let z = Normal.quantile(1 - alpha / 2) + Normal.quantile(power)
  let ratio = deviation / change
  let loss = test == .wilcoxon ? Double.pi / 3 : 1
  return max(1, try wholeNumber(max(0, z) * max(0, z) * ratio * ratio * loss))
}
