// SPDX-License-Identifier: Apache-2.0

/// How much of α each run of a component may spend on one checkpoint.
///
///     α_k1 = w_k · α,   α_kj = w_k · α / (2j(j + 1)) for j = 2, 3, …
///
/// The later runs of a component spend at most w_k · α / 4 together, so any number of runs of all
/// components give a false alarm in at most 1.25 α of studies, whatever their dependence.
///
///     let spending = try ComponentSpending(weights: .standard, alpha: 0.05)
///     try spending.level(of: .rank, run: 1)  // 0.02
///     try spending.level(of: .rank, run: 2)  // 0.00167
///
/// Source: Bonferroni's inequality over runs, as ``AlphaSpending``; Σ 1/(j(j + 1)) from 2 on is ½.
public struct ComponentSpending: Sendable, Equatable {
  public let weights: ComponentWeights
  /// Of the first runs together, in 0…1 open.
  public let alpha: Double

  /// - Throws: `nan`, `invalid_parameter` for an alpha outside 0…1 open.
  public init(weights: ComponentWeights, alpha: Double) throws(StatisticsError) {
    if alpha.isNaN { throw .nan }
    guard alpha > 0, alpha < 1 else { throw .parameter("alpha must be in 0…1") }
    self.weights = weights
    self.alpha = alpha
  }

  /// The largest p at which run `run` of a component finds a leak; 0 for one without a weight.
  ///
  /// - Parameter run: counted from 1, among the runs that asked this component, abandoned ones
  ///   included.
  /// - Throws: `invalid_parameter` for a run below 1.
  public func level(of component: EvidenceComponent, run: Int) throws(StatisticsError) -> Double {
    guard run >= 1 else { throw .parameter("runs are counted from 1") }
    let first = weights[component] * alpha
    return run == 1 ? first : first / (2 * Double(run) * (Double(run) + 1))
  }

  /// What the runs of all components have spent, at most 1.25 α.
  ///
  /// - Parameter runs: how many runs asked each component; none where it is not named.
  /// - Throws: `invalid_parameter` for a negative number.
  public func spent(runs: [EvidenceComponent: Int]) throws(StatisticsError) -> Double {
    guard runs.values.allSatisfy({ $0 >= 0 }) else {
      throw .parameter("a number of runs is negative")
    }
    return weights.components.reduce(0) { sum, component in
      let count = Double(runs[component] ?? 0)
      // 1 for the first run, ½ (½ − 1/(n + 1)) for those from 2 to n.
      let share = count == 0 ? 0 : 1 + (0.5 - 1 / (count + 1)) / 2
      return sum + weights[component] * alpha * share
    }
  }
}
