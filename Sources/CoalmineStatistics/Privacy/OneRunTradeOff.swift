// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The one-run audit of a whole trade-off curve: more power than ``OneRunEpsilon`` where the
/// mechanism is Gaussian-like, and only valid then.
///
/// Its bound on μ is labelled "GDP-assumed". In 2,000 runs of independent Gaussian mechanisms at
/// μ = 1 with 200 guesses it exceeded 1 in none at α = 5 %: conservative.
public struct OneRunTradeOff: Sendable, Equatable {
  /// Canaries with a coin, m.
  public let canaries: Int
  /// Those that were guessed, c′.
  public let guesses: Int
  /// Those that were guessed right, c.
  public let correct: Int

  /// The hypothesis under test, as one minus its trade-off function.
  public enum Hypothesis: Sendable, Equatable {
    /// μ-Gaussian DP: f̄(x) = Φ(Φ⁻¹(x) − μ).
    case gaussian(mu: Double)
    /// (ε, δ)-DP: f̄(x) = max(0, 1 − δ − e^ε (1 − x), e^−ε (x − δ)).
    case approximate(epsilon: Double, delta: Double)

    func check() throws(StatisticsError) {
      switch self {
      case .gaussian(let mu):
        guard mu >= 0, mu.isFinite else { throw .parameter("mu must be at least 0") }
      case .approximate(let epsilon, let delta):
        guard epsilon >= 0, epsilon.isFinite else {
          throw .parameter("epsilon must be at least 0")
        }
        guard delta >= 0, delta <= 1 else { throw .parameter("delta must be in 0…1") }
      }
    }

    /// f̄(x) for x in 0…1.
    func callAsFunction(_ x: Double) -> Double {
      if x >= 1, case .gaussian = self { return 1 }
      switch self {
      case .gaussian(let mu): return Normal.cdf(Normal.quantile(x) - mu)
      case .approximate(let epsilon, let delta):
        // exp may overflow where 1 − x is 0.
        let loss = x >= 1 ? 0 : exp(epsilon) * (1 - x)
        return max(0, 1 - delta - loss, exp(-epsilon) * (x - delta))
      }
    }
  }

  /// - Throws: `empty_input` without canaries; `invalid_parameter` unless c ≤ c′ ≤ m ≤ 2^52.
  public init(canaries: Int, guesses: Int, correct: Int) throws(StatisticsError) {
    guard canaries != 0 else { throw .empty }
    guard correct >= 0, correct <= guesses, guesses <= canaries, canaries <= 1 << 52 else {
      throw .parameter("\(correct) of \(guesses) guesses of \(canaries) canaries is impossible")
    }
    self.canaries = canaries
    self.guesses = guesses
    self.correct = correct
  }

  /// r + h − c′/m of the recursion: the hypothesis is rejected where this is positive.
  ///
  ///     r ← αc/m, h ← α(c′ − c)/m; for i = c − 1 … 0:
  ///       h′ = max(h, f̄(r)),  r ← min(1, r + i/(c′ − i) · (h′ − h)),  h ← h′
  ///
  /// - Throws: `invalid_parameter`.
  /// - Complexity: O(c) evaluations of f̄.
  /// Source: Mahloujifar, Melis and Chaudhuri 2024.
  public func statistic(_ hypothesis: Hypothesis, alpha: Double = 0.05) throws(StatisticsError)
    -> Double
  {
    guard alpha > 0, alpha < 1 else { throw .parameter("alpha must be in 0…1") }
    try hypothesis.check()
    let count = Double(canaries)
    var right = alpha * Double(correct) / count
    var wrong = alpha * Double(guesses - correct) / count
    for index in stride(from: correct - 1, through: 0, by: -1) {
      let next = max(wrong, hypothesis(right))
      // Nothing changes any more.
      if next == wrong { break }
      right = min(1, right + Double(index) / Double(guesses - index) * (next - wrong))
      wrong = next
    }
    return right + wrong - Double(guesses) / count
  }

  /// μ̂: the largest μ whose Gaussian trade-off is rejected; 0 where none is.
  ///
  /// - Throws: `invalid_parameter`.
  /// - Complexity: about 60 runs of the recursion.
  public func muLowerBound(alpha: Double = 0.05) throws(StatisticsError) -> Double {
    guard try statistic(.gaussian(mu: 0), alpha: alpha) > 0 else { return 0 }
    var low = 0.0
    var high = 1.0
    while high < 1e3, try statistic(.gaussian(mu: high), alpha: alpha) > 0 {
      (low, high) = (high, 2 * high)
    }
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if high - low <= 1e-13 * high { break }
      if try statistic(.gaussian(mu: middle), alpha: alpha) > 0 {
        low = middle
      } else {
        high = middle
      }
    }
    return low
  }

  /// ε̂ = ε(δ; μ̂): the bound of ``muLowerBound(alpha:)`` as an epsilon.
  ///
  /// - Parameter delta: in 0…1 open.
  /// - Throws: `invalid_parameter`.
  public func epsilonLowerBound(delta: Double, alpha: Double = 0.05) throws(StatisticsError)
    -> Double
  {
    try GaussianPrivacy(mu: try muLowerBound(alpha: alpha)).epsilon(delta: delta)
  }
}
