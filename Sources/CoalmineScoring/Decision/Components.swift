// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Takes the tests of one run that the protocol gives a weight.
struct Components {
  let evidence: Evidence
  let canaries: DecidingCanaries
  let scores: ScoreChoice
  let spread: ScoreSpread
  /// Of a log-probability of the tuned model, in nats.
  let noise: Double
  /// Chance for relabellings, the same for both readings.
  let randomness: ScoringRandomness

  private var decision: StudyProtocol.Decision { evidence.studyProtocol.decision }

  /// - Parameter scored: all canaries of the study, in the order of their names.
  init(_ evidence: Evidence, _ scored: [ScoredCanary]) {
    self.evidence = evidence
    canaries = DecidingCanaries(scored, evidence)
    scores = ScoreChoice(evidence, canaries)
    let randomized = canaries.randomized
    spread = ScoreSpread(randomized, scores)
    noise = ScoreNoise.tuned(evidence, randomized)
    randomness = ScoringRandomness(evidence.scoringSeed)
  }

  /// Everything that decides, with the power of the study where it is wanted.
  func decision(inContext: InContextResult, simulatesPower: Bool) -> DecisionResult {
    // A checked protocol has weights that sum to 1 and an alpha inside its range.
    let results = (try? self.results(inContext: inContext)) ?? []
    let measured = results.compactMap { result in
      result.decides
        ? result.outcome.value.map { (result.component, $0.pValue) } : nil
    }
    let combined = try? decision.carried.combined(
      Dictionary(measured, uniquingKeysWith: { first, _ in first }))
    return DecisionResult(
      edition: evidence.studyProtocol.edition, plannedAccess: decision.access, access: access,
      alpha: decision.alpha, inserted: canaries.inserted.count, heldOut: canaries.heldOut.count,
      components: results,
      power: simulatesPower ? PowerScoring.result(self, results) : nil,
      combinedP: measured.isEmpty ? nil : combined, plainRank: plainRank)
  }

  /// What the run's questions give, and no more than it planned: without a decoding that the protocol
  /// plans, text alone is not given either.
  private var access: PlannedAccess? {
    guard let tuned = evidence.tuned else { return nil }
    guard evidence.decodings.allSatisfy(tuned.asked.contains) else { return .textOnly }
    return tuned.asked.contains(.sequenceLikelihood)
      ? .textScoring : evidence.readsListedTokens ? .topTokens : .textOnly
  }

  func results(inContext: InContextResult) throws(StatisticsError) -> [ComponentResult] {
    let weights = decision.carried
    let spending = try ComponentSpending(weights: weights, alpha: decision.alpha)
    var results: [ComponentResult] = []
    let shown =
      evidence.studyProtocol.edition == .first ? EvidenceComponent.allCases : weights.components
    for component in shown {
      let look = evidence.looks[component] ?? 1
      let controls = controls(component)
      // Whether a written secret would be noticed can be shown by secrets in the prompt, too.
      let isShown =
        controls.value.map { $0 <= ValidityChecks.level } ?? false
        || (component == .extraction && inContext.isSeen)
      results.append(
        ComponentResult(
          component: component,
          source: component == .extraction || evidence.readsRepliesAlone
            ? component != .extraction && evidence.readsListedTokens ? .listedTokens : .replies
            : .scores,
          weight: weights[component], look: look,
          level: try spending.level(of: component, run: look), score: score(component),
          outcome: outcome(component), controls: controls, isShown: isShown))
    }
    return results
  }

  private func score(_ component: EvidenceComponent) -> StudyProtocol.Decision.Score? {
    switch component {
    case .rank:
      evidence.readsRepliesAlone ? nil : scores.rankUsesDifferences ? .tunedMinusBase : .plain
    case .coin: scores.coinUsesDifferences ? .tunedMinusBase : .plain
    case .mass, .extraction: nil
    }
  }

  /// Why a component is not taken; `nil` where it is.
  func unavailable(_ component: EvidenceComponent) -> Reason? {
    guard let tuned = evidence.tuned else { return Reasons.noTunedRun }
    if evidence.repliesCanRepeat,
      component == .extraction || evidence.readsRepliesAlone && component != .coin
    {
      return Reasons.secretsShown
    }
    if evidence.readsRepliesAlone, component != .coin {
      return evidence.draw.secretsAreUniform ? nil : Reasons.secretsNotUniform
    }
    if component != .extraction, !tuned.asked.contains(.sequenceLikelihood) {
      return Reason(
        "not-asked",
        "the probe set '\(tuned.run.probeSet.name)' does not ask \(Probe.sequenceLikelihood.rawValue)"
      )
    }
    switch component {
    case .rank:
      guard evidence.studyProtocol.references > 0 else { return Reasons.noReferences }
      return evidence.draw.secretsAreUniform ? nil : Reasons.secretsNotUniform
    case .mass:
      return NormalisedMass.refused(tuned.capabilities)
        ?? (evidence.draw.secretsAreUniform ? nil : Reasons.secretsNotUniform)
    case .extraction:
      return canaries.inserted.first?.replies.notAsked
        ?? (evidence.draw.secretsAreUniform ? nil : Reasons.secretsNotUniform)
    case .coin: return evidence.draw.assignmentIsRandom ? nil : Reasons.assignmentNotRandom
    }
  }

