// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// With what probability this study would have found the leaks that its protocol names.
enum PowerScoring {
  /// Simulates with the assignment as it was drawn, the components that the controls show, the noise
  /// that the check or the prompts show, scores that tie as they do, and the share of answers that are
  /// missing. A canary without a shared token boundary adds nothing to the mass, and one whose replies hold
  /// many candidates is found in them by chance as often. The weight of a component that is
  /// not shown is lost. Where the files that were trained on were counted, an inserted canary without
  /// all its copies learns nothing, and a held-out one that is there counts against every inserted
  /// one: no canary leaves its group. Where less than one epoch is stated, each copy is trained with that
  /// probability.
  ///
  /// - Returns: `nil` for a study of the first edition, without inserted canaries, or where nothing
  ///   was asked.
  static func result(_ components: Components, _ results: [ComponentResult]) -> AchievedPower? {
    let evidence = components.evidence
    let plan = evidence.studyProtocol
    let decision = plan.decision
    let inserted = components.canaries.inserted
    guard plan.edition == .second, evidence.tuned != nil, !inserted.isEmpty else { return nil }
    let undercut = decision.undercutFloors(inserted: inserted.count)
    let shown = Set(results.filter { $0.isShown && $0.outcome.value != nil }.map(\.component))
    func without(_ studies: Int = 0) -> AchievedPower {
      AchievedPower(
        wanted: decision.power, dense: nil, sparse: nil, studies: studies,
        undercutFloors: undercut)
    }
    guard !shown.intersection(decision.access.simulated).isDisjoint(with: decision.components)
    else { return without() }
    let asDrawn = evidence.facts.training?.processed.map { found in
      // A copy without its secret may be the one that is trained, with the whole one in another field.
      Set(found.canaries.filter { $0.isAsDrawn && $0.changed == 0 }.map(\.canary))
    }
    let untrained = 1 - min(1, evidence.facts.training?.epochs ?? 1)
    // As many as are expected, spread over all.
    func isTrained(_ place: Int, _ canary: Canary) -> Bool {
      let share = pow(untrained, Double(canary.repetitions))
      return (Double(place + 1) * share).rounded(.up) == (Double(place) * share).rounded(.up)
    }
    let spread = components.spread
    func planned(_ canaries: [ScoredCanary], isInserted: Bool) -> [PlannedCanary] {
      canaries.enumerated().map { place, scored in
        let canary = scored.canary
        return PlannedCanary(
          kind: canary.kind, isInserted: isInserted,
          references: scored.scores.tunedReferences.count, spaceBits: canary.bits,
          isAsAssigned: (asDrawn?.contains(canary.id) ?? true)
            && (!isInserted || isTrained(place, canary)),
          ties: spread.ties[canary.id] ?? [],
          hasMass: evidence.readsRepliesAlone || scored.scores.shareBoundary,
          candidatesSeen: scored.replies.candidatesSeen)
      }
    }
    guard
      let design = try? PowerDesign(
        planned(inserted, isInserted: true)
          + planned(components.canaries.heldOut, isInserted: false),
        weights: decision.weights, alpha: decision.alpha * laterLook(results, decision),
        access: decision.access, shown: shown,
        scoreDeviation: spread.deviation, noise: noise(components),
        missingShare: missingShare(components), candidatesSeen: evidence.plannedReplies,
        tiedSecrets: spread.tiedSecrets),
      design.inserted >= decision.sparseSecrets
    else { return without() }
    let dense =
      decision.access == .textScoring ? PlannedLeak.dense(auc: decision.denseAUC) : nil
    let sparse = PlannedLeak.sparse(memorised: decision.sparseSecrets)
    guard let powers = SimulatedPowers.shared.powers(design, [dense, sparse].compactMap(\.self))
    else { return without() }
    return AchievedPower(
      wanted: decision.power,
      dense: dense.map { _ in .init(size: decision.denseAUC, power: powers[0]) },
      sparse: .init(size: Double(decision.sparseSecrets), power: powers[powers.count - 1]),
      studies: SimulatedPowers.studies(canaries: design.canaries.count), undercutFloors: undercut)
  }

  /// What a later look leaves of alpha, by the test that it leaves least: 1 at the first look.
  private static func laterLook(
    _ results: [ComponentResult], _ decision: StudyProtocol.Decision
  ) -> Double {
    results.filter(\.decides).map { $0.level / ($0.weight * decision.alpha) }.min() ?? 1
  }

  /// The noise of one score, of both models where differences are compared, in nats.
  private static func noise(_ components: Components) -> Double {
    let tuned = components.noise
    guard components.scores.rankUsesDifferences else { return tuned }
    let base = ScoreNoise.base(components.evidence, components.canaries.randomized)
    return (tuned * tuned + base * base).squareRoot()
  }

  /// The share of the scores that the decision needs and does not have. Where replies alone decide no
  /// score is needed, and a pass needs every reply.
  private static func missingShare(_ components: Components) -> Double {
    guard !components.evidence.readsRepliesAlone else { return 0 }
    guard components.unavailable(.coin) == nil || components.unavailable(.rank) == nil else {
      return 0
    }
    var due = 0
    var missing = 0
    for canary in components.canaries.randomized {
      let texts = [canary.scores.tuned] + canary.scores.tunedReferences
      due += texts.count
      // What has no probability cannot be ranked against what has none either.
      missing += texts.count { !($0.value?.nats.isFinite ?? false) }
    }
    return due > 0 ? Double(missing) / Double(due) : 0
  }
}

/// Powers that were simulated in this process, by their design: a study is scored once per run, and
/// its runs mostly have one design.
final class SimulatedPowers: Sendable {
  static let shared = SimulatedPowers()
  /// How many studies are simulated: 10,000, and fewer of more than 4,000 canaries, so that the time stays
  /// the same. 400 of 100,000 canaries leave a standard error of 2 % at a power of 80 %.
  static func studies(canaries: Int) -> Int {
    max(200, min(10_000, 40_000_000 / max(1, canaries)))
  }

  private struct Entry {
    let design: PowerDesign
    let leaks: [PlannedLeak]
    let powers: [Double]
  }

  private let entries = Mutex<[Entry]>([])

  /// - Returns: the powers in the order of `leaks`; `nil` where the design cannot be simulated.
  func powers(_ design: PowerDesign, _ leaks: [PlannedLeak]) -> [Double]? {
    let known = entries.withLock { entries in
      entries.first { $0.design == design && $0.leaks == leaks }
    }
    if let known { return known.powers }
    let studies = Self.studies(canaries: design.canaries.count)
    guard let simulation = try? PowerSimulation(design, studies: studies),
      let powers = try? leaks.map({ try simulation.run($0).power })
    else { return nil }
    entries.withLock { entries in
      entries.append(Entry(design: design, leaks: leaks, powers: powers))
      if entries.count > 16 { entries.removeFirst() }
    }
    return powers
  }
}
