// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

/// Studies of models that leak: how often it is found, against what a plan promises.
@Suite struct `Leaking studies in process` {
  private struct Case: Sendable {
    let name: String
    let study: @Sendable () -> DrawnStudy
    let leak: PlannedLeak
    /// The share that must be found, whatever was promised.
    let least: Double
  }

  private static let cases: [Case] = {
    var cases: [Case] = []
    for (kinds, perKind) in [(4, 18), (13, 6)] {
      for noise in [0, 0.1] {
        cases.append(
          Case(
            name: "dense, \(kinds) kinds, noise \(noise)",
            study: { with(kinds, perKind, noise) { $0.gain = gain(0.75) } },
            leak: .dense(auc: 0.75), least: 0.95))
        cases.append(
          Case(
            name: "sparse, \(kinds) kinds, noise \(noise)",
            study: { with(kinds, perKind, noise) { $0.memorised = 3 } },
            leak: .sparse(memorised: 3), least: 0.95))
      }
    }
    cases.append(
      Case(
        name: "certain, noise 0.1", study: { with(4, 18, 0.1) { $0.gain = 9 } },
        leak: .dense(auc: 1), least: 0.99))
    return cases
  }()

  private static func with(
    _ kinds: Int, _ perKind: Int, _ noise: Double, _ change: (inout DrawnStudy) -> Void
  ) -> DrawnStudy {
    var study = DrawnStudy()
    study.kinds = kinds
    study.perKind = perKind
    study.noise = noise
    study.references = 31
    change(&study)
    return study
  }

  /// Nats by which a secret must gain so that it is above a reference with this probability.
  private static func gain(_ auc: Double) -> Double { PlannedLeak.gain(auc: auc, deviation: 1) }

  @Test(arguments: cases.indices)
  func `a leak is found at least as often as a plan promises`(_ place: Int) async throws {
    let one = Self.cases[place]
    let study = one.study()
    let studies = isDeep ? 2_000 : 200
    let found = try await Parallel.count(studies) { seed in
      try verdict(study.evidence(seed: seed), simulatesPower: false) == .leak
    }
    let space = 6 * 3.321928094887362
    let perGroup = study.perKind / 2
    let design = try PowerDesign(
      (0..<study.kinds).flatMap {
        PlannedCanary.group(
          kind: "\($0)", inserted: perGroup, heldOut: perGroup, references: study.references,
          spaceBits: space)
      }, noise: study.noise, candidatesSeen: study.replies)
    let promised = try PowerSimulation(design, studies: 2_000).run(one.leak).power
    let share = Double(found) / Double(studies)
    print("leaking studies, \(one.name): \(found) of \(studies), promised \(promised)")
    // What was seen may fall short of the truth by the error of so many studies.
    let upper = try clopperPearsonUpper(found, of: studies, confidence: 0.99)
    #expect(upper >= one.least, "\(one.name): \(share)")
    #expect(share >= promised - 0.05, "\(one.name): \(share), promised \(promised)")
  }
}
