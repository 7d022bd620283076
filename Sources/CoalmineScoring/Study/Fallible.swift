// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Statistics that refuse their input, as outcomes.
enum Fallible {
  /// The value, or `failed` with the slug of the refusal, as reports write slugs.
  static func outcome<Value: Sendable>(_ body: () throws -> Value) -> Outcome<Value> {
    do {
      return .measured(try body())
    } catch let error as StatisticsError {
      return .failed(Reason(error.code.replacing("_", with: "-"), error.message))
    } catch {
      return .failed(Reason("internal-error", "the statistic could not be computed"))
    }
  }
}
