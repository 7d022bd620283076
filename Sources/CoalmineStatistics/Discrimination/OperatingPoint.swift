// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The true positive rate that a false positive rate buys, counted conservatively.
public struct OperatingPoint: Sendable, Equatable {
  /// ⌊x·n + 1e-9⌋ false positives.
  public let allowedFalsePositives: Int
  public let truePositives: Int
  /// The largest TPR of a threshold with no more false positives than allowed.
  public let truePositiveRate: Double
  /// Clopper-Pearson of the true positives, with the threshold taken as given. At a fixed threshold
  /// with a TPR of one half it held that in 97.0 % of 2,000 studies of 60 members at 95 %.
  public let interval: Interval
  /// Whether there are enough nonmembers for one false positive: x ≥ 1/n. If not, print "n too
  /// small" beside it.
  public let isResolved: Bool
}

extension ROCCurve {
  /// How the TPR between two points of the curve is counted; the raw value is the slug in reports.
  public enum Convention: String, Sendable, CaseIterable {
    /// The best threshold with no more false positives than allowed.
    case conservative
    /// A coin thrown between the two neighbouring thresholds.
    case linear
    /// A coin thrown between any two thresholds.
    case convexHull = "convex-hull"
  }

  /// The conservative TPR at a false positive rate, with its interval.
  ///
  /// - Parameter rate: the false positive rate x, 0…1.
  /// - Throws: `invalid_parameter` for a rate outside 0…1 or a confidence outside 0…1 open.
  /// Source: Carlini et al. 2022.
  public func operatingPoint(at rate: Double, confidence: Double = 0.95) throws(StatisticsError)
    -> OperatingPoint
  {
    let allowed = try allowedFalsePositives(rate)
    // More positives are never fewer true ones, so the last point that is allowed is the best.
    let found = points.last { $0.falsePositives <= allowed }?.truePositives ?? 0
    return OperatingPoint(
      allowedFalsePositives: allowed, truePositives: found,
      truePositiveRate: Double(found) / Double(members),
      interval: try clopperPearson(found, of: members, confidence: confidence),
      isResolved: rate * Double(nonmembers) >= 1 - 1e-9)
  }

  /// The TPR at a false positive rate.
  ///
  /// Interpolated values below a rate of 1/n stand on no observation.
  ///
  /// - Parameter rate: the false positive rate, 0…1.
  /// - Throws: `invalid_parameter` for a rate outside 0…1.
  /// - Returns: a number in 0…1; conservative ≤ linear ≤ convex hull.
  /// - Complexity: O(points).
  public func truePositiveRate(
    atFalsePositiveRate rate: Double, _ convention: Convention = .conservative
  ) throws(StatisticsError) -> Double {
    let allowed = try allowedFalsePositives(rate)
    let corners = convention == .convexHull ? hull : points
    let place = (corners.firstIndex { $0.falsePositives > allowed } ?? corners.count) - 1
    let before = corners[place]
    guard convention != .conservative, place + 1 < corners.count else {
      return Double(before.truePositives) / Double(members)
    }
    let after = corners[place + 1]
    let width = Double(after.falsePositives - before.falsePositives)
    let share = max(0, rate * Double(nonmembers) - Double(before.falsePositives)) / width
    let gained = Double(after.truePositives - before.truePositives)
    return (Double(before.truePositives) + min(1, share) * gained) / Double(members)
  }

  private func allowedFalsePositives(_ rate: Double) throws(StatisticsError) -> Int {
    guard rate >= 0, rate <= 1 else { throw .parameter("a false positive rate must be in 0…1") }
    return min(nonmembers, Int(rate * Double(nonmembers) + 1e-9))
  }

  /// The corners of the upper convex hull, from (0, 0) to (1, 1).
  var hull: [Point] {
    var corners: [Point] = []
    for point in points {
      while corners.count > 1 {
        let (first, second) = (corners[corners.count - 2], corners[corners.count - 1])
        let turn =
          (second.falsePositives - first.falsePositives)
          * (point.truePositives - first.truePositives)
          - (point.falsePositives - first.falsePositives)
          * (second.truePositives - first.truePositives)
        if turn < 0 { break }
        corners.removeLast()
      }
      corners.append(point)
    }
    return corners
  }
}

/// How many nonmembers without one false positive show a rate of at most `rate`.
///
///     n = ⌈ln α / ln(1 − x)⌉
///
/// - Throws: `invalid_parameter` for a rate or alpha outside 0…1 open, or more than 2^53.
public func nonmembersToCertify(falsePositiveRate rate: Double, alpha: Double = 0.05)
  throws(StatisticsError) -> Int
{
  guard rate > 0, rate < 1 else { throw .parameter("a false positive rate must be in 0…1") }
  guard alpha > 0, alpha < 1 else { throw .parameter("alpha must be in 0…1") }
  // A quotient that is whole but for rounding must not cost one more.
  let count = (log(alpha) / log1p(-rate) - 1e-9).rounded(.up)
  guard count < 0x1p53 else { throw .parameter("the rate is too small") }
  return max(1, Int(count))
}
