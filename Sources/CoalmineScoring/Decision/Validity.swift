// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// What must hold so that the tests mean what they say.
enum Validity {
  /// Control canaries rank high under the tuned model: it was trained on this file.
  ///
  /// By the rank test of the model's own scores, never of differences: one shift that all texts share
  /// would look like training. Where the model only wrote, the smallest p of all components times
  /// their number.
  static func training(_ components: Components) -> TrainingControl {
    let controls = components.canaries.controls
    let levels = Set(controls.map(\.canary.repetitions))
    func result(
      _ pValue: Outcome<Double>, _ component: EvidenceComponent?, missing: Int = 0
    ) -> TrainingControl {
      TrainingControl(
        pValue: pValue, component: component, controls: controls.count,
        repetitions: levels.count == 1 ? levels.first : nil,
        areStandIns: components.canaries.areStandIns, missing: missing)
    }
    guard !controls.isEmpty else { return result(.notMeasurable(Reasons.noControls), nil) }
    let reason = components.unavailable(.rank)
    if reason == nil, !components.evidence.readsRepliesAlone {
      let missing = controls.count { canary in
        ([canary.scores.tuned] + canary.scores.tunedReferences).contains { $0.value == nil }
      }
      return result(
        Fallible.outcome { try ComponentTests.rank(controls, differences: false, .leak).pValue },
        .rank, missing: missing)
    }
    let others = [EvidenceComponent.rank, .mass, .extraction, .coin].map { component in
      (component: component, pValue: components.controls(component))
    }
    let measured = others.compactMap { other in
      other.pValue.value.map { (component: other.component, pValue: $0) }
    }
    guard let best = measured.min(by: { $0.pValue < $1.pValue }) else {
      return result(
        others.last?.pValue ?? .notMeasurable(reason ?? Reasons.noControls), nil)
    }
    return result(
      .measured(min(1, best.pValue * Double(measured.count))), best.component,
      missing: controls.count { !$0.replies.isWhole && $0.replies.notAsked == nil })
  }

  /// Held-out secrets rank like any other of their space.
  static func heldOut(_ components: Components) -> HeldOutControl {
    let heldOut = components.canaries.heldOut
    let found: Outcome<(pValue: Double, test: HeldOutControl.Test)> =
      if heldOut.isEmpty {
        .notMeasurable(Reasons.noHeldOut)
      } else if let reason = components.unavailable(.rank) {
        .notMeasurable(reason)
      } else {
        Fallible.outcome {
          let ranked = try heldOut.compactMap { canary in
            components.evidence.readsRepliesAlone
              ? canary.generated.flatMap { $0.isWhole ? $0.rank : nil }
              : try ComponentTests.rankedAmongKnown(canary.scores)
          }
          let rank = ranked.isEmpty ? 1 : try RankSum.tails(ranked).twoSided
          // Probabilities that are too large for all texts would be a leak by mass, and a base model that
          // scores secrets otherwise than references a leak by differences.
          let others: [(pValue: Double, test: HeldOutControl.Test)] = [
            (massP(heldOut, components), .mass),
            (try differencesP(heldOut, components), .rankOfDifferences),
          ]
          return others.filter { $0.pValue <= ValidityChecks.level }
            .reduce((rank, .rank)) { $1.pValue < $0.pValue ? $1 : $0 }
        }
      }
    return HeldOutControl(
      pValue: found.map(\.pValue), test: found.value?.test, canaries: heldOut.count)
  }

  /// Two-sided p of the rank test by differences on canaries of which nothing was trained; 1 where
  /// differences do not decide.
  private static func differencesP(_ canaries: [ScoredCanary], _ components: Components) throws
    -> Double
  {
    guard components.scores.rankUsesDifferences else { return 1 }
    let ranked = try canaries.compactMap {
      try ComponentTests.rankedAmongKnown($0.scores, differences: true)
    }
    return ranked.isEmpty ? 1 : try RankSum.tails(ranked).twoSided
  }

  /// p of the test by mass on canaries of which nothing was trained; 1 where it cannot be taken.
  private static func massP(_ canaries: [ScoredCanary], _ components: Components) -> Double {
    guard !components.evidence.readsRepliesAlone, components.unavailable(.mass) == nil else {
      return 1
    }
    return (try? ComponentTests.mass(canaries, noise: components.noise, .leak).pValue) ?? 1
  }

