// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A small generator of the tests' own, so that nothing here depends on the one under test.
struct SplitMix {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

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
