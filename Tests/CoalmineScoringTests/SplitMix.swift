// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension SplitMix {
  /// In 0..<1.
  mutating func unit() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }

  /// Standard normal, by Box and Muller.
  mutating func normal() -> Double {
    sqrt(-2 * log(1 - unit())) * cos(2 * Double.pi * unit())
  }

  /// A shuffled copy.
  mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var copy = elements
    for last in stride(from: copy.count - 1, to: 0, by: -1) {
      copy.swapAt(last, Int(next() % UInt64(last + 1)))
    }
    return copy
  }
}
