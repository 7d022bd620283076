// SPDX-License-Identifier: Apache-2.0

import Glibc

extension RandomNumberGenerator {
  /// Two independent standard normal numbers.
  ///
  /// Source: Box and Muller 1958.
  package mutating func normalPair() -> (Double, Double) {
    // 1 − u is never 0, so the logarithm is finite.
    let radius = sqrt(-2 * log(1 - unitInterval()))
    let angle = 2 * Double.pi * unitInterval()
    return (radius * cos(angle), radius * sin(angle))
  }
}
