// SPDX-License-Identifier: Apache-2.0

extension RandomNumberGenerator {
  /// A number in `0..<bound`, every one equally likely.
  ///
  /// Multiply-and-reject: the high word of `next() × bound`, drawn again where the low word falls
  /// into the uneven rest. Written here because the standard library may change its own draws.
  ///
  /// - Precondition: `bound > 0`.
  /// Source: Lemire 2019.
  public mutating func uniform(below bound: UInt64) -> UInt64 {
    precondition(bound > 0, "the bound is positive")
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let uneven = (0 &- bound) % bound
      while product.low < uneven { product = next().multipliedFullWidth(by: bound) }
    }
    return product.high
  }

  /// A number in `0..<bound`, every one equally likely.
  ///
  /// - Precondition: `bound > 0`.
  public mutating func uniform(below bound: UInt128) -> UInt128 {
    precondition(bound > 0, "the bound is positive")
    if let small = UInt64(exactly: bound) { return UInt128(uniform(below: small)) }
    // The largest multiple of the bound that fits, less one.
    let last = UInt128.max - (UInt128.max % bound + 1) % bound
    while true {
      let high = UInt128(next())
      let value = high << 64 | UInt128(next())
      if value <= last { return value % bound }
    }
  }

  /// A fair coin.
  public mutating func coin() -> Bool { next() >> 63 == 1 }

  /// A number in [0, 1) on the grid of 2^-53.
  public mutating func unitInterval() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Puts the elements into a random order, every one equally likely (Fisher and Yates).
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    guard elements.count > 1 else { return }
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, Int(uniform(below: UInt64(last + 1))))
    }
  }

  /// `count` distinct numbers of `0..<bound`, sorted, every subset equally likely (Floyd).
  ///
  /// - Precondition: `count <= bound`.
  public mutating func sample(_ count: Int, below bound: Int) -> [Int] {
    precondition(count >= 0 && count <= bound, "no more numbers than there are")
    var chosen: Set<Int> = []
    for candidate in (bound - count)..<bound {
      let drawn = Int(uniform(below: UInt64(candidate + 1)))
      chosen.insert(chosen.contains(drawn) ? candidate : drawn)
    }
    return chosen.sorted()
  }
}
