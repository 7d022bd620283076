// SPDX-License-Identifier: Apache-2.0

/// The receiver operating characteristic of a score: what "score ≥ threshold" finds and mistakes.
public struct ROCCurve: Sendable, Equatable {
  /// One threshold.
  public struct Point: Sendable, Equatable {
    /// Scores of at least this count as members; +∞ for the first point, where none do.
    public let threshold: Double
    public let truePositives: Int
    public let falsePositives: Int
  }

  /// From no positives to all; equal scores enter together, so there is one point per distinct
  /// score and the one before all.
  public let points: [Point]
  /// Group sizes.
  public let members: Int
  public let nonmembers: Int

  /// - Throws: `empty_input`, `nan`.
  /// - Complexity: O((m + n) log (m + n)).
  /// Source: Fawcett 2006.
  public init(members: [Double], nonmembers: [Double]) throws(StatisticsError) {
    guard !members.isEmpty, !nonmembers.isEmpty else { throw .empty }
    try StatisticsError.refuseNaN(members)
    try StatisticsError.refuseNaN(nonmembers)
    let ones = members.sorted(by: >)
    let others = nonmembers.sorted(by: >)
    var points = [Point(threshold: .infinity, truePositives: 0, falsePositives: 0)]
    var positives = (true: 0, false: 0)
    while positives.true < ones.count || positives.false < others.count {
      let threshold = max(
        positives.true < ones.count ? ones[positives.true] : -.infinity,
        positives.false < others.count ? others[positives.false] : -.infinity)
      while positives.true < ones.count, ones[positives.true] == threshold { positives.true += 1 }
      while positives.false < others.count, others[positives.false] == threshold {
        positives.false += 1
      }
      points.append(
        Point(
          threshold: threshold, truePositives: positives.true, falsePositives: positives.false))
    }
    self.points = points
    self.members = ones.count
    self.nonmembers = others.count
  }

  /// The average precision, with whole tie groups.
  ///
  ///     Σ (R_i − R_{i−1}) · P_i
  ///
  /// The prevalence m / (m + n) for a useless score: state it beside.
  ///
  /// - Returns: a number in 0…1.
  /// Source: Davis and Goadrich 2006; never the trapezoid, which is too high.
  public var averagePrecision: Double {
    var sum = 0.0
    for (before, point) in zip(points, points.dropFirst()) {
      let gained = Double(point.truePositives - before.truePositives)
      let precision =
        Double(point.truePositives) / Double(point.truePositives + point.falsePositives)
      sum += gained / Double(members) * precision
    }
    return sum
  }

  /// The point with the largest TPR − FPR, the highest threshold of several.
  public var best: Point {
    var best = points[0]
    var most = 0
    for point in points {
      let value = point.truePositives * nonmembers - point.falsePositives * members
      if value > most { (best, most) = (point, value) }
    }
    return best
  }

  /// max (TPR − FPR), 0…1: biased upward, since the threshold is chosen on the same data. Its p is
  /// that of ``MaximumAdvantage``.
  public var maximumAdvantage: Double {
    let best = best
    return Double(best.truePositives) / Double(members)
      - Double(best.falsePositives) / Double(nonmembers)
  }

  /// ½ (1 + max (TPR − FPR)), ½…1.
  public var maximumBalancedAccuracy: Double { 0.5 * (1 + maximumAdvantage) }
}