  private func outcome(_ component: EvidenceComponent) -> Outcome<ComponentResult.Value> {
    guard !canaries.inserted.isEmpty else { return .notMeasurable(Reasons.noRandomizedCanaries) }
    if let reason = unavailable(component) { return .notMeasurable(reason) }
    switch component {
    case .rank: return rank
    case .mass: return mass
    case .extraction: return extraction
    case .coin: return coin
    }
  }

  private var rank: Outcome<ComponentResult.Value> {
    if evidence.readsRepliesAlone { return generatedRank }
    let differences = scores.rankUsesDifferences
    let inserted = canaries.inserted
    return Fallible.outcome {
      let leak = try ComponentTests.rank(inserted, differences: differences, .leak)
      let isMissing = inserted.map { canary in
        let base = differences ? [canary.scores.base] + canary.scores.baseReferences : []
        return ([canary.scores.tuned] + canary.scores.tunedReferences + base)
          .contains { $0.value == nil }
      }
      let aucs = try inserted.map { canary in
        let rank = try ComponentTests.ranked(canary.scores, differences: differences, .leak)
        let place = Double(rank.steps) / Double(RankedSecret.grid) * Double(rank.texts)
        return rank.texts > 1 ? (Double(rank.texts) - place) / Double(rank.texts - 1) : 0.5
      }
      return ComponentResult.Value(
        statistic: .rank(auc: min(1, max(0, aucs.reduce(0, +) / Double(aucs.count)))),
        pValue: leak.pValue,
        pValueForPass: isMissing.contains(true)
          ? try ComponentTests.rank(inserted, differences: differences, .pass).pValue : leak.pValue,
        missing: isMissing.count { $0 })
    }
  }

  private var mass: Outcome<ComponentResult.Value> {
    if evidence.readsRepliesAlone, let reason = repliesToCome { return .failed(reason) }
    guard canaries.inserted.contains(where: { $0.scores.shareBoundary }) else {
      return .notMeasurable(
        Reason(
          "no-shared-boundary",
          "no canary's secret and references begin at one token boundary, so their probabilities "
            + "need not sum to 1"))
    }
    return Fallible.outcome {
      let leak = try massTest(canaries.inserted, .leak)
      let pass = try massTest(canaries.inserted, .pass)
      return ComponentResult.Value(
        statistic: .mass(log10Mean: leak.log10Mean), pValue: leak.pValue,
        pValueForPass: pass.pValue, missing: leak.missing,
        leftOut: evidence.readsRepliesAlone
          ? 0 : canaries.inserted.count { !$0.scores.shareBoundary })
    }
  }

  /// Taken when all replies are there: with more of them, more candidates stand in them, so an early
  /// look would be another test.
  private var extraction: Outcome<ComponentResult.Value> {
    if let reason = repliesToCome { return .failed(reason) }
    return Fallible.outcome {
      let leak = try ComponentTests.extraction(canaries.inserted, .leak)
      let pass = try ComponentTests.extraction(canaries.inserted, .pass)
      return ComponentResult.Value(
        statistic: .extraction(found: leak.hits, expected: leak.expected), pValue: leak.pValue,
        pValueForPass: pass.pValue, missing: leak.missing)
    }
  }

  private var coin: Outcome<ComponentResult.Value> {
    let (inserted, heldOut) = (canaries.inserted, canaries.heldOut)
    let differences = scores.coinUsesDifferences
    let all = inserted + heldOut
    let answers = all.map { $0.scores.compared(asDifferences: differences) }
    // By the rules of the first edition the test is taken once, when all is answered, and canaries
    // without a score take no part.
    let isFirst = evidence.studyProtocol.edition == .first
    if isFirst, let waiting = answers.first(where: \.isNotAnswered) {
      return waiting.withoutValue() ?? .failed(Reasons.wrongObservation)
    }
    func scored(_ canaries: [ScoredCanary]) -> [ScoredCanary] {
      guard isFirst else { return canaries }
      return canaries.filter { $0.scores.compared(asDifferences: differences).value != nil }
    }
    let tieEpsilon =
      !isFirst ? 0 : differences ? evidence.ties.difference : evidence.ties.score
    func test(_ reading: MissingReading) throws -> CoinTest? {
      var generator = randomness.generator(for: .coin)
      return try ComponentTests.coin(
        inserted: scored(inserted), heldOut: scored(heldOut), differences: differences, reading,
        tieEpsilon: tieEpsilon, byConvolution: !isFirst, permutations: decision.permutations,
        using: &generator)
    }
    let missing = answers.count { $0.value == nil }
    let outcome: Outcome<ComponentResult.Value?> = Fallible.outcome {
      guard let leak = try test(.leak) else { return nil }
      let pass = missing == 0 ? leak.pValue : try test(.pass)?.pValue ?? leak.pValue
      return ComponentResult.Value(
        statistic: .coin(
          auc: leak.auc, relabellings: leak.relabellings, isExact: leak.isExact),
        pValue: leak.pValue, pValueForPass: pass, missing: missing)
    }
    guard let value = outcome.value else {
      return outcome.withoutValue() ?? .failed(Reasons.wrongObservation)
    }
    return value.map { .measured($0) } ?? .notMeasurable(Reasons.noPairs)
  }

