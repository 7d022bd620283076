// SPDX-License-Identifier: Apache-2.0

/// In how many simulated studies a leak was found.
public struct SimulatedPower: Sendable, Equatable {
  public let leak: PlannedLeak
  /// Studies that were simulated.
  public let studies: Int
  /// Studies in which at least one component rejected at its share of α.
  public let found: Int
  /// Studies in which each component rejected.
  public let foundBy: [EvidenceComponent: Int]

  /// The share of studies with a finding, 0…1.
  public var power: Double { Double(found) / Double(studies) }

  /// The share of studies in which one component rejected, 0…1.
  public func power(of component: EvidenceComponent) -> Double {
    Double(foundBy[component] ?? 0) / Double(studies)
  }

  /// The one-sided 99 % limits of ``power`` for the error of the simulation.
  ///
  /// - Throws: nothing that a simulation can give.
  public func limits() throws(StatisticsError) -> (lower: Double, upper: Double) {
    (
      try clopperPearsonLower(found, of: studies, confidence: 0.99),
      try clopperPearsonUpper(found, of: studies, confidence: 0.99)
    )
  }
}

/// Which number of a simulation must reach the wanted power.
public enum SimulationError: Sendable, CaseIterable {
  /// The lower 99 % limit: a plan promises no more than that.
  case counted
  /// The share itself.
  case ignored
}
