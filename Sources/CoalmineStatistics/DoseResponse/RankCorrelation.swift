// SPDX-License-Identifier: Apache-2.0

/// Rank correlations; 0 where a list does not vary, since then there is no order to follow.
public enum RankCorrelation {
  /// Kendall's τ_b: concordant less discordant pairs over √(pairs untied in x · untied in y).
  ///
  /// Ties are equality of doubles.
  ///
  /// - Parameters: two lists of the same length, at least two values.
  /// - Returns: −1…1.
  /// - Throws: `length_mismatch`; `empty_input` for fewer than two; `nan`.
  /// - Complexity: O(n²).
  /// Source: Kendall 1945.
  public static func kendallTauB(_ first: [Double], _ second: [Double]) throws(StatisticsError)
    -> Double
  {
    try check(first, second)
    var score = 0
    var untiedFirst = 0
    var untiedSecond = 0
    for i in first.indices.dropFirst() {
      for j in 0..<i {
        let a = order(first[i], first[j])
        let b = order(second[i], second[j])
        score += a * b
        untiedFirst += a * a
        untiedSecond += b * b
      }
    }
    guard untiedFirst > 0, untiedSecond > 0 else { return 0 }
    return Double(score) / (Double(untiedFirst) * Double(untiedSecond)).squareRoot()
  }

  /// Spearman's ρ: Pearson's correlation of the mid-ranks.
  ///
  /// - Parameters: two lists of the same length, at least two values.
  /// - Returns: −1…1.
  /// - Throws: `length_mismatch`; `empty_input` for fewer than two; `nan`.
  /// - Complexity: O(n log n).
  /// Source: Spearman 1904.
  public static func spearman(_ first: [Double], _ second: [Double]) throws(StatisticsError)
    -> Double
  {
    try check(first, second)
    let x = midRanks(first)
    let y = midRanks(second)
    let mean = Double(x.count + 1) / 2
    var (sxx, sxy, syy) = (0.0, 0.0, 0.0)
    for (a, b) in zip(x, y) {
      sxx += (a - mean) * (a - mean)
      sxy += (a - mean) * (b - mean)
      syy += (b - mean) * (b - mean)
    }
    guard sxx > 0, syy > 0 else { return 0 }
    return max(-1, min(1, sxy / (sxx * syy).squareRoot()))
  }

  private static func check(_ first: [Double], _ second: [Double]) throws(StatisticsError) {
    guard first.count == second.count else { throw .unequalLengths }
    guard first.count >= 2 else { throw .empty }
    try StatisticsError.refuseNaN(first)
    try StatisticsError.refuseNaN(second)
  }

  private static func order(_ a: Double, _ b: Double) -> Int { a > b ? 1 : a < b ? -1 : 0 }
}