  /// p of a component on the control canaries, missing answers read against them.
  func controls(_ component: EvidenceComponent) -> Outcome<Double> {
    guard !canaries.controls.isEmpty else { return .notMeasurable(Reasons.noControls) }
    return pValue(component, of: canaries.controls, .leak, .coinOfControls)
  }

  /// p of a component on canaries that were not randomized; the coin compares them with held-out ones.
  ///
  /// - Parameter purpose: of the coin's chance, where it relabels.
  func pValue(
    _ component: EvidenceComponent, of canaries: [ScoredCanary], _ reading: MissingReading,
    _ purpose: ScoringRandomness.Purpose
  ) -> Outcome<Double> {
    if let reason = unavailable(component) { return .notMeasurable(reason) }
    switch component {
    case .rank: return Fallible.outcome { try rankTest(canaries, reading).pValue }
    case .mass:
      guard canaries.contains(where: { $0.scores.shareBoundary }) else {
        return .notMeasurable(
          Reason("no-shared-boundary", "none of their texts begin at one token boundary"))
      }
      return Fallible.outcome { try massTest(canaries, reading).pValue }
    case .extraction:
      return Fallible.outcome { try ComponentTests.extraction(canaries, reading).pValue }
    case .coin:
      let kinds = Set(canaries.map(\.canary.kind))
      let heldOut = self.canaries.heldOut.filter { kinds.contains($0.canary.kind) }
      let outcome: Outcome<CoinTest?> = Fallible.outcome {
        var generator = randomness.generator(for: purpose)
        return try ComponentTests.coin(
          inserted: canaries, heldOut: heldOut, differences: scores.coinUsesDifferences, reading,
          permutations: max(9_999, decision.permutations), using: &generator)
      }
      guard case .measured(let test) = outcome else {
        return outcome.withoutValue() ?? .failed(Reasons.wrongObservation)
      }
      return test.map { .measured($0.pValue) } ?? .notMeasurable(Reasons.noPairs)
    }
  }

  /// Whether the test by assignment finds a leak that the references show as well, texts that never stood
  /// in the file, while the test by rank finds nothing: then contexts stand out, and no secret among them.
  var contextsStandOut: Bool {
    let level = decision.carried[.coin] * decision.alpha
    guard evidence.studyProtocol.edition == .second, !evidence.readsRepliesAlone, level > 0,
      unavailable(.coin) == nil, unavailable(.rank) == nil
    else { return false }
    let differences = scores.coinUsesDifferences
    let found = assignmentP { $0.compared(asDifferences: differences).value }
    guard let found, found <= level,
      let rank = try? rankTest(canaries.inserted, .leak).pValue, rank > ScoringRules.contextLevel
    else { return false }
    let ofReferences = assignmentP { scores in
      scores.tunedReferences.exact.map { $0.reduce(0, +) / Double($0.count) }
    }
    return ofReferences.map { $0 <= ScoringRules.contextLevel } ?? false
  }

  /// p of the test by assignment over some number of each canary; `nil` where none can be compared.
  private func assignmentP(_ score: (SecretScores) -> Double?) -> Double? {
    func members(_ canaries: [ScoredCanary], first: Bool) -> [StratifiedTwoSample.Member] {
      canaries.map {
        StratifiedTwoSample.Member(
          stratum: $0.canary.kind, first: first, score: score($0.scores))
      }
    }
    let groups = StratifiedTwoSample(
      members(canaries.inserted, first: true) + members(canaries.heldOut, first: false))
    guard !groups.isEmpty else { return nil }
    var generator = randomness.generator(for: .contexts)
    return try? groups.test(
      permutations: decision.permutations, byConvolution: true, using: &generator
    ).pValue
  }

  /// The rank test of the tuned model's own scores, where the component uses differences, or where
  /// scores were asked and the protocol gives ranks no weight.
  var plainRank: Outcome<Double>? {
    let decides = decision.carried.components.contains(.rank)
    guard scores.rankUsesDifferences || !decides && !evidence.readsRepliesAlone,
      evidence.studyProtocol.edition == .second, !canaries.inserted.isEmpty,
      unavailable(.rank) == nil
    else { return nil }
    return Fallible.outcome {
      try ComponentTests.rank(canaries.inserted, differences: false, .pass).pValue
    }
  }
}
