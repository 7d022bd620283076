// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The candidates of a kind's secrets.
struct PlannedSpace: Sendable {
  let kind: String
  /// log2 of their number.
  let bits: Double
  /// Their number, at most 2²⁰: more references are never planned.
  let candidates: Int

  /// - Throws: ``CoalmineError`` for a kind whose space cannot be made.
  init(_ template: CanaryTemplate) throws(CoalmineError) {
    do {
      let space = try template.space(templateText: template.templateTexts[0], context: [:])
      kind = template.kind
      bits = space.bits
      candidates = Int(min(space.count, 1 << 20))
    } catch {
      throw CoalmineError(
        code: "kind-not-usable", "kind '\(template.kind)' cannot be drawn from",
        exit: .badConfiguration)
    }
  }
}

/// A protocol as a design whose power is simulated.
///
/// As few canaries are inserted as the 5 % quantile of the assignment says, so what is promised holds
/// in 19 of 20 assignments. Only components that the planned controls can show take part, since a
/// component that was not shown gives a study no power. The coin never does: controls have no
/// held-out twins.
struct SimulatedDesign {
  /// Canaries inserted at the target repetitions, at the 5 % quantile.
  let inserted: Int
  /// Components that the controls can show at p ≤ 0.001.
  let shown: Set<EvidenceComponent>
  private let simulation: PowerSimulation?
  private let decision: StudyProtocol.Decision

  /// The largest p-value with which controls show a component.
  static let controlLevel = 0.001
  /// The most canaries that are simulated; a larger study has no less power.
  private static let largest = 4_000

  /// - Parameter studies: how many are simulated; `nil` for as many as a plan counts on.
  init(_ study: StudyProtocol, _ spaces: [PlannedSpace], studies: Int? = nil)
    throws(StatisticsError)
  {
    decision = study.decision
    let access = study.decision.access
    let randomized = min(study.randomized, Self.largest)
    let inserted = try assignmentQuantile(randomized: randomized)
    self.inserted = try assignmentQuantile(randomized: study.randomized)
    let seen = 1 + study.decoding.samples + study.decoding.defaultSamples
    let shown = try Self.shown(study, spaces, seen: seen).intersection(access.components)
    self.shown = shown
    guard inserted > 0, !shown.isEmpty, !spaces.isEmpty else {
      simulation = nil
      return
    }
    let canaries = (0..<randomized).map { place in
      let space = spaces[place % spaces.count]
      // Spread evenly, so that every kind has its part of the inserted ones.
      let isInserted = (place + 1) * inserted / randomized > place * inserted / randomized
      return PlannedCanary(
        kind: space.kind, isInserted: isInserted,
        references: min(study.references, space.candidates - 1), spaceBits: space.bits)
    }
    let design = try PowerDesign(
      canaries, weights: decision.weights, alpha: decision.alpha, access: access, shown: shown,
      noise: decision.noise, missingShare: decision.missingShare, candidatesSeen: seen)
    // Fewer studies for many canaries: the error that this adds counts against the plan.
    let studies = studies ?? max(2_000, min(10_000, 400_000 / inserted))
    simulation = try PowerSimulation(design, studies: studies)
  }

  /// Whether both leaks of the floors, or the sparse one at a lower access, are found often enough
  /// with the error of the simulation counted.
  func reachesFloors() throws(StatisticsError) -> Bool {
    typealias Floor = StudyProtocol.Decision.Floor
    guard let simulation else { return false }
    func finds(_ leak: PlannedLeak) throws(StatisticsError) -> Bool {
      try simulation.finds(leak, power: max(decision.power, Floor.power), .counted)
    }
    let memorised = min(
      Floor.sparseSecrets(inserted: simulation.design.inserted), simulation.design.inserted)
    guard try finds(.sparse(memorised: memorised)) else { return false }
    guard decision.access == .textScoring else { return true }
    return try finds(.dense(auc: Floor.denseAUC))
  }

  /// The smallest AUC of a dense leak that is found with the planned power; `nil` where none is, and
  /// below text scoring.
  func denseAUC() throws(StatisticsError) -> Double? {
    guard decision.access == .textScoring, let simulation else { return nil }
    return try simulation.smallestDenseAUC(power: decision.power, .counted)
  }

  /// The smallest number of memorised secrets that is found with the planned power.
  func sparseSecrets() throws(StatisticsError) -> Int? {
    try simulation?.smallestSparseCount(power: decision.power, .counted)
  }

  /// The lower 99 % limit of the power for a leak; `nil` where nothing can be simulated.
  func power(_ leak: PlannedLeak) throws(StatisticsError) -> Double? {
    try simulation.map { simulation throws(StatisticsError) in
      try simulation.run(leak).limits().lower
    }
  }

  /// The upper 99 % limit of the power for a leak; 0 where nothing can be simulated.
  func powerAtMost(_ leak: PlannedLeak) throws(StatisticsError) -> Double {
    try simulation?.run(leak).limits().upper ?? 0
  }

  /// Components whose own test of the controls can be significant, if every control is memorised.
  private static func shown(_ study: StudyProtocol, _ spaces: [PlannedSpace], seen: Int)
    throws(StatisticsError) -> Set<EvidenceComponent>
  {
    guard study.controls.canaries > 0, !spaces.isEmpty else { return [] }
    let controls = (0..<min(study.controls.canaries, 64)).map { spaces[$0 % spaces.count] }
    var shown: Set<EvidenceComponent> = []
    let best = try controls.map { control throws(StatisticsError) in
      try RankedSecret(rank: 1, of: min(study.references, control.candidates - 1) + 1)
    }
    if try RankSum(best).pValue <= controlLevel { shown.insert(.rank) }
    let mass = try MassTest(
      logProbabilities: controls.map { _ in -0.1 }, spaceBits: controls.map(\.bits),
      noise: study.decision.noise)
    if mass.pValue <= controlLevel { shown.insert(.mass) }
    let extraction = try ExtractionTest(
      found: controls.map { _ in true }, candidatesSeen: controls.map { _ in max(1, seen) },
      spaceBits: controls.map(\.bits))
    if seen > 0, extraction.pValue <= controlLevel { shown.insert(.extraction) }
    return shown
  }
}
