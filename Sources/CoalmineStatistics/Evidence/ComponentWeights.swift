// SPDX-License-Identifier: Apache-2.0

/// How the false-alarm rate is shared among the components, named before training.
///
/// Component k rejects at p_k ≤ w_k · α with Σ w = 1, so all together reject by chance in at most α
/// of studies, whatever their dependence.
///
///     let weights = try ComponentWeights.standard.redistributed(to: [.mass, .extraction])
///     weights[.mass]  // 0.5
///     try weights.combined([.mass: 0.003, .extraction: 1])  // 0.006
///
/// Source: weighted Bonferroni, Holm 1979, https://www.jstor.org/stable/4615733
public struct ComponentWeights: Sendable, Equatable {
  private let weights: [EvidenceComponent: Double]

  /// Rank 0.4, mass 0.2, extraction 0.2, coin 0.2.
  public static let standard = ComponentWeights(
    checked: [.rank: 0.4, .mass: 0.2, .extraction: 0.2, .coin: 0.2])

  /// The standard weights with the coin's share moved to the others: rank 0.5, mass 0.25, extraction 0.25.
  public static let withoutCoin = ComponentWeights(
    checked: [.rank: 0.5, .mass: 0.25, .extraction: 0.25])

  private init(checked weights: [EvidenceComponent: Double]) {
    self.weights = weights.filter { $0.value > 0 }
  }

  /// - Parameter weights: 0…1 each, 1 in all; a component that is not named has none.
  /// - Throws: `nan`; `invalid_parameter` where the sum differs from 1 by more than 10⁻⁹.
  public init(_ weights: [EvidenceComponent: Double]) throws(StatisticsError) {
    try StatisticsError.refuseNaN(weights.values)
    guard weights.values.allSatisfy({ $0 >= 0 }),
      abs(weights.values.reduce(0, +) - 1) <= 1e-9
    else { throw .parameter("weights must be at least 0 and sum to 1") }
    self.init(checked: weights)
  }

  /// The weight of a component, 0…1.
  public subscript(component: EvidenceComponent) -> Double { weights[component] ?? 0 }

  /// The components that have a weight, in the order of their declaration.
  public var components: [EvidenceComponent] {
    EvidenceComponent.allCases.filter { self[$0] > 0 }
  }

  /// The weights where only some components can be measured: the weight of the others goes to them
  /// in proportion to their own.
  ///
  /// To be called with what the planned access to the model carries, before training. Moved later,
  /// weights would follow the data.
  ///
  /// - Throws: `invalid_parameter` where none of them has a weight.
  public func redistributed(to carried: Set<EvidenceComponent>) throws(StatisticsError)
    -> ComponentWeights
  {
    // In a fixed order: a sum in another order could differ by rounding.
    let kept = components.filter { carried.contains($0) }
    let total = kept.reduce(0) { $0 + self[$1] }
    guard total > 0 else { throw .parameter("no component that can be measured has a weight") }
    if kept.count == components.count { return self }
    return ComponentWeights(
      checked: Dictionary(uniqueKeysWithValues: kept.map { ($0, self[$0] / total) }))
  }

  /// The p-value of all components together: min(1, min p_k / w_k).
  ///
  /// Of first runs; what later runs may spend says ``ComponentSpending``.
  ///
  /// - Parameter pValues: of the components that were measured; one without a weight changes nothing,
  ///   and the weight of one that is left out is lost, not moved.
  /// - Returns: 0…1.
  /// - Throws: `nan`, `invalid_parameter` for a p outside 0…1.
  public func combined(_ pValues: [EvidenceComponent: Double]) throws(StatisticsError) -> Double {
    try StatisticsError.refuseNaN(pValues.values)
    guard pValues.values.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
      throw .parameter("a p-value must be in 0…1")
    }
    return components.reduce(1) { least, component in
      pValues[component].map { min(least, $0 / self[component]) } ?? least
    }
  }
}