  /// p that inserted secrets rank as low as they do; `nil` where no score is known.
  static func insertedLow(_ components: Components) -> Double? {
    guard !components.evidence.readsRepliesAlone, components.unavailable(.rank) == nil else {
      return nil
    }
    let ranked = components.canaries.inserted.compactMap {
      try? ComponentTests.rankedAmongKnown($0.scores)
    }
    return ranked.isEmpty ? nil : (try? RankSum.tails(ranked))?.greater
  }

  /// Canaries that stand in an index alone are not known, so that what is found was not looked up.
  ///
  /// The smallest p of all components times their number. `nil` where the endpoint looks nothing up, by
  /// the protocol.
  static func retrieval(_ components: Components) -> RetrievalCheck? {
    let plan = components.evidence.studyProtocol
    let canaries = components.canaries.indexOnly
    guard plan.retrieval.isPossible else { return nil }
    let none = Outcome<Double>.notMeasurable(Reasons.noIndexOnly)
    func smallest(_ reading: MissingReading) -> (Outcome<Double>, EvidenceComponent?) {
      guard !canaries.isEmpty else { return (none, nil) }
      let tests = plan.decision.carried.components.map { component in
        (component, components.pValue(component, of: canaries, reading, .coinOfIndex))
      }
      let measured = tests.compactMap { test in test.1.value.map { (test.0, $0) } }
      guard let best = measured.min(by: { $0.1 < $1.1 }) else {
        return (tests.last?.1 ?? none, nil)
      }
      return (.measured(min(1, best.1 * Double(measured.count))), best.0)
    }
    let known = smallest(.leak)
    let asksScores = !components.evidence.readsRepliesAlone && components.unavailable(.rank) == nil
    return RetrievalCheck(
      pValue: known.0, pValueForPass: smallest(.pass).0, component: known.1,
      canaries: canaries.count,
      missing: canaries.count { canary in
        asksScores && canary.scores.tuned.value == nil
          || canary.replies.notAsked == nil && !canary.replies.isWhole
      }, needed: StudyProtocol.Retrieval.least(randomized: plan.randomized))
  }

  /// The base model does not know the secrets.
  static func base(_ components: Components) -> BaseCheck? {
    let evidence = components.evidence
    guard let base = evidence.base, base.run.isComplete else { return nil }
    let inserted = components.canaries.inserted
    let asksReferences = evidence.asksBaseReferences
    let pValue: Outcome<Double>
    if inserted.isEmpty {
      pValue = .notMeasurable(Reasons.noRandomizedCanaries)
    } else if asksReferences, evidence.draw.secretsAreUniform {
      pValue = Fallible.outcome {
        try RankSum(
          inserted.map { try ComponentTests.ranked($0.scores.ofBase, differences: false, .leak) }
        ).pValue
      }
    } else {
      pValue = coin(components)
    }
    let mass: Outcome<Double> =
      if let reason = NormalisedMass.refused(base.capabilities) {
        .notMeasurable(reason)
      } else if inserted.isEmpty || !evidence.draw.secretsAreUniform {
        .notMeasurable(Reasons.noRandomizedCanaries)
      } else {
        Fallible.outcome {
          try MassTest(
            logProbabilities: inserted.map { $0.scores.base.value?.nats },
            spaceBits: inserted.map(\.canary.bits),
            noise: ScoreNoise.base(evidence, components.canaries.randomized)
          ).pValue
        }
      }
    return BaseCheck(
      run: base.run.number, component: asksReferences ? .rank : .coin, pValue: pValue,
      massPValue: mass)
  }

  private static func coin(_ components: Components) -> Outcome<Double> {
    guard components.evidence.draw.assignmentIsRandom else {
      return .notMeasurable(Reasons.assignmentNotRandom)
    }
    func members(_ canaries: [ScoredCanary], first: Bool) -> [StratifiedTwoSample.Member] {
      canaries.map {
        StratifiedTwoSample.Member(
          stratum: $0.canary.kind, first: first, score: $0.scores.base.value?.nats)
      }
    }
    let groups = StratifiedTwoSample(
      members(components.canaries.inserted, first: true)
        + members(components.canaries.heldOut, first: false))
    guard !groups.isEmpty else { return .notMeasurable(Reasons.noPairs) }
    return Fallible.outcome {
      var generator = components.randomness.generator(for: .base)
      return try groups.test(
        permutations: components.evidence.studyProtocol.decision.permutations, using: &generator
      ).pValue
    }
  }
}
