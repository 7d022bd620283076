// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Glibc

/// Amounts in US dollars, for people.
public enum Dollars {
  /// Two decimals, and of what is below ten cents the first two digits: `1.50`, `0.0017`.
  ///
  /// - Parameter dollars: 0 or more; what is below a billionth is shown as 0.
  public static func text(_ dollars: Double) -> String {
    guard dollars >= 1e-9 else { return "0.00" }
    let digits = max(2, 1 - Int(log10(dollars).rounded(.down)))
    return Prose.decimal(dollars, min(digits, 10))
  }
}
