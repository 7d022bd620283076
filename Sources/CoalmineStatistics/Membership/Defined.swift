// SPDX-License-Identifier: Apache-2.0

/// Scores that infinities or zeros leave without a value are refused, never passed on as NaN.
enum Defined {
  /// `value`, refused where it came out of ∞ − ∞ or ∞ / ∞.
  static func value(_ value: Double) throws(StatisticsError) -> Double {
    guard !value.isNaN else {
      throw StatisticsError(
        code: "indeterminate", "infinite log-probabilities leave this score without a value")
    }
    // Without this a zero could come out as −0.
    return value + 0
  }

  /// `numerator / denominator`, refused for a denominator of 0.
  static func quotient(_ numerator: Double, _ denominator: Double) throws(StatisticsError)
    -> Double
  {
    guard denominator != 0 else {
      throw StatisticsError(
        code: "division_by_zero", "the log-likelihood that this score divides by is 0")
    }
    return try value(numerator / denominator)
  }

  /// The mean of scores that may be infinite.
  static func mean(_ scores: [Double]) throws(StatisticsError) -> Double {
    guard !scores.isEmpty else { throw .empty }
    try StatisticsError.refuseNaN(scores)
    return try value(scores.reduce(0, +) / Double(scores.count))
  }

  /// Refuses lists that belong together and differ in length.
  static func sameCount(_ first: Int, _ second: Int) throws(StatisticsError) {
    guard first == second else {
      throw .parameter("lists of \(first) and \(second) values belong together")
    }
  }
}
