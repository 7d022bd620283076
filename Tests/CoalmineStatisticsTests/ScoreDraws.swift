// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation

/// Seeded random inputs for the tests of scores and similarities.
struct ScoreDraws {
  private var random: ChaCha8Rand

  init(_ seed: UInt8) { random = ChaCha8Rand(seed: [UInt8](repeating: seed, count: 32)) }

  mutating func below(_ bound: Int) -> Int { Int(random.uniform(below: UInt64(bound))) }
  mutating func coin() -> Bool { random.coin() }
  mutating func unit() -> Double { random.unitInterval() }
  mutating func normal() -> Double { Normal.quantile(random.unitInterval() + 0x1p-54) }

  mutating func symbols(_ count: Int, of alphabet: Int) -> [Int] {
    (0..<count).map { _ in below(alphabet) }
  }

  /// Log-probabilities as of tokens: exponential, a few of them 0.
  mutating func logProbabilities(_ count: Int) -> [Double] {
    (0..<count).map { _ in coin() && coin() && coin() ? 0 : 2 * log(1 - unit()) }
  }

  /// The log-probabilities of a random distribution.
  mutating func row(_ size: Int, sharpness: Double = 2) -> [Double] {
    let weights = (0..<size).map { _ in sharpness * normal() }
    let total = log(weights.reduce(0) { $0 + exp($1) })
    return weights.map { $0 - total }
  }
}

/// Whether two numbers agree to `relative`, or to that absolutely where they are small.
func scoresAgree(_ x: Double, _ y: Double, _ relative: Double = 1e-12) -> Bool {
  x == y || abs(x - y) <= relative * max(1, abs(x), abs(y))
}
