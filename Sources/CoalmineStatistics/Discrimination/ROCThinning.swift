// SPDX-License-Identifier: Apache-2.0

import Glibc

extension ROCCurve {
  /// A few points that draw the curve on plain and on logarithmic axes.
  ///
  /// Points are kept as they are, so that none is interpolated: the ends, and for levels of false
  /// positives, half of them evenly spaced and half in equal ratios, the best point that exceeds no
  /// level. All points where they are few.
  ///
  /// - Parameter limit: the most points that are kept, at least 2.
  /// - Throws: `invalid_parameter` for a limit below 2.
  /// - Complexity: O(points + limit · log points).
  public func thinned(to limit: Int) throws(StatisticsError) -> [Point] {
    guard limit >= 2 else { throw .parameter("a curve has two ends at least") }
    guard points.count > limit else { return points }
    var kept: Set<Int> = [0, points.count - 1]
    let inner = limit - 2
    let most = Double(nonmembers)
    for number in 0..<inner {
      let half = inner - inner / 2
      let level =
        number < half
        ? most * Double(number) / Double(half)
        : pow(most, Double(number - half) / Double(max(1, inner / 2)))
      kept.insert(lastPlace(withFalsePositives: Int(level + 1e-9)))
    }
    return kept.sorted().map { points[$0] }
  }

  /// The last point with no more false positives, by bisection: counts never fall along the curve.
  private func lastPlace(withFalsePositives allowed: Int) -> Int {
    var (low, high) = (0, points.count - 1)
    while low < high {
      let middle = low + (high - low + 1) / 2
      if points[middle].falsePositives <= allowed { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
