// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Binomial numbers by inversion: with the same words of the generator, a larger chance never gives
/// a smaller number.
struct BinomialDraw {
  /// 1/k by k.
  private let inverse: [Double] = [0] + (1...chunk).map { 1 / Double($0) }
  /// So many trials are drawn at once: ½ to this power is a normal double.
  private static let chunk = 512

  /// How many of `trials` happen with this chance each. Takes one word per 512 trials begun.
  ///
  /// - Complexity: O(trials · min(chance, 1 − chance)).
  func draw(_ trials: Int, chance: Double, using generator: inout ChaCha8Rand) -> Int {
    var (left, sum) = (trials, 0)
    while left > 0 {
      let count = min(left, Self.chunk)
      let u = generator.unitInterval()
      sum +=
        chance <= 0.5
        ? inverted(u, count, chance) : count - inverted(1 - u, count, 1 - chance)
      left -= count
    }
    return sum
  }

  /// The smallest k with P(X ≤ k) ≥ u.
  private func inverted(_ u: Double, _ trials: Int, _ chance: Double) -> Int {
    let odds = chance / (1 - chance)
    var mass = exp(Double(trials) * log1p(-chance))
    var (below, number) = (mass, 0)
    while below < u, number < trials {
      number += 1
      mass *= Double(trials - number + 1) * inverse[number] * odds
      below += mass
    }
    return number
  }
}
