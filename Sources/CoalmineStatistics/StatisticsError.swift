// SPDX-License-Identifier: Apache-2.0

/// Why a statistic refuses its input.
public struct StatisticsError: Error, Sendable, Equatable {
  /// A stable slug: `empty_input`, `nan`, `invalid_logprob`, `invalid_parameter`, …
  public let code: String
  /// What is wrong, in one lower-case sentence.
  public let message: String

  public init(code: String, _ message: String) {
    self.code = code
    self.message = message
  }

  static let empty = StatisticsError(code: "empty_input", "there is nothing to compute from")
  static let nan = StatisticsError(code: "nan", "a value is not a number")

  static func parameter(_ message: String) -> StatisticsError {
    StatisticsError(code: "invalid_parameter", message)
  }

  /// Throws ``nan`` where a value is not a number; infinities pass, since they order.
  static func refuseNaN(_ values: some Sequence<Double>) throws(StatisticsError) {
    if values.contains(where: \.isNaN) { throw nan }
  }
}
