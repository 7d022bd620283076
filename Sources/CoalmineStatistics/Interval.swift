// SPDX-License-Identifier: Apache-2.0

/// An interval with its confidence level.
public struct Interval: Codable, Sendable, Equatable {
  /// The lower end.
  public let lower: Double
  /// The upper end; infinite only where a quantity has no upper bound.
  public let upper: Double
  /// The two-sided confidence level, 0.95.
  public let level: Double

  /// - Precondition: neither end is NaN, and they are in order.
  public init(lower: Double, upper: Double, level: Double) {
    precondition(lower <= upper, "the ends of an interval are in order")
    self.lower = lower
    self.upper = upper
    self.level = level
  }
}
