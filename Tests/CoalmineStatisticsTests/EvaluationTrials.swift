// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import CoalmineTesting
import Foundation

/// Seeded repetitions of random studies: the same ones on every machine.
enum EvaluationTrials {
  /// Repetitions for what costs little, and for fits and resampling.
  static let closed = isDeep ? 10_000 : 2_000
  static let resampled = isDeep ? 2_000 : 500

  static func generator(_ seed: UInt8) -> ChaCha8Rand {
    ChaCha8Rand(seed: [UInt8](repeating: seed, count: 32))
  }

  /// The share of studies in which something happens, printed for the records.
  static func share(
    _ name: String, of trials: Int = closed, seed: UInt8,
    _ happens: (inout ChaCha8Rand) throws -> Bool
  ) rethrows -> Double {
    var random = generator(seed)
    var hits = 0
    for _ in 0..<trials where try happens(&random) { hits += 1 }
    let share = Double(hits) / Double(trials)
    print("measured: \(name): \(share) of \(trials)")
    return share
  }

  /// The largest share of something of probability `p` that is not significantly above it: the
  /// one-sided 99 % Clopper-Pearson bound of the share reaches down to `p`.
  static func most(_ p: Double, of trials: Int = closed) throws -> Double {
    var (fits, fails) = (0, trials + 1)
    while fails - fits > 1 {
      let middle = (fits + fails) / 2
      if try clopperPearsonLower(middle, of: trials, confidence: 0.99) <= p {
        fits = middle
      } else {
        fails = middle
      }
    }
    return Double(fits) / Double(trials)
  }

  /// The smallest share that is not significantly below `p`, likewise.
  static func least(_ p: Double, of trials: Int = closed) throws -> Double {
    1 - (try most(1 - p, of: trials))
  }
}

extension RandomNumberGenerator {
  /// A standard normal number (Box and Muller).
  mutating func normal() -> Double {
    let radius = (-2 * log(1 - unitInterval())).squareRoot()
    return radius * cos(2 * .pi * unitInterval())
  }

  mutating func normals(_ count: Int, mean: Double = 0) -> [Double] {
    (0..<count).map { _ in mean + normal() }
  }

  /// Whole numbers of `0..<bound`: few of them, so many ties.
  mutating func digits(_ count: Int, below bound: UInt64) -> [Double] {
    (0..<count).map { _ in Double(uniform(below: bound)) }
  }

  /// How many of `count` happen with probability `p`.
  mutating func hits(_ count: Int, p: Double) -> Int {
    (0..<count).count { _ in unitInterval() < p }
  }
}

/// |x − e| ≤ 10^-12 + 10^-9 |e|.
func near(_ x: Double, _ e: Double, _ relative: Double = 1e-9) -> Bool {
  x == e || abs(x - e) <= 1e-12 + relative * abs(e)
}

/// The code with which a call refuses its input; `nil` where it does not.
func refusal<T>(_ call: () throws -> T) -> String? {
  do {
    _ = try call()
    return nil
  } catch {
    return (error as? StatisticsError)?.code ?? "\(error)"
  }
}
