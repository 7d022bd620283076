// SPDX-License-Identifier: Apache-2.0

/// Evidence over repeated looks at the same canaries.
///
///     S_t = Σ_{j ≤ t} E_j / (j (j + 1))
///
/// E_j is the mean mass e-value of look j: where the model does not depend on the secrets that were
/// drawn, its mean is at most 1. The weights sum to 1 over all looks, so the mean of S_t is at most 1
/// for every t, whatever the dependence of the looks. S never falls, so by Markov's inequality
///
///     P(S_t ≥ 1/α for some t) ≤ α
///
/// E-values of the same canaries must not be multiplied: they are not independent, and the mean of
/// their product can be any number.
///
///     let evidence = EvidenceOverLooks([0.8, 1.1, 250])
///     evidence.sums  // [0.4, 0.583…, 21.4…]
///
/// Source: Vovk and Wang 2021, E-values, https://doi.org/10.1214/20-AOS2020, for weighted means under
/// any dependence.
public struct EvidenceOverLooks: Sendable, Equatable {
  /// S after each look, in order; never falling.
  public let sums: [Double]

  /// - Parameter means: E of each look in its order; 0 for a look that measured nothing, which keeps
  ///   its place. What is no number or below 0 counts as 0.
  /// - Complexity: O(looks).
  public init(_ means: [Double]) {
    var sum = 0.0
    sums = means.enumerated().map { place, mean in
      let look = Double(place + 1)
      if mean > 0 { sum += mean / (look * (look + 1)) }
      return sum
    }
  }

  /// The last sum; 0 before any look.
  public var current: Double { sums.last ?? 0 }

  /// The first look at which the sum reached 1/α, counted from 1.
  public func alarm(alpha: Double) -> Int? {
    sums.firstIndex { $0 * alpha >= 1 }.map { $0 + 1 }
  }
}
